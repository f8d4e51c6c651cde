/** `tracegrad diff`: how the parameter values of two candidates differ. */

import { existsSync } from "node:fs";
import { redactData } from "../../doors/extend.ts";
import { candidateOf, readRun, type SavedRun, valueDiff } from "../../doors/report.ts";
import { type ScoredCandidate, TracegradError } from "../../index.ts";
import { unansweredCandidate } from "../approval.ts";
import { exitCodes, say, type Terminal, writeJson } from "../terminal.ts";

/** `tracegrad diff <run|step> <run|step>`. */
export async function diffCommand(
  names: readonly [string, string],
  { json }: { readonly json?: true },
  terminal: Terminal,
): Promise<number> {
  const [before, after] = [await findCandidate(names[0], terminal), await findCandidate(names[1], terminal)];
  if (json === true) {
    writeJson(terminal, redactData({ before, after }));
    return exitCodes.ok;
  }
  const text = await valueDiff(before, after);
  if (text === "") say(terminal, "The candidates do not differ.");
  else terminal.out.write(text);
  return exitCodes.ok;
}

interface FoundCandidate {
  readonly name: string;
  readonly step: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * The candidate that `runs/a` (what ships, or waits to), `runs/a@3` (after step or round 3) or `runs/a@38a381f` (by its
 * id) names.
 */
async function findCandidate(name: string, terminal: Terminal): Promise<FoundCandidate> {
  const [, folder = name, which] = existsSync(name) ? [] : (/^(.+)@(\d{1,9}|[\da-f]{6,64})$/.exec(name) ?? []);
  const run = await readRun(folder);
  if (which === undefined) return await shippingCandidate(run, name, terminal);
  const { step, values } = /^\d{1,9}$/.test(which) ? candidateOf(run, Number(which)) : candidateById(run, which);
  return { name, step, values };
}

/** What ships, or what a person has to decide about. */
async function shippingCandidate(run: SavedRun, name: string, terminal: Terminal): Promise<FoundCandidate> {
  const { folder, progress } = run;
  const waiting = await unansweredCandidate(folder).catch(() => undefined);
  if (waiting === undefined || progress.decisions.some(({ finalist }) => finalist === waiting)) {
    const { step, values } = candidateOf(run, "best");
    return { name, step, values };
  }
  say(
    terminal,
    `The run in ${folder} asks about this candidate: npx tracegrad approve ${folder} ${waiting}, or reject.`,
  );
  const { step, values } = candidateById(run, waiting);
  return { name: `${folder}@${waiting}`, step, values };
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
