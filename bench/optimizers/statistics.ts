/** Paired comparisons: differences problem by problem, with Student's intervals, and which of many are beyond luck. */

import { type Interval, tInterval } from "../../src/math/intervals.ts";
import { signFlipTest } from "../../src/math/sign-flip.ts";
import { mean } from "../../src/math/statistics.ts";

/** A mean difference, and what it shows. */
export interface Difference {
  readonly mean: number;
  /**
   * Its interval of 95%; undefined for fewer than five pairs, and where all are equal: too little to say how they
   * vary.
   */
  readonly interval: Interval | undefined;
  /** How many pairs there were. */
  readonly count: number;
  /** How likely a mean so far from 0, to either side, would be if neither were better: by the sign-flip test. */
  readonly p: number;
}

/** Fewer differences are too skewed by luck for Student's interval to hold what it promises. */
const fewest = 5;
/** The chance that any of the contrasts which count as shown is luck. */
const alpha = 0.05;

/** The mean of differences that belong to one problem each. The mirrored differences give the mirrored result. */
export function pairedDifference(differences: readonly number[]): Difference {
  const mirrored = differences.map((difference) => -difference);
  const p = Math.min(1, 2 * Math.min(signFlipTest(differences), signFlipTest(mirrored)));
  const interval = differences.length < fewest ? undefined : tInterval(differences);
  return { mean: mean(differences), interval, count: differences.length, p };
}

/**
 * Which of many differences are shown: so that the chance that luck alone shows any is at most 5%, however many there
 * are (Holm 1979).
 */
export function shown(differences: readonly Difference[]): ReadonlySet<Difference> {
  const order = [...differences].sort((a, b) => a.p - b.p);
  const first = order.findIndex(({ p }, at) => p > alpha / (order.length - at));
  return new Set(first < 0 ? order : order.slice(0, first));
}
