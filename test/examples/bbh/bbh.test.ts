/**
 * The batch-size study: on its own sample rows as a user starts it, and on the real recorded responses where they are
 * at hand.
 */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const real = join(root, "..", "shared", "data", "bbh-codex-cot", "boolean_expressions.json");

async function run(...options: string[]): Promise<string> {
  const args = [join("examples", "bbh", "main.js"), ...options];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: inject("builtPackage") });
  return stdout;
}

test("the sample's answers are learned, by a search that is named as one, and a second run finds it done", async () => {
  const out = temporaryFolder();
  const first = await run("--trials", "1", "--out", out);
  expect(first).toContain("optimizer: LocalSearch (no LLM)");
  expect(first).toMatch(/^3 +0\.00 \[0\.00, 0\.39\] +1\.00 \[0\.61, 1\.00\]/m);
  const second = await run("--trials", "1", "--out", out);
  expect(second).toBe(first);
});

test("reading real recorded responses is learned", async ({ skip }) => {
  if (!existsSync(real)) {
    console.warn("The recorded responses of BIG-Bench Hard are not at hand: this test is left out.");
    skip();
  }
  const out = await run("--trials", "1", "--data", real, "--out", temporaryFolder());
  const learned = Number(/^3 +0\.0+ \[.*?\] +([\d.]+)/m.exec(out)?.[1]);
  expect(learned).toBeGreaterThan(0.8);
});
