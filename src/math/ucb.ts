/** Upper confidence bounds: how good an arm may still be, so that rarely tried ones get tried. */

import { TracegradError } from "../util/errors.ts";
import { requireWholeNumber } from "../util/require.ts";

/** What is known of one arm: a candidate, a model, an operator. */
export interface Arm {
  /** The mean of its scores; ignored while `count` is 0. */
  readonly mean: number;
  /** How many scores it has. */
  readonly count: number;
}

/** Options of {@link upperBound}. */
export interface UpperBoundOptions {
  /** How many scores there are over all arms. */
  readonly total: number;
  /** How much uncertainty counts. Default: 1, as in Trace's PrioritySearch; UCB1 (Auer 2002) has the root of 2. */
  readonly exploration?: number;
  /** The lowest and highest possible score; the bound stays between them. Default: 0 to 1. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * mean + exploration * sqrt(ln(total + 1) / count) * width of the range, no more than the highest score (Hoeffding's
 * bound, as in Trace's PrioritySearch). The highest score for an arm without scores, so that it is tried.
 * @throws TracegradError `bad-option` for counts that are not whole numbers, a negative exploration, a reversed range;
 *   `bad-score` for a mean that is not a finite number.
 */
export function upperBound(arm: Arm, options: UpperBoundOptions): number {
  const { total, exploration = 1, range = [0, 1] } = options;
  const [low, high] = range;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
    throw new TracegradError("bad-option", `\`range\` is [lowest, highest] score; got [${low}, ${high}].`);
  }
  requireCounts(arm, total, exploration);
  if (arm.count === 0) return high;
  const uncertainty = exploration * Math.sqrt(Math.log(total + 1) / arm.count) * (high - low);
  return Math.min(high, arm.mean + uncertainty);
}

/**
 * mean + exploration * sqrt(ln(total) / count): the classic UCB1 (Auer 2002), for scores of about 0 to 1. Infinity
 * for an arm without scores. As Trace's UCBSearch, whose exploration is 1.
 * @throws TracegradError `bad-option`, `bad-score`, as {@link upperBound}.
 */
export function ucb1(arm: Arm, total: number, exploration: number = Math.SQRT2): number {
  requireCounts(arm, total, exploration);
  if (arm.count === 0) return Number.POSITIVE_INFINITY;
  return arm.mean + exploration * Math.sqrt(Math.log(Math.max(1, total)) / arm.count);
}

function requireCounts(arm: Arm, total: number, exploration: number): void {
  requireWholeNumber("count", arm.count, { zero: true });
  requireWholeNumber("total", total, { zero: true });
  if (!(Number.isFinite(exploration) && exploration >= 0)) {
    throw new TracegradError("bad-option", `\`exploration\` is a number, 0 or more; got ${String(exploration)}.`);
  }
  if (arm.count > 0 && !Number.isFinite(arm.mean)) {
    throw new TracegradError("bad-score", `The mean of an arm is ${String(arm.mean)}, not a finite number.`);
  }
}
