/** Ridge and logistic regression, by Cholesky's method. */

import { fits } from "./fit-once.ts";
import { checkClasses, checkTargets, type Matrix, readOptions, widthOf } from "./matrix.ts";

/** A linear model: a number, or with `logistic` the probability of class 1. */
export interface LinearModel {
  readonly kind: "linear";
  readonly logistic: boolean;
  readonly intercept: number;
  readonly weights: readonly number[];
}

/** Options of both fits. */
export type LinearOptions = { readonly alpha: number };

const known = { alpha: [1, [0, 1e9]] } as const;

/** Least squares with the penalty `alpha` (default 1) on the squared weights; the intercept is free. */
export function fitRidge(x: Matrix, y: readonly number[], options: Partial<LinearOptions> = {}): LinearModel {
  const width = widthOf("fitRidge", x);
  checkTargets("fitRidge", x, y);
  const settings = readOptions<LinearOptions>("fitRidge", options, known);
  const ones = new Float64Array(x.length).fill(1);
  const solve = () => solveWeighted({ x, width, ...settings, factors: ones, response: y });
  const fit = (): LinearModel => ({ kind: "linear", logistic: false, ...solve() });
  return fits.fitOnce({ name: "fitRidge", x, y, settings }, fit, bytesOf);
}

/** Logistic regression for classes 0 and 1 with the penalty `alpha` / 2 (default 1), by Newton's method. */
export function fitLogistic(x: Matrix, y: readonly number[], options: Partial<LinearOptions> = {}): LinearModel {
  const width = widthOf("fitLogistic", x);
  checkTargets("fitLogistic", x, y);
  checkClasses("fitLogistic", y);
  const settings = readOptions<LinearOptions>("fitLogistic", options, known);
  const fit = () => fitByNewton(x, y, { width, ...settings });
  return fits.fitOnce({ name: "fitLogistic", x, y, settings }, fit, bytesOf);
}

function bytesOf({ weights }: LinearModel): number {
  return 500 + 8 * weights.length;
}

type LogisticSettings = LinearOptions & { readonly width: number };

function fitByNewton(x: Matrix, y: readonly number[], { width, alpha }: LogisticSettings): LinearModel {
  let model: LinearModel = { kind: "linear", logistic: true, intercept: 0, weights: new Array<number>(width).fill(0) };
  for (let round = 0; round < 30; round++) {
    const factors = new Float64Array(x.length);
    const response = new Float64Array(x.length);
    for (const [index, row] of x.entries()) {
      const score = linearScore(model, row);
      const p = sigmoid(score);
      const factor = Math.max(p * (1 - p), 1e-9);
      factors[index] = factor;
      response[index] = score + ((y[index] as number) - p) / factor;
    }
    const next = solveWeighted({ x, width, alpha, factors, response });
    const moved = Math.max(...next.weights.map((weight, at) => Math.abs(weight - (model.weights[at] as number))));
    model = { kind: "linear", logistic: true, ...next };
    if (moved < 1e-9) break;
  }
  return model;
}

/** What a linear model gives for a row, before the logistic function. */
export function linearScore({ intercept, weights }: LinearModel, row: readonly number[]): number {
  let sum = intercept;
  for (let at = 0; at < weights.length; at++) sum += (weights[at] as number) * (row[at] as number);
  return sum;
}

/** The logistic function. */
export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

interface LeastSquares {
  readonly x: Matrix;
  readonly width: number;
  readonly alpha: number;
  readonly factors: ArrayLike<number>;
  readonly response: ArrayLike<number>;
}

/** Weighted least squares with a penalty. Centring first makes the intercept free of it. */
function solveWeighted(problem: LeastSquares): Pick<LinearModel, "intercept" | "weights"> {
  const { x, width, alpha, factors, response } = problem;
  const { means, mean } = weightedMeans(problem);
  const square = new Float64Array(width * width);
  const right = new Float64Array(width);
  const centred = new Float64Array(width);
  for (const [index, row] of x.entries()) {
    const factor = factors[index] as number;
    for (let at = 0; at < width; at++) centred[at] = (row[at] as number) - (means[at] as number);
    for (let at = 0; at < width; at++) {
      const scaled = factor * (centred[at] as number);
      if (scaled === 0) continue;
      right[at]! += scaled * ((response[index] as number) - mean);
      for (let other = 0; other <= at; other++) square[at * width + other]! += scaled * (centred[other] as number);
    }
  }
  // The least that is added lets features that depend on one another, or never change, be solved without a penalty.
  for (let at = 0; at < width; at++) square[at * width + at]! += alpha + 1e-10 * (1 + square[at * width + at]!);
  const weights = solveCholesky(square, right);
  return { weights, intercept: weights.reduce((sum, weight, at) => sum - weight * (means[at] as number), mean) };
}

function weightedMeans({ x, width, factors, response }: LeastSquares): { means: Float64Array; mean: number } {
  const means = new Float64Array(width);
  let [mean, total] = [0, 0];
  for (const [index, row] of x.entries()) {
    const factor = factors[index] as number;
    total += factor;
    mean += factor * (response[index] as number);
    for (let at = 0; at < width; at++) means[at]! += factor * (row[at] as number);
  }
  return { means: means.map((sum) => sum / total), mean: mean / total };
}

/** Solves a symmetric system whose lower triangle is given, row by row. */
function solveCholesky(square: Float64Array, right: Float64Array): number[] {
  const size = right.length;
  const solution = Array.from(right);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = square[row * size + column]!;
      for (let at = 0; at < column; at++) sum -= square[row * size + at]! * square[column * size + at]!;
      square[row * size + column] =
        row === column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / square[column * size + column]!;
    }
    for (let at = 0; at < row; at++) solution[row]! -= square[row * size + at]! * solution[at]!;
    solution[row]! /= square[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let at = row + 1; at < size; at++) solution[row]! -= square[at * size + row]! * solution[at]!;
    solution[row]! /= square[row * size + row]!;
  }
  return solution;
}
