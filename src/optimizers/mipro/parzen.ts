/**
 * Parzen estimators: a density over choices and numbers, as a mixture of one kernel around each observation and one
 * over everything, the prior. As in Optuna 5.0: the multivariate estimator of its TPESampler.
 */

import { logNormalBetween, logNormalDensity, sampleCutNormal } from "../../math/normal.ts";
import { sampleIndex } from "../../math/weighted-sample.ts";
import { TracegradError } from "../../util/errors.ts";
import type { Rng } from "../../util/rng.ts";
import type { CategoricalDimension, NumericDimension } from "../space/domain.ts";
import { boundsOf, type NumericPoint, valueAt, valueIn, type WithName } from "./dimensions.ts";

/** The kernels of a dimension of choices: for each kernel the probabilities of the choices. */
export interface CategoricalKernels {
  readonly dimension: WithName<CategoricalDimension>;
  readonly weights: readonly (readonly number[])[];
}

/** The kernels of a dimension of numbers: normal distributions, cut to the bounds; of logarithms when ratios count. */
export interface NumericKernels {
  readonly dimension: WithName<NumericDimension>;
  readonly mus: readonly number[];
  readonly sigmas: readonly number[];
}

/** A density as plain data; each kernel is the product of those of the dimensions. The last kernel is the prior. */
export interface ParzenEstimator {
  /** Of the kernels; they add up to 1. */
  readonly weights: readonly number[];
  readonly kernels: readonly (CategoricalKernels | NumericKernels)[];
}

/**
 * How much each observation counts, the oldest first: 1 for each of the last 25, and less and less before, down to 1 /
 * count.
 */
export function observationWeights(count: number): number[] {
  const old = Math.max(0, count - 25);
  const slope = (1 - 1 / count) / Math.max(1, old - 1);
  return Array.from({ length: count }, (_, at) => (at < old ? 1 / count + at * slope : 1));
}

/**
 * The density that the observations suggest.
 * @param observations The oldest first.
 * @throws TracegradError `bad-assignment` for an observation that is not in the space.
 */
export function parzenEstimator(space: readonly WithName[], observations: readonly NumericPoint[]): ParzenEstimator {
  const weights = [...observationWeights(observations.length), 1];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    weights: weights.map((weight) => weight / total),
    kernels: space.map((dimension) => {
      const values = observations.map((point) => valueIn(dimension, point));
      return dimension.kind === "categorical" ? categorical(dimension, values) : numeric(dimension, values);
    }),
  };
}

/** Each observed choice weighs one observation more than an even spread. */
function categorical(dimension: WithName<CategoricalDimension>, values: readonly number[]): CategoricalKernels {
  const { choices } = dimension;
  const even = 1 / (values.length + 1);
  const total = 1 + choices * even;
  const kernels = values.map((value) =>
    Array.from({ length: choices }, (_, choice) => (even + (choice === value ? 1 : 0)) / total),
  );
  return { dimension, weights: [...kernels, new Array<number>(choices).fill(1 / choices)] };
}

/** As wide as the farther neighbour is away, within limits ("magic clip") that narrow with more observations. */
function numeric(dimension: WithName<NumericDimension>, values: readonly number[]): NumericKernels {
  const [low, high] = boundsOf(dimension);
  const range = high - low;
  const mus = values.map((value) => (dimension.log === true ? Math.log(value) : value));
  const order = [...mus.keys()].sort((a, b) => (mus[a] as number) - (mus[b] as number));
  const sigmas = mus.map(() => range);
  const narrowest = range / Math.min(100, 2 + mus.length);
  for (const [rank, at] of order.entries()) {
    const mu = mus[at] as number;
    const neighbour = (other: number, bound: number) => mus[order[other] as number] ?? bound;
    let gaps = [mu - neighbour(rank - 1, low), neighbour(rank + 1, high) - mu];
    // The bounds of the space count as neighbours only of a single observation.
    if (mus.length > 1) gaps = rank === 0 ? gaps.slice(1) : rank === mus.length - 1 ? gaps.slice(0, 1) : gaps;
    sigmas[at] = Math.min(range, Math.max(narrowest, ...gaps));
  }
  return { dimension, mus: [...mus, (low + high) / 2], sigmas: [...sigmas, range] };
}

/**
 * The logarithm of the density at a point: of the probability when all dimensions are choices and integers. With `log`
 * the density is over the logarithm.
 * @throws TracegradError `bad-assignment` for a point that is not in the space.
 */
export function logDensity(estimator: ParzenEstimator, point: NumericPoint): number {
  const logs = estimator.weights.map(Math.log);
  for (const kernels of estimator.kernels) {
    const value = valueIn(kernels.dimension, point);
    for (const at of logs.keys()) logs[at] = (logs[at] as number) + logKernel(kernels, at, value);
  }
  const max = Math.max(...logs);
  if (max === Number.NEGATIVE_INFINITY) return max;
  return max + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - max), 0));
}

function isCategorical(kernels: CategoricalKernels | NumericKernels): kernels is CategoricalKernels {
  return kernels.dimension.kind === "categorical";
}

function logKernel(kernels: CategoricalKernels | NumericKernels, at: number, value: number): number {
  if (isCategorical(kernels)) return Math.log(kernels.weights[at]?.[value] as number);
  const { dimension } = kernels;
  const [low, high] = boundsOf(dimension);
  // The only possible value has probability 1.
  if (low === high) return 0;
  const [mu, sigma] = [kernels.mus[at] as number, kernels.sigmas[at] as number];
  const standard = (position: number) => (position - mu) / sigma;
  const whole = logNormalBetween(standard(low), standard(high));
  if (dimension.kind === "float") {
    const position = dimension.log === true ? Math.log(value) : value;
    return logNormalDensity(standard(position)) - Math.log(sigma) - whole;
  }
  const [from, to] = boundsOf({ ...dimension, low: value, high: value });
  return logNormalBetween(standard(from), standard(to)) - whole;
}

/** A random point, distributed by the density. */
export function samplePoint(estimator: ParzenEstimator, rng: Rng): NumericPoint {
  const at = sampleIndex(estimator.weights, rng);
  return Object.fromEntries(
    estimator.kernels.map((kernels): [string, number] => {
      const { name } = kernels.dimension;
      if (isCategorical(kernels)) return [name, sampleIndex(kernels.weights[at] as readonly number[], rng)];
      const [low, high] = boundsOf(kernels.dimension);
      const [mean, deviation] = [kernels.mus[at] as number, kernels.sigmas[at] as number];
      return [name, valueAt(kernels.dimension, sampleCutNormal({ mean, deviation, low, high }, rng))];
    }),
  );
}

/**
 * The index of the candidate with the greatest ratio of the densities `below` and `above`, the first of equal ones.
 * @throws TracegradError `no-candidate` without candidates, `bad-assignment`.
 */
export function bestByRatio(
  candidates: readonly NumericPoint[],
  below: ParzenEstimator,
  above: ParzenEstimator,
): number {
  if (candidates.length === 0) throw new TracegradError("no-candidate", "There is no candidate. Give at least one.");
  const gains = candidates.map((point) => logDensity(below, point) - logDensity(above, point));
  return gains.reduce((best, gain, at) => (gain > (gains[best] as number) ? at : best), 0);
}
