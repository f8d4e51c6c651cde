/** Intervals of 95% for means: what a sample says about the mean of its population. */

import { gammaln } from "simple-statistics";
import { differenceOf, mean, standardError } from "./statistics.ts";

/** The two ends of an interval that holds the true mean in 95 of 100 samples. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What is averaged. */
type ScoreKind = "scores" | "differences";

/** A mean of scores and how far to trust it. */
export interface ScoreSummary {
  readonly mean: number;
  /** NaN when it is not known. */
  readonly standardError: number;
  /** Undefined when the scores do not say how they vary. */
  readonly interval: Interval | undefined;
}

/** The share of samples whose interval misses. */
const missing = 0.05;
/** How many standard errors the interval reaches when the error is known exactly: a quantile of the normal. */
const normalReach = 1.959963984540054;

/**
 * How many standard errors an interval of 95% reaches to each side, by Student's t: 12.71 for one degree of freedom,
 * 1.96 for infinitely many. Found by bisection of the distribution, so that degrees need not be whole.
 */
export function tQuantile(degrees: number): number {
  if (degrees > 1e6) return normalReach;
  const tail = (t: number) => incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
  let [low, high] = [1, 2];
  while (tail(high) > missing) high *= 2;
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2;
    if (tail(middle) > missing) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The regularised incomplete beta function I_x(a, b), by its continued fraction (NIST Handbook of Mathematical
 * Functions, 8.17.22), evaluated by Lentz's method.
 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + gammaln(a + b) - gammaln(a) - gammaln(b) - Math.log(a));
  let [upper, lower, fraction] = [1, 1 / (1 - ((a + b) * x) / (a + 1)), 1 / (1 - ((a + b) * x) / (a + 1))];
  for (let m = 1, change = 0; m <= 500 && Math.abs(change - 1) > 1e-15; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const term of [even, odd]) {
      lower = 1 / (1 + term * lower);
      upper = 1 + term / upper;
      change = lower * upper;
      fraction *= change;
    }
  }
  return front * fraction;
}

/**
 * The interval of a mean by Student's t. Undefined for fewer than two values, and for equal ones: they do not say how
 * they vary.
 */
export function tInterval(values: readonly number[]): Interval | undefined {
  if (isAlike(values)) return undefined;
  return around(mean(values), tQuantile(values.length - 1) * standardError(values));
}

/**
 * The interval of the share of successes among `count` trials of which the share `share` succeeded (Wilson 1927). Right
 * also for few trials, and for a share of 0 or 1, where the standard error is 0.
 * @param reach How many standard errors it reaches. Default: 1.96, for independent trials.
 */
export function wilsonInterval(share: number, count: number, reach: number = normalReach): Interval {
  const weight = (reach * reach) / count;
  const half = Math.sqrt(weight * share * (1 - share) + (weight * weight) / 4) / (1 + weight);
  const { low, high } = around((share + weight / 2) / (1 + weight), half);
  return { low: share === 0 ? 0 : low, high: share === 1 ? 1 : high };
}

/**
 * Mean, standard error and interval of scores, one an example: Wilson's interval for scores from 0 to 1, else
 * Student's. Undefined for equal scores that are not 0 or 1, and for a single one: they do not say how they vary.
 * @param kind Differences of scores are never shares, whatever they are. Default: scores.
 */
export function summaryOf(scores: readonly number[], kind: ScoreKind = "scores"): ScoreSummary {
  if (scores.length === 0) return { mean: Number.NaN, standardError: Number.NaN, interval: undefined };
  const [average, error] = [mean(scores), standardError(scores)];
  const isBinary = kind === "scores" && scores.every((score) => score === 0 || score === 1);
  if (isBinary) return { mean: average, standardError: error, interval: wilsonInterval(average, scores.length) };
  const interval = isAlike(scores)
    ? undefined
    : intervalOf(average, error, { scores, kind, degrees: scores.length - 1 });
  return { mean: average, standardError: error, interval };
}

/**
 * By a standard error that is estimated with some degrees of freedom. Scores from 0 to 1 count as so many trials as
 * would have that error (Korn and Graubard 1998): so the interval leaves the range of the scores no more than these do,
 * and is nearer to its promise where most of them are at one end.
 */
function intervalOf(
  average: number,
  error: number,
  { scores, kind, degrees }: { readonly scores: readonly number[]; readonly kind: ScoreKind; readonly degrees: number },
): Interval {
  const reach = tQuantile(degrees);
  const isShare = kind === "scores" && scores.every((score) => score >= 0 && score <= 1);
  if (isShare) return wilsonInterval(average, (average * (1 - average)) / error ** 2, reach);
  return around(average, reach * error);
}

/**
 * The same of scores that were measured on the same examples in several trials: other trials and other examples would
 * both have given another mean, and the error counts both. The variance is that of a table with two random factors and
 * one value a cell; its degrees of freedom are Satterthwaite's (1946).
 * @param trials The scores of each trial, in the same order of examples.
 */
export function crossedSummary(trials: readonly (readonly number[])[], kind: ScoreKind = "scores"): ScoreSummary {
  const [first = []] = trials;
  const all = trials.flat();
  if (trials.length < 2 || first.length < 2) return summaryOf(all, kind);
  const average = mean(all);
  if (isAlike(all)) {
    // All trials are equal, so they say as much as one.
    const { interval } = summaryOf(first, kind);
    return { mean: average, standardError: interval === undefined ? Number.NaN : 0, interval };
  }
  const { variance, degrees } = crossedVariance(trials, first.length);
  const error = Math.sqrt(variance);
  return { mean: average, standardError: error, interval: intervalOf(average, error, { scores: all, kind, degrees }) };
}

function crossedVariance(
  trials: readonly (readonly number[])[],
  examples: number,
): { readonly variance: number; readonly degrees: number } {
  const average = mean(trials.flat());
  const ofTrials = trials.map(mean);
  const ofExamples = Array.from({ length: examples }, (_, at) => mean(trials.map((scores) => scores[at] as number)));
  const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
  const rest = trials.map((scores, row) =>
    scores.map((score, at) => score - (ofTrials[row] as number) - (ofExamples[at] as number) + average),
  );
  const free = [trials.length - 1, examples - 1, (trials.length - 1) * (examples - 1)] as const;
  const byTrial = (examples * squares(ofTrials.map((value) => value - average))) / free[0];
  const byExample = (trials.length * squares(ofExamples.map((value) => value - average))) / free[1];
  const left = squares(rest.flat()) / free[2];
  // Apart from luck, both are at least as large as the rest.
  const total = Math.max(byTrial + byExample - left, byTrial, byExample);
  const degrees = total ** 2 / (byTrial ** 2 / free[0] + byExample ** 2 / free[1] + left ** 2 / free[2]);
  return { variance: total / (trials.length * examples), degrees };
}

function around(middle: number, half: number): Interval {
  return { low: middle - half, high: middle + half };
}

/** Whether there are fewer than two values, or none differs from the first by more than rounding. */
function isAlike(values: readonly number[]): boolean {
  return values.every((value) => differenceOf(value, values[0] as number) === 0);
}
