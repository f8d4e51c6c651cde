/** The demo as a user starts it: a real process, the recorded answers, real games. */

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { programOfExample, runExample, runProgram } from "../run-example.ts";

const program = programOfExample("pong");
const demo = (...options: readonly string[]) => runExample("pong", options);

test("the recorded run, killed and started again in its folder, improves the agent as the docs say and writes what it learned", async () => {
  const out = temporaryFolder();
  const killed = spawn(process.execPath, [program, "--steps", "1", "--out", out], { cwd: inject("builtPackage") });
  let before = "";
  await new Promise<void>((resolve) => {
    // The first score is printed when the baseline has been evaluated and checkpointed, before the step begins.
    killed.stdout.on("data", (text: Buffer) => {
      before += String(text);
      if (before.includes("baseline ")) killed.kill("SIGKILL");
    });
    killed.on("close", () => resolve());
  });
  expect(before).toMatch(/baseline .* −19\.70 \[−20\.66, −18\.74\]/);
  const { code, output } = await demo("--steps", "1", "--out", out, "--resume");
  expect(output).toContain("+++ predict_ball_trajectory (learned)");
  expect(Number(/^learned .* (\d+\.\d+)/m.exec(output)?.[1])).toBeGreaterThan(15);
  expect(Number(/The mean score rose by (-?[\d.]+) points/.exec(output)?.[1])).toBeGreaterThan(20);
  expect(readFileSync(join(out, "trace.dot"), "utf8")).toMatch(/^digraph/);
  expect(readFileSync(join(out, "trace.svg"), "utf8")).toContain("<svg");
  expect(existsSync(join(out, "select_action.ts"))).toBe(true);
  expect(output).toMatch(/What to do next\n {2}1\. .*report\.html .*\n {2}2\. npm run demo:prompt .*\n {2}3\. .*\n$/);
  expect(code).toBe(0);
});

test("another seed has no recorded answer, and the demo says what to do", async () => {
  const { code, output } = await demo("--seed", "8", "--steps", "1", "--out", temporaryFolder());
  expect(output).toContain("Use --live or --mailbox");
  expect(code).toBe(1);
});

test("a wrong option is refused before anything is played, by the command of the README", async () => {
  const root = join(import.meta.dirname, "..", "..", "..");
  const { code, output } = await runProgram("npm", ["run", "--silent", "demo", "--", "--horizon", "0"], root);
  expect(output).toContain('--horizon is a whole number, 1 or more; got "0".');
  expect(code).toBe(1);
});
