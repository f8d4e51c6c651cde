/** The first programs that a newcomer reads: each runs without a key as its head says, and learns what it should. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { runProgram } from "../run-example.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "examples", "first-steps");

async function run(name: string): Promise<string> {
  const program = join("examples", "first-steps", `${name}.js`);
  const { code, output } = await runProgram(process.execPath, [program], inject("builtPackage"));
  if (code !== 0) throw new Error(output);
  expect(output).toContain("Mode: ");
  return output;
}

test("greeting learns both languages by hand, and greets a guest whom it has never met", async () => {
  const output = await run("greeting");
  expect(output).toContain("step 0: 0 of 4 greetings are right");
  expect(output).toContain("4 of 4 greetings are right");
  expect(output).toContain("To a new guest: ¡Hola, Pilar!");
});

test("strange sort passes the tests that it has not seen", async () => {
  expect(await run("strange-sort")).toMatch(/^test +0\.00 .*→ 1\.00/m);
});

test("numbers finds the temperature and the loss that the readings were made with", async () => {
  const [, start, loss] = /Learned: ([\d.]+) °C at first, a loss of ([\d.]+) %/.exec(
    await run("numbers"),
  ) as unknown as string[];
  expect(Math.abs(Number(start) - 90)).toBeLessThan(2);
  expect(Math.abs(Number(loss) - 5)).toBeLessThan(0.3);
});

test("classifier shows the small model examples, and proves the gain on sealed reviews", async () => {
  const output = await run("classifier");
  expect(output).toContain("Proven better on the sealed test");
  expect(output).toContain("Output: negative");
});

describe("each program", () => {
  const table = readFileSync(join(folder, "README.md"), "utf8");

  test.each(["greeting", "strange-sort", "battleship", "numbers", "classifier"])(
    "%s is short, and in the table",
    (name) => {
      const lines = readFileSync(join(folder, `${name}.ts`), "utf8").split("\n");
      expect(lines.length).toBeLessThan(80);
      expect(lines.slice(0, 6).join("\n")).toContain(`examples/first-steps/${name}.ts`);
      expect(table).toContain(`[${name}.ts](${name}.ts)`);
    },
  );
});
