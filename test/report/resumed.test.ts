/** The console of a resumed run goes on with the counts of the processes before. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { train } from "tracegrad";
import { consoleProgress } from "tracegrad/report";
import { basicSearch } from "tracegrad/search";
import { afterEach, beforeEach, expect, it } from "vitest";
import { halving } from "../training/halving.ts";
import { FakeTerminal } from "./screen.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tracegrad-console-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What the console shows of a search, run for so many rounds in all. */
async function shown(folder: string, steps: number): Promise<readonly string[]> {
  const run = train(halving({ search: basicSearch(), acceptance: "best", budget: { steps }, folder }));
  const terminal = new FakeTerminal({ isTTY: false, columns: 200 });
  const listener = consoleProgress(terminal.asStream, { env: {} });
  for await (const event of run) listener(event);
  listener.close();
  return terminal.written.split("\n").filter((line) => line !== "");
}

it("counts rounds, programs, evaluations, tokens and the best score on, as that of a run that never stopped", async () => {
  const folder = join(root, "run");
  await shown(folder, 3);
  const resumed = await shown(folder, 5);
  const whole = await shown(join(root, "whole"), 5);
  // How long a round takes is not for a test to say.
  const counts = (lines: readonly string[]): readonly string[] =>
    lines
      .filter((line) => /(?:^round [45]|^ended)/.test(line))
      .map((line) => line.replace(/ {2}(?:(?! {2}).)+ left/, ""));
  expect(resumed[0]).toContain("resumed after round 3");
  expect(counts(resumed)).toEqual(counts(whole));
  expect(counts(resumed).join()).toContain("round 4/5  5 candidates  27 evaluations  best 0.67");
});
