/** How far a run is: plain JSON that a checkpoint keeps, and the pool of programs that were tried. */

import type { Parameter } from "../nodes/parameter.ts";
import { ParameterState } from "../nodes/state.ts";
import type { OptimizerJson } from "../optimizers/optimizer.ts";
import type { Json } from "../util/decode.ts";
import { hashOf } from "../util/json.ts";
import type { Selection } from "./options.ts";
import type { Candidate, StopReason } from "./types.ts";

/** The state of a search between two rounds. */
export interface SearchProgress {
  readonly state: Json;
  readonly done: boolean;
  /** The algorithm's memory of each program that has one of its own, by id. */
  readonly memories: Readonly<Record<string, Json>>;
  /** What the acceptance rule said, by `challenger>incumbent`: each pair is decided once. */
  readonly verdicts: Readonly<Record<string, boolean>>;
  /** The programs that have challenged the leader of their time. */
  readonly weighed: readonly string[];
}

/** The state of a run between two rounds. */
export interface Progress {
  /** Optimizer steps done, and how many of them count against the budget. */
  readonly steps: number;
  readonly countedSteps: number;
  /** Training examples used so far, over all epochs. */
  readonly position: number;
  readonly optimizer: OptimizerJson;
  readonly candidates: readonly Candidate[];
  /** Index of the program that is live, and of the best one so far. */
  readonly current: number;
  readonly best: number;
  /** Evaluations since the best one. */
  readonly sinceBest: number;
  /** Steps in a row without any judged run; rounds of a search in a row without any new program. */
  readonly emptySteps: number;
  /** Outcomes that were known by then: a killed run may have written more, which count when they are asked for again. */
  readonly judged: number;
  /** Of a run that searches. */
  readonly search?: SearchProgress;
  readonly seconds: number;
  readonly reason: StopReason | undefined;
}

/** A short name for parameter values: equal values, equal name. */
function candidateId(values: Readonly<Record<string, unknown>>): string {
  return hashOf(values).slice(0, 12);
}

/** Where a program comes from. */
type Origin = Pick<Candidate, "parents" | "origin">;

/** The program with the given values, not scored yet: the starting artifact, unless `from` says where it comes from. */
export function candidateOf(values: Readonly<Record<string, unknown>>, step: number, from?: Origin): Candidate {
  const { parents, origin } = from ?? { parents: [], origin: "start" };
  return { id: candidateId(values), step, values, parents, origin, trainScore: undefined, validation: undefined };
}

/** The state of a candidate over the given parameters. */
export function stateOf(candidate: Candidate, parameters: readonly Parameter[]): ParameterState {
  const live = ParameterState.of(parameters);
  return live.set(parameters.map((parameter) => [parameter, candidate.values[live.nameOf(parameter)]]));
}

/** The score that a program is chosen by; undefined while it has none. */
export function selectionScore(candidate: Candidate, selection: Selection): number | undefined {
  const score = selection === "bestTrain" ? candidate.trainScore : candidate.validation?.mean;
  return score === undefined || Number.isNaN(score) ? undefined : score;
}

/** The index of the chosen program: the first of those with the highest score; the starting artifact when none has one. */
function chosen(candidates: readonly Candidate[], selection: Selection): number {
  if (selection === "last") return candidates.length - 1;
  let best = 0;
  for (const [index, candidate] of candidates.entries()) {
    const score = selectionScore(candidate, selection);
    const leader = selectionScore(candidates[best] as Candidate, selection);
    if (score !== undefined && (leader === undefined || score > leader)) best = index;
  }
  return best;
}

/** Makes the given values the current program: an earlier one with the same values, or a new one. */
export function enter(progress: Progress, values: Readonly<Record<string, unknown>>): Progress {
  const { candidates, steps, current } = progress;
  const id = candidateId(values);
  const known = candidates.findIndex((candidate) => candidate.id === id);
  if (known >= 0) return { ...progress, current: known };
  const from = { parents: [(candidates[current] as Candidate).id], origin: "step" };
  return { ...progress, candidates: [...candidates, candidateOf(values, steps, from)], current: candidates.length };
}

/** Adds what is known now to the current program, or to the one at `index`. */
export function note(progress: Progress, known: Partial<Candidate>, index: number = progress.current): Progress {
  const noted = progress.candidates.map((candidate, at) =>
    ordered(at === index ? { ...candidate, ...known } : candidate),
  );
  return { ...progress, candidates: noted };
}

/** Always the same order of keys: what a checkpoint kept and what was never saved give the same bytes. */
function ordered({ id, step, values, parents, origin, trainScore, validation }: Candidate): Candidate {
  return { id, step, values, parents, origin, trainScore, validation };
}

/** Chooses the best program anew, and counts how long it has been the same. */
export function choose(progress: Progress, selection: Selection): Progress {
  const best = chosen(progress.candidates, selection);
  const isFresh = best !== progress.best || progress.steps === 0;
  return { ...progress, best, sinceBest: isFresh ? 0 : progress.sinceBest + 1 };
}
