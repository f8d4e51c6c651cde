/**
 * Reads a run folder without joining the run: its events, its candidates and its evaluations. Works also while the run
 * is active.
 */

import { isMissing, messageOf, TracegradError } from "../util/errors.ts";
import { type Verdict, verdictOf } from "./acceptance/verdict.ts";
import { type EvaluationChoice, EvaluationFold, type EvaluationRecord } from "./evaluation/evaluation-record.ts";
import type { Progress, TrainEvent } from "./events.ts";
import { type RecordedStatus, readStatus } from "./execution/status-file.ts";
import { nodeFiles } from "./journal/files.ts";
import type { JournalRecord } from "./journal/lines.ts";
import { readJournal } from "./journal/repair.ts";
import { type RunInfo, readInfo } from "./journal/run-info.ts";
import { JournalFold } from "./loop/journal-fold.ts";
import { type RunPicture, readPictures } from "./run-pictures.ts";
import type { ScoredCandidate } from "./types.ts";

/** A run, read from its folder. */
export interface SavedRun {
  readonly folder: string;
  readonly info: RunInfo;
  /** The events in order, without graphs. */
  readonly events: readonly TrainEvent[];
  /** The progress of the run. */
  readonly progress: Progress;
  /** All candidates, in the order in which they were made. The first is the baseline. */
  readonly candidates: readonly ScoredCandidate[];
  /** The best candidate so far; undefined before the run has begun. */
  readonly best: ScoredCandidate | undefined;
  /**
   * Whether the finalist is better than the baseline, and how sure that is. Undefined before the end of the run, and
   * for runs that did not record how they use their validation examples.
   */
  readonly verdict: Verdict | undefined;
  /** Who made its evaluations when it last looked; undefined for a run without an `executor`. */
  readonly workers: RecordedStatus | undefined;
  /**
   * The records of evaluations, in the order in which they were made: all of them, or those that are selected. Each
   * call reads the journal again. Throws as `readRun` does.
   * @example
   * const [record] = await run.evaluations(({ candidate, example }) => candidate === run.best?.id && example === "q7");
   */
  readonly evaluations: (wanted?: EvaluationChoice) => Promise<readonly EvaluationRecord[]>;
  /**
   * The pictures beside the run: the PNG, JPEG, GIF, WebP and SVG files that you have put into `pictures` of the folder,
   * in the order of their names; `a.txt` is the text of `a.png`. At most 50 are read, of at most 2 MiB each and 10 MiB
   * together; one that is left out says why. Each call reads the files again.
   */
  readonly pictures: () => Promise<readonly RunPicture[]>;
}

/**
 * Reads the run in a folder.
 * @throws TracegradError `no-run` when there is none; `run-damaged`, `run-version` or `journal-damaged` when it cannot
 * be read.
 */
export async function readRun(folder: string): Promise<SavedRun> {
  const info = await readInfo(nodeFiles, folder).catch((thrown: unknown) => {
    if (thrown instanceof TracegradError) throw thrown;
    throw new TracegradError("run-damaged", `${folder} cannot be read: ${messageOf(thrown)}`);
  });
  if (info === undefined) throw noRun(folder);
  const fold = new JournalFold();
  await foldJournal(folder, fold);
  const { events, progress } = fold;
  const { candidates, best } = progress;
  const evaluations = (wanted?: EvaluationChoice) => readEvaluations(folder, wanted);
  const workers = await readStatus(folder);
  const pictures = () => readPictures(folder);
  const known = { folder, info, events, progress, candidates, best: candidates[best], evaluations, workers, pictures };
  // Computed when it is read, since it takes a while.
  return Object.defineProperty(known, "verdict", { get: () => verdictOf(progress), enumerable: true }) as SavedRun;
}

async function readEvaluations(folder: string, wanted?: EvaluationChoice): Promise<readonly EvaluationRecord[]> {
  const fold = new EvaluationFold(wanted);
  await foldJournal(folder, fold);
  return fold.list();
}

async function foldJournal(folder: string, fold: { readonly add: (record: JournalRecord) => void }): Promise<void> {
  try {
    for await (const record of readJournal(folder)) fold.add(record);
  } catch (thrown) {
    if (isMissing(thrown)) throw noRun(folder);
    throw thrown;
  }
}

/** Which candidate of a run: the one that ships, or the one that was live after a step; 0 is the baseline. */
export type WhichCandidate = "best" | number;

/**
 * A candidate of a run.
 * @throws TracegradError `no-step` when the run has not reached the step.
 */
export function candidateOf(run: SavedRun, which: WhichCandidate): ScoredCandidate {
  const { candidates, best, progress, folder } = run;
  if (which === "best" && best !== undefined) return best;
  const found = which === "best" || which > progress.steps ? undefined : candidateAfter(run, which);
  if (found !== undefined) return found;
  const known = candidates.length === 0 ? "It has no candidate yet." : `It has steps 0 to ${progress.steps}.`;
  throw new TracegradError(
    "no-step",
    `The run in ${folder} has no ${which === "best" ? "best candidate" : `step ${which}`}. ${known}`,
  );
}

/** The candidate that a step led to, or that of the last step before it that led to one. */
function candidateAfter({ candidates, events }: SavedRun, step: number): ScoredCandidate | undefined {
  const last = events.findLast((event) => event.type === "step" && event.step <= step && event.proposal.candidate);
  const id = last?.type === "step" ? last.proposal.candidate : candidates[0]?.id;
  return candidates.find((candidate) => candidate.id === id);
}

function noRun(folder: string): TracegradError {
  return new TracegradError("no-run", `There is no run in ${folder}. Give the folder that was given to \`train\`.`);
}
