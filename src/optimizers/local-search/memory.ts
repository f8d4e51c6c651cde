/**
 * What a local search remembers: every candidate that was tried, with its mean score, and which one is climbed from.
 */

import type { Json } from "../../util/decode.ts";
import type { Rng, RngState } from "../../util/rng.ts";
import type { Point } from "../space/space.ts";
import { keyOf, type Values } from "./target.ts";

/** A candidate that was tried. */
export type LocalSearchTrial = {
  /** Names its values. */
  readonly key: string;
  /** Its point: the derivation tree of a code value, the index of a choice, …. It lacks the names in `outside`. */
  readonly point: Point;
  /** The values that are not in the space, such as those of the starting artifact. */
  readonly outside: { readonly [name: string]: Json };
  /** The mean of its scores; null while it has none, and for one whose values were refused. */
  readonly score: number | null;
  /** How many scores that is the mean of. */
  readonly runs: number;
  /** The climb that it was first tried in. */
  readonly climb: number;
};

/** The memory of a local search: plain JSON. */
export type LocalSearchState = {
  /** Hash of the space that the points are of. */
  readonly space: string;
  readonly rng: RngState;
  /** Steps that were scored. */
  readonly steps: number;
  /** How often the search began anew. */
  readonly climb: number;
  /** Steps in a row that led to nothing better. */
  readonly failures: number;
  /** The key of the candidate that is climbed from; null for none. */
  readonly base: string | null;
  /** What was proposed last, since a value that a projection changed does not tell its point. */
  readonly proposed: { readonly key: string; readonly point: Point } | null;
  readonly tried: readonly LocalSearchTrial[];
};

/** How the search goes from one candidate to the next. */
export interface Rules {
  readonly method: "hillClimbing" | "annealing" | "random";
  readonly temperature: number;
  readonly cooling: number;
}

/** The best candidate so far; of equal ones the first. Undefined while none has a score. */
export function bestOf(tried: readonly LocalSearchTrial[]): LocalSearchTrial | undefined {
  let best: LocalSearchTrial | undefined;
  for (const trial of tried) {
    if (trial.score !== null && (best === undefined || trial.score > (best.score as number))) best = trial;
  }
  return best;
}

/** The trial of the given key. */
export function trialOf({ tried }: Pick<LocalSearchState, "tried">, key: string | null): LocalSearchTrial | undefined {
  return tried.find((trial) => trial.key === key);
}

/** Adds a score for the candidate that ran; another one for the same candidate makes a mean. */
export function scored(
  state: LocalSearchState,
  ran: { values: Values; point: Point },
  score: number,
): LocalSearchState {
  const key = keyOf(ran.values);
  const known = trialOf(state, key);
  const steps = state.steps + 1;
  if (known === undefined) {
    const point = state.proposed?.key === key ? state.proposed.point : ran.point;
    const outside = Object.fromEntries(Object.entries(ran.values).filter(([name]) => !(name in point)));
    const trial = { key, point, outside, score, runs: 1, climb: state.climb };
    return { ...state, steps, tried: [...state.tried, trial] };
  }
  const runs = known.runs + 1;
  const mean = (known.score ?? 0) + (score - (known.score ?? 0)) / runs;
  return {
    ...state,
    steps,
    tried: state.tried.map((trial) => (trial === known ? { ...known, score: mean, runs } : trial)),
  };
}

/** Decides which candidate is climbed from, now that `key` has run. */
export function climbed(state: LocalSearchState, key: string, rules: Rules, rng: Rng): LocalSearchState {
  const base = rules.method === "annealing" ? annealed(state, key, rules, rng) : leaderOf(state);
  const [before, after] = [trialOf(state, state.base), trialOf(state, base)];
  const isBetter = before === undefined || (base !== state.base && scoreOf(after) > scoreOf(before));
  // A candidate that runs once more is no failure to find another.
  const failures = isBetter ? 0 : state.failures + (key === base ? 0 : 1);
  return { ...state, base, failures };
}

function leaderOf({ tried, climb }: LocalSearchState): string | null {
  return bestOf(tried.filter((trial) => trial.climb === climb))?.key ?? null;
}

/**
 * The candidate that ran where it is as good, or by chance (Metropolis): the less, the worse it is and the later the
 * step.
 */
function annealed(state: LocalSearchState, key: string, { temperature, cooling }: Rules, rng: Rng): string {
  const base = trialOf(state, state.base);
  if (base === undefined || base.key === key) return key;
  const loss = scoreOf(base) - scoreOf(trialOf(state, key));
  const chance = Math.exp(-loss / (temperature * cooling ** state.steps));
  return loss <= 0 || rng.float() < chance ? key : base.key;
}

function scoreOf(trial: LocalSearchTrial | undefined): number {
  return trial?.score ?? -Infinity;
}

/** Remembers a candidate whose values were refused, so that it is not proposed again. */
export function refusedToo(state: LocalSearchState, key: string, point: Point): LocalSearchState {
  const trial = {
    key,
    point,
    outside: {} as { readonly [name: string]: Json },
    score: null,
    runs: 0,
    climb: state.climb,
  };
  return { ...state, tried: [...state.tried, trial] };
}
