/**
 * The toolkit of the pipelines gives the figures of scikit-learn for the same rows and settings. They are in
 * sklearn-figures.json, which sklearn-figures.py writes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fitBoosting, fitForest } from "../../../examples/pipelines/toolkit/ensembles.ts";
import { fitLogistic, fitRidge } from "../../../examples/pipelines/toolkit/linear.ts";
import { accuracy, f1, mae, r2, rmse } from "../../../examples/pipelines/toolkit/measures.ts";
import { predictWith } from "../../../examples/pipelines/toolkit/toolkit.ts";

interface Figures {
  readonly ridge: { intercept: number; weights: number[]; rmse: number; mae: number; r2: number };
  readonly logistic: { intercept: number; weights: number[] };
  readonly boosting: { rmse: number; first: number[] };
  readonly logisticBoosting: { first: number[]; accuracy: number; f1: number };
  readonly tree: { rmse: number; first: number[] };
  readonly forest: { rmses: number[] };
}

const figures = JSON.parse(readFileSync(join(import.meta.dirname, "sklearn-figures.json"), "utf8")) as Figures;

const rows = Array.from({ length: 400 }, (_, i) =>
  Array.from({ length: 6 }, (_, j) => ((i * i * (j + 3) + i * (7 + 5 * j) + 11 * j) % 97) / 97),
);
const y = rows.map(([a = 0, b = 0, c = 0, d = 0, e = 0], i) => {
  return 3 * a + (b > 0.5 ? 2 : 0) * c - 4 * d * d + e + ((i * 37) % 19) / 19;
});
const labels = y.map((value) => (value > 1.2 ? 1 : 0));
const [x, test] = [rows.slice(0, 300), rows.slice(300)];
const [fitY, testY] = [y.slice(0, 300), y.slice(300)];
const [fitLabels, testLabels] = [labels.slice(0, 300), labels.slice(300)];
const trees = { rounds: 120, learningRate: 0.1, depth: 3, minLeaf: 10, lambda: 0 };

function expectClose(found: readonly number[], wanted: readonly number[], digits: number): void {
  expect(found.length).toBe(wanted.length);
  for (const [at, value] of wanted.entries()) expect(found[at]).toBeCloseTo(value, digits);
}

describe("toolkit of the pipelines against scikit-learn", () => {
  it("ridge has the same weights and errors", () => {
    const model = fitRidge(x, fitY, { alpha: 2 });
    expectClose([model.intercept, ...model.weights], [figures.ridge.intercept, ...figures.ridge.weights], 7);
    const predicted = predictWith(model, test);
    const errors = [rmse(testY, predicted), mae(testY, predicted), r2(testY, predicted)];
    expectClose(errors, [figures.ridge.rmse, figures.ridge.mae, figures.ridge.r2], 7);
  });

  it("logistic regression has the same weights", () => {
    const model = fitLogistic(x, fitLabels, { alpha: 2 });
    expectClose([model.intercept, ...model.weights], [figures.logistic.intercept, ...figures.logistic.weights], 4);
  });

  it("boosting predicts the same as histogram boosting", () => {
    const predicted = predictWith(fitBoosting(x, fitY, trees), test);
    expectClose(predicted.slice(0, 5), figures.boosting.first, 4);
    expect(rmse(testY, predicted)).toBeCloseTo(figures.boosting.rmse, 4);
  });

  it("boosting of classes gives the same probabilities", () => {
    const predicted = predictWith(fitBoosting(x, fitLabels, { ...trees, logistic: 1 }), test);
    expectClose(predicted.slice(0, 5), figures.logisticBoosting.first, 3);
    const guess = predicted.map((p) => (p > 0.5 ? 1 : 0));
    expectClose(
      [accuracy(testLabels, guess), f1(testLabels, guess)],
      [figures.logisticBoosting.accuracy, figures.logisticBoosting.f1],
      7,
    );
  });

  it("one tree on all rows and features is a decision tree", () => {
    const one = { trees: 1, depth: 4, minLeaf: 7, columnShare: 1, bootstrap: 0 };
    const predicted = predictWith(fitForest(x, fitY, one), test);
    expectClose(predicted.slice(0, 5), figures.tree.first, 7);
    expect(rmse(testY, predicted)).toBeCloseTo(figures.tree.rmse, 7);
  });

  it("a forest errs as much as ten forests with other seeds", () => {
    const error = rmse(testY, predictWith(fitForest(x, fitY), test));
    const { rmses } = figures.forest;
    const mean = rmses.reduce((sum, value) => sum + value, 0) / rmses.length;
    const spread = Math.max(...rmses) - Math.min(...rmses);
    expect(Math.abs(error - mean)).toBeLessThan(1.5 * spread);
  });
});
