/**
 * Is the mean of some bounded values above zero? A test and an interval that assume nothing of their distribution but
 * its bounds.
 *
 * Gaffke, "Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative variable"
 * (2005); Learned-Miller and Thomas, "A New Confidence Interval for the Mean of a Bounded Random Variable" (2019). With
 * the values d1 … dn, none below `lowest`, and n + 1 standard exponentials E, the p-value is P(E1 d1 + … + En dn + E0
 * lowest ≤ 0). For differences of -1, 0 and 1 it is that of the exact sign test; for n equal small gains it is the
 * probability that the sample missed a rare large loss that outweighs them. It is proved for special cases that the
 * p-value is never too small, and no counterexample is known.
 */

/**
 * Grid of the integral over u = exp(s). The integrand is smooth and falls on both sides, so the trapezoid rule is exact
 * enough.
 */
const grid = { from: -20, to: 14, step: 0.025 } as const;

/** The integral ends where the logarithm of the integrand's size is below this. */
const minLogSize = -40;

/** A bound below this is used as the p-value: no decision depends on how much smaller it is. */
const tiny = 1e-6;

/**
 * The p-value of "the mean is at most `center`", from 0 to 1; 1 for no values.
 * @param values None below `lowest`.
 * @param lowest The lowest value that could have been drawn, below `center`.
 * @param center Default: 0.
 */
export function meanTest(values: readonly number[], lowest: number, center = 0): number {
  const weights = [...values, lowest].map((value) => value - center);
  const largest = weights.reduce((max, weight) => Math.max(max, Math.abs(weight)), 0);
  if (values.length === 0 || !weights.some((weight) => weight > 0)) return 1;
  return probabilityBelowZero(weights.map((weight) => weight / largest));
}

/**
 * P(Σ wᵢ Eᵢ ≤ 0) for independent standard exponentials, by the inversion of its characteristic function: Imhof,
 * "Computing the distribution of quadratic forms in normal variables" (1961), since an exponential is half a chi-square
 * of two degrees.
 */
function probabilityBelowZero(weights: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const weight of weights) if (weight !== 0) counts.set(weight, (counts.get(weight) ?? 0) + 1);
  const distinct = [...counts];
  const below = chernoffBound(distinct);
  if (below < tiny) return below;
  const above = chernoffBound(distinct.map(([weight, count]) => [-weight, count]));
  return above < tiny ? 1 - above : invert(distinct, weights.length);
}

function invert(distinct: readonly (readonly [number, number])[], total: number): number {
  let sum = 0;
  // The more weights, the smaller the u at which the angle begins to turn.
  for (let s = grid.from - Math.log(total); s < grid.to; s += grid.step) {
    const u = Math.exp(s);
    let [angle, logSize] = [0, 0];
    for (const [weight, count] of distinct) {
      angle += count * Math.atan(weight * u);
      logSize -= (count / 2) * Math.log1p(weight * weight * u * u);
    }
    if (logSize < minLogSize) break;
    sum += Math.sin(angle) * Math.exp(logSize) * grid.step;
  }
  return Math.min(1, Math.max(0, 0.5 - sum / Math.PI));
}

/**
 * No less than P(Σ wᵢ Eᵢ ≤ 0), by Chernoff: E exp(-t Σ wᵢ Eᵢ) for the best of some t. Where it is tiny the integrand
 * turns too fast for the grid.
 */
function chernoffBound(distinct: readonly (readonly [number, number])[]): number {
  const lowest = distinct.reduce((least, [weight]) => Math.min(least, weight), 0);
  if (lowest === 0) return 0;
  let least = 0;
  for (let share = 1; share > 1e-4; share *= 0.8) {
    const t = (share * 0.999) / -lowest;
    least = Math.min(
      least,
      distinct.reduce((log, [weight, count]) => log - count * Math.log1p(t * weight), 0),
    );
  }
  return Math.exp(least);
}

/**
 * An interval that contains the mean with probability `level`, by the test above on both sides.
 * @param values All of them from -`reach` to `reach`.
 * @param level Default: 0.95.
 */
export function meanInterval(values: readonly number[], reach: number, level = 0.95): readonly [number, number] {
  const error = (1 - level) / 2;
  const mirrored = values.map((value) => -value);
  return [lowerBound(values, reach, error), -lowerBound(mirrored, reach, error)];
}

/** The largest center that the test rejects. */
function lowerBound(values: readonly number[], reach: number, error: number): number {
  let [low, high] = [-reach, reach];
  for (let round = 0; round < 20; round++) {
    const middle = (low + high) / 2;
    if (meanTest(values, -reach, middle) <= error) low = middle;
    else high = middle;
  }
  // No bound is below the lowest possible mean.
  return low;
}
