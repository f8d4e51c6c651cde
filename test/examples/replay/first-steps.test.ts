/** The one of the first programs that needs more than seconds. */

import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { runProgram } from "../run-example.ts";

test("battleship hits more on seas that decided nothing", async () => {
  const program = join("examples", "first-steps", "battleship.js");
  const { output } = await runProgram(process.execPath, [program], inject("builtPackage"));
  const [, before, after] = /^test +([\d.]+) .*?→ ([\d.]+)/m.exec(output) ?? [];
  expect(Number(after)).toBeGreaterThan(Number(before) + 0.1);
});
