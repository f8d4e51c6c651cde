/** The memory of a local search: every candidate that was trials, with its mean score, and the base of its climb. */

import type { Json } from "../../util/decode.ts";
import type { Rng, RngState } from "../../util/rng.ts";
import type { Point } from "../space/space.ts";
import { keyOf, type LocalValues } from "./target.ts";

/** A candidate that was trials. */
export type LocalSearchTrial = {
  /** Identifies its values. */
  readonly key: string;
  /** Its point: the derivation tree of a code value, the index of a choice, …. It lacks the names in `foreign`. */
  readonly point: Point;
  /** The values that are not in the space, as the baseline may have. */
  readonly foreign: { readonly [name: string]: Json };
  /** The mean of its scores; null while it has none, and for one whose values were refused. */
  readonly score: number | null;
  /** How many scores the mean is of. */
  readonly runs: number;
  /** The climb that it was first trials in. */
  readonly climb: number;
};

/** The memory of a local search: plain JSON. */
export type LocalSearchState = {
  /** Hash of the space that the points belong to. */
  readonly space: string;
  readonly rng: RngState;
  /** Steps that were scored. */
  readonly steps: number;
  /** How often the search has started over. */
  readonly climb: number;
  /** Steps in a row that led to nothing better. */
  readonly failures: number;
  /** The key of the candidate that the search climbs from; null for none. */
  readonly base: string | null;
  /** The last proposal, since a value that a projection has changed does not determine its point. */
  readonly proposed: { readonly key: string; readonly point: Point } | null;
  readonly trials: readonly LocalSearchTrial[];
};

/** How the search moves from one candidate to the next. */
export interface ClimbRules {
  readonly method: "hillClimbing" | "annealing" | "random";
  readonly temperature: number;
  readonly cooling: number;
}

/** The best candidate so far; of equal ones the first. Undefined while none has a score. */
export function bestOf(trials: readonly LocalSearchTrial[]): LocalSearchTrial | undefined {
  let best: LocalSearchTrial | undefined;
  for (const trial of trials) {
    if (trial.score !== null && (best === undefined || trial.score > (best.score as number))) best = trial;
  }
  return best;
}

/** The trial of the given key. */
export function trialOf(
  { trials }: Pick<LocalSearchState, "trials">,
  key: string | null,
): LocalSearchTrial | undefined {
  return trials.find((trial) => trial.key === key);
}

/** Records a score of the candidate that ran. Several scores of one candidate make a mean. */
export function recordScore(
  state: LocalSearchState,
  run: { readonly values: LocalValues; readonly point: Point },
  score: number,
): LocalSearchState {
  const key = keyOf(run.values);
  const known = trialOf(state, key);
  const steps = state.steps + 1;
  if (known === undefined) {
    const point = state.proposed?.key === key ? state.proposed.point : run.point;
    const foreign = Object.fromEntries(Object.entries(run.values).filter(([name]) => !(name in point)));
    const trial = { key, point, foreign, score, runs: 1, climb: state.climb };
    return { ...state, steps, trials: [...state.trials, trial] };
  }
  const runs = known.runs + 1;
  const mean = (known.score ?? 0) + (score - (known.score ?? 0)) / runs;
  return {
    ...state,
    steps,
    trials: state.trials.map((trial) => (trial === known ? { ...known, score: mean, runs } : trial)),
  };
}

/** Decides which candidate to climb from, now that `key` has run. */
export function chooseBase(state: LocalSearchState, key: string, rules: ClimbRules, rng: Rng): LocalSearchState {
  const base = rules.method === "annealing" ? anneal(state, key, rules, rng) : leaderOf(state);
  const [before, after] = [trialOf(state, state.base), trialOf(state, base)];
  const isBetter = before === undefined || (base !== state.base && scoreOf(after) > scoreOf(before));
  // Running the base again is not a failure to find another candidate.
  const failures = isBetter ? 0 : state.failures + (key === base ? 0 : 1);
  return { ...state, base, failures };
}

function leaderOf({ trials, climb }: LocalSearchState): string | null {
  return bestOf(trials.filter((trial) => trial.climb === climb))?.key ?? null;
}

/**
 * The candidate that ran when it is as good as the base; otherwise with a probability that falls with its loss and with
 * the number of steps (Metropolis).
 */
function anneal(state: LocalSearchState, key: string, { temperature, cooling }: ClimbRules, rng: Rng): string {
  const base = trialOf(state, state.base);
  if (base === undefined || base.key === key) return key;
  const loss = scoreOf(base) - scoreOf(trialOf(state, key));
  const probability = Math.exp(-loss / (temperature * cooling ** state.steps));
  return loss <= 0 || rng.float() < probability ? key : base.key;
}

function scoreOf(trial: LocalSearchTrial | undefined): number {
  return trial?.score ?? -Infinity;
}

/** Records a candidate whose values were refused, so that it is not proposed again. */
export function recordRefusal(state: LocalSearchState, key: string, point: Point): LocalSearchState {
  const trial = {
    key,
    point,
    foreign: {} as { readonly [name: string]: Json },
    score: null,
    runs: 0,
    climb: state.climb,
  };
  return { ...state, trials: [...state.trials, trial] };
}
