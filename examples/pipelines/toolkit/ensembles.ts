/** Gradient boosting and random forests over the trees of `tree.ts`. */

import { randomNumbers } from "../../shared/random.ts";
import { fits } from "./fit-once.ts";
import { sigmoid } from "./linear.ts";
import { checkClasses, checkTargets, type Matrix, readOptions, widthOf } from "./matrix.ts";
import { binFeatures, growTree, type Slopes, type Tree, treeValue } from "./tree.ts";

/** A sum of trees: a number, or with `logistic` the probability of class 1. */
export interface TreesModel {
  readonly kind: "trees";
  readonly logistic: boolean;
  readonly start: number;
  /** What each tree counts. */
  readonly rate: number;
  readonly width: number;
  readonly trees: readonly Tree[];
}

/** Options of {@link fitBoosting}. */
export type BoostingOptions = {
  readonly rounds: number;
  readonly learningRate: number;
  readonly depth: number;
  readonly minLeaf: number;
  readonly lambda: number;
  readonly rowShare: number;
  readonly columnShare: number;
  /** 1 for classes 0 and 1, 0 for numbers. */
  readonly logistic: number;
  readonly seed: number;
};

/** Options of {@link fitForest}. */
export type ForestOptions = {
  readonly trees: number;
  readonly depth: number;
  readonly minLeaf: number;
  readonly columnShare: number;
  /** 1 to draw the rows of each tree with replacement, 0 to give it all. */
  readonly bootstrap: number;
  readonly seed: number;
};

const seeds = [1, [0, 2 ** 31]] as const;

/** Gradient boosting: each tree corrects the trees before it; `logistic: 1` for classes 0 and 1. */
export function fitBoosting(x: Matrix, y: readonly number[], options: Partial<BoostingOptions> = {}): TreesModel {
  const width = widthOf("fitBoosting", x);
  checkTargets("fitBoosting", x, y);
  const settings = readOptions<BoostingOptions>("fitBoosting", options, {
    rounds: [300, [1, 600]],
    learningRate: [0.05, [0.001, 1]],
    depth: [3, [1, 8]],
    minLeaf: [10, [1, 1e6]],
    lambda: [0, [0, 1e6]],
    rowShare: [1, [0.1, 1]],
    columnShare: [1, [0.01, 1]],
    logistic: [0, [0, 1]],
    seed: seeds,
  });
  if (settings.logistic === 1) checkClasses("fitBoosting", y);
  return fits.fitOnce({ name: "fitBoosting", x, y, settings }, () => boost(x, y, { width, ...settings }), bytesOf);
}

/** All options of a fit, and the number of features. */
type Fit<T> = T & { readonly width: number };

function boost(x: Matrix, y: readonly number[], settings: Fit<BoostingOptions>): TreesModel {
  const { width, rounds, learningRate: rate, rowShare, columnShare, logistic, seed } = settings;
  const random = randomNumbers(seed);
  const data = binFeatures(x, width);
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const start = logistic === 1 ? Math.log(mean / (1 - mean)) : mean;
  const scores = new Float64Array(x.length).fill(start);
  const all = Int32Array.from(x, (_, row) => row);
  const trees: Tree[] = [];
  for (let round = 0; round < rounds; round++) {
    const features = sample(width, columnShare, random);
    const rows = rowShare === 1 ? all : all.filter(() => random() < rowShare);
    const tree = growTree(data, slopesOf(y, scores, logistic === 1), rows, { ...settings, features: () => features });
    trees.push(tree);
    for (const [row, values] of x.entries()) scores[row]! += rate * treeValue(tree, values);
  }
  return { kind: "trees", logistic: logistic === 1, start, rate, width, trees };
}

function slopesOf(y: readonly number[], scores: Float64Array, logistic: boolean): Slopes {
  const chances = logistic ? scores.map(sigmoid) : scores;
  return {
    gradients: chances.map((score, row) => score - (y[row] as number)),
    hessians: logistic ? chances.map((p) => p * (1 - p)) : new Float64Array(y.length).fill(1),
  };
}

/** A random forest: the mean of trees that each see other rows and features. Of classes it gives probabilities. */
export function fitForest(x: Matrix, y: readonly number[], options: Partial<ForestOptions> = {}): TreesModel {
  const width = widthOf("fitForest", x);
  checkTargets("fitForest", x, y);
  const settings = readOptions<ForestOptions>("fitForest", options, {
    trees: [100, [1, 300]],
    depth: [12, [1, 30]],
    minLeaf: [2, [1, 1e6]],
    columnShare: [1 / 3, [0.01, 1]],
    bootstrap: [1, [0, 1]],
    seed: seeds,
  });
  return fits.fitOnce({ name: "fitForest", x, y, settings }, () => plant(x, y, { width, ...settings }), bytesOf);
}

function plant(x: Matrix, y: readonly number[], settings: Fit<ForestOptions>): TreesModel {
  const { width } = settings;
  const random = randomNumbers(settings.seed);
  const data = binFeatures(x, width);
  const slopes: Slopes = {
    gradients: Float64Array.from(y, (value) => -value),
    hessians: new Float64Array(y.length).fill(1),
  };
  const trees = Array.from({ length: settings.trees }, () => {
    const rows = Int32Array.from(x, (_, row) => (settings.bootstrap === 1 ? Math.floor(random() * x.length) : row));
    const features = () => sample(width, settings.columnShare, random);
    return growTree(data, slopes, rows, { ...settings, lambda: 0, features });
  });
  return { kind: "trees", logistic: false, start: 0, rate: 1 / trees.length, width, trees };
}

/** Five numbers a node, and the lists of each tree. */
function bytesOf({ trees }: TreesModel): number {
  return trees.reduce((sum, { value }) => sum + 750 + 8 * 5 * value.length, 0);
}

/** Some of the features, without replacement, in their order. */
function sample(width: number, share: number, random: () => number): readonly number[] {
  const all = Array.from({ length: width }, (_, feature) => feature);
  const count = Math.max(1, Math.round(share * width));
  if (count === width) return all;
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(random() * (width - at));
    [all[at], all[other]] = [all[other] as number, all[at] as number];
  }
  return all.slice(0, count).sort((a, b) => a - b);
}
