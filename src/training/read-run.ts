/** Reads a run folder without taking part in the run: its events, and the programs that were tried. Also while it goes on. */

import { messageOf, TracegradError } from "../util/errors.ts";
import { isMissing, nodeFiles } from "./journal/files.ts";
import { readJournal } from "./journal/repair.ts";
import { type RunInfo, readInfo } from "./journal/run-info.ts";
import { CHECKPOINT } from "./journal/store.ts";
import type { Progress } from "./progress.ts";
import type { Candidate, TrainEvent } from "./types.ts";

/** A run as its folder tells it. */
export interface KeptRun {
  readonly folder: string;
  readonly info: RunInfo;
  /** What happened, in order. Undefined and NaN have become null or are left out. */
  readonly events: readonly TrainEvent[];
  /** All programs that were tried, in order; the first is the starting artifact. None before the first checkpoint. */
  readonly candidates: readonly Candidate[];
  /** The chosen one, so far; undefined before the first checkpoint. */
  readonly best: Candidate | undefined;
}

/**
 * What the folder tells of its run.
 * @throws TracegradError `no-run` when there is none; `run-damaged`, `run-version` or `journal-damaged` when it cannot be read.
 */
export async function readRun(folder: string): Promise<KeptRun> {
  const info = await readInfo(nodeFiles, folder).catch((thrown: unknown) => {
    if (thrown instanceof TracegradError) throw thrown;
    throw new TracegradError("run-damaged", `${folder} cannot be read: ${messageOf(thrown)}`);
  });
  if (info === undefined) throw noRun(folder);
  const events: TrainEvent[] = [];
  let progress: Progress | undefined;
  try {
    for await (const { type, data } of readJournal(folder)) {
      if (type === "event") events.push((data as unknown as { readonly event: TrainEvent }).event);
      if (type === CHECKPOINT) progress = data as unknown as Progress;
    }
  } catch (thrown) {
    if (isMissing(thrown)) throw noRun(folder);
    throw thrown;
  }
  return { folder, info, events, candidates: progress?.candidates ?? [], best: progress?.candidates[progress.best] };
}

/** Which program of a run: the chosen one, or the one that was live after a step; 0 is the starting artifact. */
export type WhichProgram = "best" | number;

/**
 * A program of a run.
 * @throws TracegradError `no-step` when the run has not come that far.
 */
export function programOf(run: KeptRun, which: WhichProgram): Candidate {
  const { candidates, best, events, folder } = run;
  if (which === "best" && best !== undefined) return best;
  const steps = events.reduce((most, event) => (event.type === "step" ? Math.max(most, event.step) : most), 0);
  for (let step = which === "best" ? -1 : Math.min(which, steps); step >= 0 && (which as number) <= steps; step--) {
    const found = madeBy(run, step);
    if (found !== undefined) return found;
  }
  const known = candidates.length === 0 ? "It has kept no program yet." : `It has steps 0 to ${steps}.`;
  throw new TracegradError(
    "no-step",
    `The run in ${folder} has no ${which === "best" ? "chosen program" : `step ${which}`}. ${known}`,
  );
}

/** The program of a step: a new one, or an earlier one that the step came back to; undefined when it changed nothing. */
function madeBy({ candidates, events }: KeptRun, step: number): Candidate | undefined {
  const added = candidates.findLast((candidate) => candidate.step === step);
  if (added !== undefined) return added;
  const scored = events.find(
    (event) => event.type === "evaluation" && event.step === step && event.split === "validation",
  );
  return candidates.find(({ id }) => scored?.type === "evaluation" && scored.candidate === id);
}

function noRun(folder: string): TracegradError {
  return new TracegradError("no-run", `There is no run in ${folder}. Give the folder that \`train\` was given.`);
}
