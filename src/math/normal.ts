/** The normal distribution, exact to about 14 digits even far out in its tails, and cut to an interval. */

import type { Rng } from "../util/rng.ts";

const logRootOfTwoPi = 0.5 * Math.log(2 * Math.PI);

/** The logarithm of the standard normal density. */
export function logNormalDensity(x: number): number {
  return -0.5 * x * x - logRootOfTwoPi;
}

/** The probability that a standard normal number is below `x`. */
export function normalBelow(x: number): number {
  if (x > 3) return 1 - upperTail(x);
  if (x < -3) return upperTail(-x);
  // Marsaglia's series (2004): 1/2 + density * (x + x^3/3 + x^5/15 + …).
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + sum * Math.exp(logNormalDensity(x));
}

/** The logarithm of {@link normalBelow}, exact also where that rounds to 0 or 1. */
export function logNormalBelow(x: number): number {
  if (x < -3) return logNormalDensity(x) - Math.log(tailFraction(-x));
  return x > 3 ? Math.log1p(-upperTail(x)) : Math.log(normalBelow(x));
}

/** The probability of a number above `x`, which is 3 or more. */
function upperTail(x: number): number {
  return Math.exp(logNormalDensity(x)) / tailFraction(x);
}

/** Laplace's continued fraction x + 1 / (x + 2 / (x + 3 / …)): the density divided by the probability above x. */
function tailFraction(x: number): number {
  let fraction = x;
  for (let depth = 100; depth > 0; depth--) fraction = x + depth / fraction;
  return fraction;
}

/** The logarithm of the probability that a standard normal number is between `low` and `high`. */
export function logNormalBetween(low: number, high: number): number {
  if (low > 0) return logNormalBetween(-high, -low);
  if (high > 0) return Math.log1p(-normalBelow(low) - normalBelow(-high));
  const larger = logNormalBelow(high);
  return larger + Math.log1p(-Math.exp(logNormalBelow(low) - larger));
}

/** A normal distribution, cut to an interval that contains its mean. */
export interface CutNormal {
  readonly mean: number;
  /** Of the distribution before it is cut. */
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
}

/** A random number between the bounds, by the inverse of the cumulative distribution. */
export function sampleCutNormal({ mean, deviation, low, high }: CutNormal, rng: Rng): number {
  const below = (value: number) => normalBelow((value - mean) / deviation);
  const target = below(low) + rng.float() * (below(high) - below(low));
  let [from, to] = [low, high];
  // 60 halvings reach the precision of numbers.
  for (let halving = 0; halving < 60; halving++) {
    const middle = (from + to) / 2;
    if (below(middle) < target) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}
