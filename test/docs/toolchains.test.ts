import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { toolchains } from "../toolchains/rows.ts";
import { pageFile, pageWith, readTable } from "../toolchains/table.ts";

test("the guide shows the table of toolchains as it is tested", () => {
  const page = readFileSync(pageFile, "utf8");
  expect(pageWith(page, readTable())).toBe(page);
});

test("the table has a row for each toolchain, which works or says what to do", () => {
  const table = readTable();
  expect(table.map(({ name }) => name)).toEqual(toolchains.map(({ name }) => name));
  const cells = new Set(table.flatMap(({ prompt, plain, scoped }) => [prompt, plain, scoped]));
  expect([...cells].sort()).toEqual(["minified", "not deployed", "yes"]);
});
