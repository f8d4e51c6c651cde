/** The files that the page on the architecture names are there, and its walks have as many as it says. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

function filesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/`([\w-]+\/[\w/-]+\.ts)`/g)].map(([, file]) => file ?? ""))];
}

test("every file of src that docs/architecture.md names exists", () => {
  const files = filesIn(page);
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((file) => !existsSync(join(root, "src", file)))).toEqual([]);
});

test("each of the four walks has the number of files that its title says", () => {
  const section = /^## Four walks$([\s\S]*?)^## /m.exec(page)?.[1] ?? "";
  const walks = section.split(/^(?=\*\*One )/m).slice(1);
  const counts = walks.map((walk) => [Number(/ (\d+) files/.exec(walk)?.[1]), filesIn(walk).length] as const);
  expect(counts).toHaveLength(4);
  expect(counts.map(([said]) => said)).toEqual(counts.map(([, found]) => found));
});
