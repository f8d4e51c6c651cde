/** `tracegrad diff`: how the parameter values of two candidates differ. */

import { existsSync } from "node:fs";
import { candidateOf, readRun, type SavedRun, valueDiff } from "../../doors/report.ts";
import { type ScoredCandidate, TracegradError } from "../../index.ts";
import { exitCodes, say, type Terminal, writeJson } from "../terminal.ts";

/** `tracegrad diff <run|step> <run|step>`. */
export async function diffCommand(
  names: readonly [string, string],
  { json }: { readonly json?: true },
  terminal: Terminal,
): Promise<number> {
  const [before, after] = [await findCandidate(names[0]), await findCandidate(names[1])];
  if (json === true) {
    writeJson(terminal, { before, after });
    return exitCodes.ok;
  }
  const text = await valueDiff(before, after);
  if (text === "") say(terminal, "The candidates do not differ.");
  else terminal.out.write(text);
  return exitCodes.ok;
}

/**
 * The candidate that `runs/a` (what ships), `runs/a@3` (after step or round 3) or `runs/a@38a381f` (by its id) names.
 */
async function findCandidate(
  name: string,
): Promise<{ name: string; step: number; values: Readonly<Record<string, unknown>> }> {
  const [, folder = name, which] = existsSync(name) ? [] : (/^(.+)@(\d{1,9}|[\da-f]{6,64})$/.exec(name) ?? []);
  const run = await readRun(folder);
  const { step, values } =
    which === undefined || /^\d{1,9}$/.test(which)
      ? candidateOf(run, which === undefined ? "best" : Number(which))
      : candidateById(run, which);
  return { name, step, values };
}

/** A candidate by its id or the first letters of it. */
function candidateById({ candidates, events, folder }: SavedRun, id: string): Pick<ScoredCandidate, "step" | "values"> {
  const added = events.flatMap((event) => (event.type === "candidate" ? [event.candidate] : []));
  const found = [...candidates, ...added].filter((candidate) => candidate.id.startsWith(id));
  const [first] = found;
  if (first === undefined) {
    throw new TracegradError("unknown-program", `The run in ${folder} has no candidate ${id}. Its report lists them.`);
  }
  if (found.some((candidate) => candidate.id !== first.id)) {
    throw new TracegradError(
      "unknown-program",
      `Several candidates of ${folder} begin with ${id}. Give more of the id.`,
    );
  }
  return first;
}
