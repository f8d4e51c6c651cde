/** The demo as a user starts it: a real process, the recorded answers, real games. */

import { type ExecFileException, execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";

const root = join(import.meta.dirname, "..", "..", "..");

function demo(...options: string[]): Promise<{ code: number; output: string }> {
  const args = ["--import", "tsx", "--conditions=@tracegrad/source", join("examples", "pong", "main.ts"), ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root }, (error: ExecFileException | null, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

test("the recorded run improves the agent and writes what it learned", async () => {
  const out = temporaryFolder();
  const { code, output } = await demo("--steps", "1", "--out", out);
  expect(output).toMatch(/start .* −19\.70 \[−20\.66, −18\.74\]/);
  const rise = Number(/The mean score rose by (-?[\d.]+) points/.exec(output)?.[1]);
  expect(rise).toBeGreaterThan(20);
  expect(output).toContain("+++ predict_ball_trajectory (learned)");
  expect(readFileSync(join(out, "trace.dot"), "utf8")).toMatch(/^digraph/);
  expect(readFileSync(join(out, "trace.svg"), "utf8")).toContain("<svg");
  expect(existsSync(join(out, "select_action.ts"))).toBe(true);
  expect(code).toBe(0);
});

test("a run that was killed goes on from its folder to the same end", async () => {
  const out = temporaryFolder();
  const args = ["--import", "tsx", "--conditions=@tracegrad/source", join("examples", "pong", "main.ts")];
  const killed = spawn(process.execPath, [...args, "--steps", "1", "--out", out], { cwd: root });
  await new Promise<void>((resolve) => {
    // The first score is printed when the start has been evaluated and checkpointed, before the step begins.
    killed.stdout.on("data", (text: Buffer) => {
      if (String(text).includes("start ")) killed.kill("SIGKILL");
    });
    killed.on("exit", () => resolve());
  });
  const { code, output } = await demo("--steps", "1", "--out", out, "--resume");
  expect(output).toContain("+++ predict_ball_trajectory (learned)");
  expect(output).toMatch(/learned .* 21\.00$/m);
  expect(code).toBe(0);
});

test("another seed has no recorded answer, and the demo says what to do", async () => {
  const { code, output } = await demo("--seed", "8", "--steps", "1", "--out", temporaryFolder());
  expect(output).toContain("Use --live or --mailbox");
  expect(code).toBe(1);
});

test("a wrong option is refused before anything is played", async () => {
  const { code, output } = await demo("--horizon", "0");
  expect(output).toContain('--horizon is a whole number, 1 or more; got "0".');
  expect(code).toBe(1);
});
