/** Replays a recorded run of an example in a process of its own, and reads the outcome that it writes. */

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { type RunOutcome, readOutcome } from "../../../examples/shared/outcome.ts";
import { runExample } from "../run-example.ts";

/** Whether every run is replayed whole (`npm run test:examples:whole`): one to two hours, on two processors. Else some are short. */
export const isWhole = process.env["TRACEGRAD_WHOLE_REPLAYS"] !== undefined;

/** What a replay gives again: all but when it was, and whether a model answered then. */
type Repeatable = Omit<RunOutcome, "date" | "mode">;

/** The names of the outcomes that a study has committed. */
export function committedRuns(study: string): readonly string[] {
  return readdirSync(join(committed(study), "results")).map((name) => name.replace(/\.json$/, ""));
}

/** Outcomes that are committed, and those that the example writes when it runs with these options now. */
export async function replayOutcomes(
  study: string,
  runs: readonly string[],
  options: readonly string[],
): Promise<{ readonly committed: readonly Repeatable[]; readonly replayed: readonly Repeatable[] }> {
  const built = join(inject("builtPackage"), "examples", study);
  // The folder of the built package holds the committed files too: one that is not written anew would prove nothing.
  for (const run of runs) rmSync(join(built, "results", `${run}.json`), { force: true });
  const { code, output } = await runExample(study, [...options, "--write"]);
  if (code !== 0) throw new Error(`examples/${study} ${options.join(" ")} failed:\n${output}`);
  const read = (folder: string) => runs.map((run) => repeatable(readOutcome(folder, run)));
  return { committed: read(committed(study)), replayed: read(built) };
}

function committed(study: string): string {
  return join(import.meta.dirname, "..", "..", "..", "examples", study);
}

function repeatable(outcome: RunOutcome): Repeatable {
  const { date: _, mode: _mode, ...others } = outcome;
  return others;
}
