/** `tracegrad diff`: how the parameter values of two programs differ. */

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
  const [before, after] = [await named(names[0]), await named(names[1])];
  if (json === true) {
    writeJson(terminal, { before, after });
    return exitCodes.ok;
  }
  const text = await valueDiff(before, after);
  if (text === "") say(terminal, "The programs do not differ.");
  else terminal.out.write(text);
  return exitCodes.ok;
}

/**
 * The program that `runs/a` (the chosen one), `runs/a@3` (after step or round 3) or `runs/a@38a381f` (by its id) names.
 */
async function named(name: string): Promise<{ name: string; step: number; values: Readonly<Record<string, unknown>> }> {
  const [, folder = name, which] = existsSync(name) ? [] : (/^(.+)@(\d{1,9}|[\da-f]{6,64})$/.exec(name) ?? []);
  const run = await readRun(folder);
  const { step, values } =
    which === undefined || /^\d{1,9}$/.test(which)
      ? candidateOf(run, which === undefined ? "best" : Number(which))
      : programById(run, which);
  return { name, step, values };
}

/** A program by its id or the first letters of it. */
function programById({ candidates, events, folder }: SavedRun, id: string): Pick<ScoredCandidate, "step" | "values"> {
  const entered = events.flatMap((event) => (event.type === "candidate" ? [event.candidate] : []));
  const found = [...candidates, ...entered].filter((program) => program.id.startsWith(id));
  const [first] = found;
  if (first === undefined) {
    throw new TracegradError("unknown-program", `The run in ${folder} has no program ${id}. Its report lists them.`);
  }
  if (found.some((program) => program.id !== first.id)) {
    throw new TracegradError("unknown-program", `Several programs of ${folder} begin with ${id}. Give more of the id.`);
  }
  return first;
}
