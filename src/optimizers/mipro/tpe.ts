/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011): suggests the next trial from the earlier ones. Good and
 * other trials get a density each; some points are sampled from the good one, and the point is suggested that it
 * favours most over the other. Joint over all dimensions, as in Optuna 5.0's TPESampler(multivariate=True), which
 * MIPROv2 uses.
 */

import { TracegradError } from "../../util/errors.ts";
import { requireWholeNumber } from "../../util/require.ts";
import type { Rng } from "../../util/rng.ts";
import type { Space } from "../space/space.ts";
import { dimensionsOf, type NumericPoint } from "./dimensions.ts";
import { bestByRatio, parzenEstimator, samplePoint } from "./parzen.ts";

/** A point that was tried, and its score. */
export interface Trial {
  readonly values: NumericPoint;
  /** Larger is better. */
  readonly score: number;
}

/** Options of {@link suggestByTpe}; the defaults are Optuna's. */
export interface TpeOptions {
  /** How many trials are random before the estimators are used. Default: 10. */
  readonly startupTrials?: number;
  /** How many sampled points the suggestion is chosen from. Default: 24. */
  readonly candidates?: number;
  /** Points that are being tried and have no score yet. They count as bad, so that others are tried. Default: none. */
  readonly pending?: readonly NumericPoint[];
}

/** How many of `count` trials count as good: a tenth, rounded up, at most 25. */
export function gamma(count: number): number {
  return Math.min(Math.ceil(0.1 * count), 25);
}

/**
 * The `count` best trials and the others, both in their order. Of equally good ones the earlier counts as better.
 * @throws TracegradError `bad-score` for a score that is not a finite number.
 */
export function splitTrials<T extends { readonly score: number }>(
  trials: readonly T[],
  count: number,
): { readonly below: readonly T[]; readonly above: readonly T[] } {
  const bad = trials.findIndex(({ score }) => !Number.isFinite(score));
  if (bad >= 0) {
    throw new TracegradError(
      "bad-score",
      `The score of trial ${bad} is ${String(trials[bad]?.score)}, not a finite number. ` +
        "Leave out trials without a score.",
    );
  }
  const order = [...trials.keys()].sort((a, b) => (trials[b]?.score as number) - (trials[a]?.score as number));
  const best = new Set(order.slice(0, count));
  return { below: trials.filter((_, at) => best.has(at)), above: trials.filter((_, at) => !best.has(at)) };
}

/**
 * The point to try next: a random one for the first trials.
 *
 * @param space Its domains are choices and numbers; a number has no step, or is whole.
 * @param trials The oldest first: the last 25 count most.
 * @throws TracegradError `bad-space` for another domain, `bad-assignment` for a trial that is not in the space,
 *   `bad-score` for a score that is not a finite number, `bad-option`.
 */
export function suggestByTpe(space: Space, trials: readonly Trial[], rng: Rng, options: TpeOptions = {}): NumericPoint {
  const { startupTrials = 10, candidates = 24, pending = [] } = options;
  const dimensions = dimensionsOf(space);
  requireWholeNumber("startupTrials", startupTrials, { zero: true });
  requireWholeNumber("candidates", candidates);
  if (trials.length < Math.max(1, startupTrials)) return space.random(rng) as NumericPoint;
  const { below, above } = splitTrials(trials, gamma(trials.length));
  const good = parzenEstimator(
    dimensions,
    below.map(({ values }) => values),
  );
  const others = parzenEstimator(dimensions, [...above.map(({ values }) => values), ...pending]);
  const points = Array.from({ length: candidates }, () => samplePoint(good, rng));
  return points[bestByRatio(points, good, others)] as NumericPoint;
}
