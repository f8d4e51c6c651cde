/** Measures of predictions, and folds for cross-validation. */

import { randomNumbers } from "../../shared/random.ts";

type Numbers = readonly number[];

function checkLengths(caller: string, truth: Numbers, predicted: Numbers): void {
  if (truth.length !== predicted.length || truth.length === 0) {
    throw new RangeError(`${caller}: ${truth.length} true values and ${predicted.length} predictions.`);
  }
}

function meanBy(caller: string, truth: Numbers, predicted: Numbers, loss: (a: number, b: number) => number): number {
  checkLengths(caller, truth, predicted);
  return truth.reduce((sum, value, at) => sum + loss(value, predicted[at] as number), 0) / truth.length;
}

/** The root of the mean squared error. */
export function rmse(truth: Numbers, predicted: Numbers): number {
  return Math.sqrt(meanBy("rmse", truth, predicted, (a, b) => (a - b) ** 2));
}

/** The mean absolute error. */
export function mae(truth: Numbers, predicted: Numbers): number {
  return meanBy("mae", truth, predicted, (a, b) => Math.abs(a - b));
}

/** The share of the variance that is explained: 1 at best, 0 for the mean, negative for worse. */
export function r2(truth: Numbers, predicted: Numbers): number {
  const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length;
  const all = meanBy("r2", truth, predicted, (a) => (a - mean) ** 2);
  return 1 - meanBy("r2", truth, predicted, (a, b) => (a - b) ** 2) / all;
}

/** The share of equal classes. */
export function accuracy(truth: Numbers, predicted: Numbers): number {
  return meanBy("accuracy", truth, predicted, (a, b) => (a === b ? 1 : 0));
}

/** The share of predicted 1s that are right; 0 when none is predicted. */
export function precision(truth: Numbers, predicted: Numbers): number {
  checkLengths("precision", truth, predicted);
  const found = predicted.filter((value) => value === 1).length;
  return found === 0 ? 0 : hits(truth, predicted) / found;
}

/** The share of the 1s that are found; 0 when there are none. */
export function recall(truth: Numbers, predicted: Numbers): number {
  checkLengths("recall", truth, predicted);
  const there = truth.filter((value) => value === 1).length;
  return there === 0 ? 0 : hits(truth, predicted) / there;
}

/** The harmonic mean of precision and recall of class 1; 0 when both are. */
export function f1(truth: Numbers, predicted: Numbers): number {
  const [p, r] = [precision(truth, predicted), recall(truth, predicted)];
  return p + r === 0 ? 0 : (2 * p * r) / (p + r);
}

function hits(truth: Numbers, predicted: Numbers): number {
  return truth.filter((value, at) => value === 1 && predicted[at] === 1).length;
}

/** The rows of a fold, by index: those to fit on and those to predict. */
export interface Fold {
  readonly train: Numbers;
  readonly test: Numbers;
}

/** Options of {@link kFold}. */
export interface FoldOptions {
  /** Default: 5. */
  readonly folds?: number;
  /** Default: 1. */
  readonly seed?: number;
  /** Classes by row: each fold then has about the same share of each. Default: none. */
  readonly labels?: Numbers;
}

/** Divides `count` rows at random into folds; each row is in the test part of one. */
export function kFold(count: number, { folds = 5, seed = 1, labels }: FoldOptions = {}): readonly Fold[] {
  if (!Number.isInteger(folds) || folds < 2 || folds > count) {
    throw new RangeError(`kFold: folds is ${folds}; it may be 2 to the number of rows, ${count}.`);
  }
  if (labels !== undefined && labels.length !== count) {
    throw new RangeError(`kFold: ${labels.length} labels for ${count} rows.`);
  }
  const order = shuffle(count, seed);
  if (labels !== undefined) order.sort((a, b) => (labels[a] as number) - (labels[b] as number));
  const foldOf = new Map(order.map((row, place) => [row, place % folds]));
  const rows = Array.from({ length: count }, (_, row) => row);
  return Array.from({ length: folds }, (_, fold) => ({
    train: rows.filter((row) => foldOf.get(row) !== fold),
    test: rows.filter((row) => foldOf.get(row) === fold),
  }));
}

/** The numbers from 0 to `count` - 1 in an order that the seed decides. */
export function shuffle(count: number, seed: number): number[] {
  const random = randomNumbers(seed);
  const order = Array.from({ length: count }, (_, row) => row);
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other] as number, order[at] as number];
  }
  return order;
}
