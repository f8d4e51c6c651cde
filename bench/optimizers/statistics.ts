/** Paired comparisons: differences seed by seed, with intervals from a seeded bootstrap. */

import { seeded } from "../../src/util/rng.ts";
import { mean, standardError } from "../../src/util/statistics.ts";

/** A mean with how far to trust it. */
export interface Summary {
  readonly mean: number;
  /** NaN, unknown, for fewer than two values. */
  readonly standardError: number;
  readonly count: number;
}

/** A mean difference with its 95 % interval. */
export interface Difference {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** How many pairs there were. */
  readonly count: number;
}

/** Mean and standard error of some scores. */
export function summaryOf(values: readonly number[]): Summary {
  return { mean: mean(values), standardError: standardError(values), count: values.length };
}

/**
 * The mean of differences that belong to one seed each, with the middle 95 % of the means of `resamples` samples drawn from
 * them with replacement. `seed` decides the draws.
 */
export function pairedDifference(differences: readonly number[], seed: string, resamples = 2_000): Difference {
  const rng = seeded(`bootstrap/${seed}`);
  const count = differences.length;
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let draw = 0; draw < count; draw++) sum += differences[rng.integer(count)] as number;
    return sum / count;
  }).sort((a, b) => a - b);
  const at = (share: number) => means[Math.min(resamples - 1, Math.floor(share * resamples))] as number;
  return { mean: mean(differences), low: at(0.025), high: at(0.975), count };
}
