/** Replays a recorded run of an example in a process of its own, and reads the outcome that it writes. */

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { type RunOutcome, readOutcome } from "../../../examples/shared/outcome.ts";
import { runExample } from "../run-example.ts";

/** The long runs to replay whole, such as `pipelines/housing-one-function-1`, with commas between them; or `all`. */
const whole = (process.env["TRACEGRAD_WHOLE_REPLAYS"] ?? "").split(",").filter((name) => name !== "");

/** Ends a whole replay that hangs, in milliseconds. Some take a quarter of an hour on a busy machine. */
export const wholeMs = 7_200_000;

/** Whether a long run is replayed whole this time. Else its replay is a short one. */
export function isWhole(study: string, run: string): boolean {
  return whole.includes("all") || whole.includes(`${study}/${run}`);
}

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
