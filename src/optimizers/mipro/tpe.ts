/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011): what to try next, given what was tried. Good and other
 * trials get a density each; of some draws from the good one, the draw is taken that the good one favours most over the
 * other. Joint over all dimensions, as Optuna 5.0's TPESampler(multivariate=True), which MIPROv2 uses.
 */

import { TracegradError } from "../../util/errors.ts";
import { requirePositive } from "../../util/require.ts";
import type { Rng } from "../../util/rng.ts";
import { bestByRatio, drawAssignment, parzenEstimator } from "./parzen.ts";
import { type Assignment, type Dimension, randomAssignment, requireSpace } from "./space.ts";

/** Something that was tried, and how good it was. */
export interface Trial {
  readonly values: Assignment;
  /** Larger is better. */
  readonly score: number;
}

/** Options of {@link suggestByTpe}; the defaults are Optuna's. */
export interface TpeOptions {
  /** How many trials are drawn at random before the estimators are asked. Default: 10. */
  readonly startupTrials?: number;
  /** How many draws the suggestion is chosen from. Default: 24. */
  readonly candidates?: number;
  /**
   * Points that are being tried, whose scores are not known yet: counted among the bad, so that others are tried.
   * Default: none.
   */
  readonly pending?: readonly Assignment[];
}

/** How many of `count` trials are taken for good: a tenth, rounded up, and no more than 25. */
export function gamma(count: number): number {
  return Math.min(Math.ceil(0.1 * count), 25);
}

/**
 * The `count` best trials and the others, both in their order. Of equally good ones the earlier counts as better.
 * @throws TracegradError `bad-score` for a score that is no finite number.
 */
export function splitTrials<T extends { readonly score: number }>(
  trials: readonly T[],
  count: number,
): { readonly below: readonly T[]; readonly above: readonly T[] } {
  const bad = trials.findIndex(({ score }) => !Number.isFinite(score));
  if (bad >= 0) {
    throw new TracegradError(
      "bad-score",
      `The score of trial ${bad} is ${String(trials[bad]?.score)}, not a finite number. Leave out what was not scored.`,
    );
  }
  const order = [...trials.keys()].sort((a, b) => (trials[b]?.score as number) - (trials[a]?.score as number));
  const best = new Set(order.slice(0, count));
  return { below: trials.filter((_, at) => best.has(at)), above: trials.filter((_, at) => !best.has(at)) };
}

/**
 * The point to try next: a random one for the first trials.
 *
 * @param trials What was tried, the oldest first: the last 25 count most.
 * @throws TracegradError `bad-space`, `bad-assignment` for a trial that is not in the space, `bad-score` for one
 *   whose score is no finite number, `bad-option`.
 */
export function suggestByTpe(
  space: readonly Dimension[],
  trials: readonly Trial[],
  rng: Rng,
  options: TpeOptions = {},
): Assignment {
  const { startupTrials = 10, candidates = 24, pending = [] } = options;
  requireSpace(space);
  requirePositive("startupTrials", startupTrials, { zero: true });
  requirePositive("candidates", candidates);
  if (trials.length < Math.max(1, startupTrials)) return randomAssignment(space, rng);
  const { below, above } = splitTrials(trials, gamma(trials.length));
  const good = parzenEstimator(
    space,
    below.map(({ values }) => values),
  );
  const others = parzenEstimator(space, [...above.map(({ values }) => values), ...pending]);
  const draws = Array.from({ length: candidates }, () => drawAssignment(good, rng));
  return draws[bestByRatio(draws, good, others)] as Assignment;
}
