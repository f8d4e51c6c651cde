/** The toolkit that learned pipelines may use: all that its bundles pass in `scope`, and its description. */

import { fitBoosting, fitForest, type TreesModel } from "./ensembles.ts";
import { encodeRows, fitEncoder } from "./frames.ts";
import { fitLogistic, fitRidge, type LinearModel, linearScore, sigmoid } from "./linear.ts";
import { type Matrix, widthOf } from "./matrix.ts";
import { accuracy, f1, kFold, mae, r2, rmse } from "./measures.ts";
import { treeValue } from "./tree.ts";

/** What the fitting functions give: plain data. */
export type Model = LinearModel | TreesModel;

/** The predictions of a model, one a row: numbers, or probabilities of class 1 for logistic models. */
export function predictWith(model: Model, x: Matrix): readonly number[] {
  if (x.length === 0) return [];
  const width = widthOf("predictWith", x);
  const wanted = model?.kind === "linear" ? model.weights.length : model?.kind === "trees" ? model.width : undefined;
  if (wanted === undefined)
    throw new TypeError("predictWith: the first argument is a model of fitRidge, fitBoosting, …");
  if (wanted !== width) throw new RangeError(`predictWith: the model has ${wanted} features, X has ${width}.`);
  return x.map((row) => {
    const score = scoreOf(model, row);
    return model.logistic ? sigmoid(score) : score;
  });
}

function scoreOf(model: Model, row: readonly number[]): number {
  if (model.kind === "linear") return linearScore(model, row);
  return model.trees.reduce((sum, tree) => sum + model.rate * treeValue(tree, row), model.start);
}

/** The functions by name. */
export const toolkit = {
  fitEncoder,
  encodeRows,
  fitRidge,
  fitLogistic,
  fitBoosting,
  fitForest,
  predictWith,
  kFold,
  rmse,
  mae,
  r2,
  accuracy,
  f1,
} as const;

/** The description that the optimizer reads. */
export const toolkitText = `Beside plain JavaScript the code may use these functions. \
Models and encoders are plain data. X is number[][], one row an example, with finite numbers only; y is number[].
- fitEncoder(rows, { columns?, minCount = 5 }) learns to turn rows into numbers: a column of numbers or booleans gets \
its median for missing values, then mean 0 and deviation 1; any other column gets a 0/1 feature for each value that \
minCount rows have (none for missing). encodeRows(encoder, rows) gives X. encoder.features names its columns.
- fitRidge(X, y, { alpha = 1 }), and fitLogistic(X, y, { alpha = 1 }) for y of 0 and 1: linear models.
- fitBoosting(X, y, { rounds = 300 (at most 600), learningRate = 0.05, depth = 3 (at most 8), minLeaf = 10, lambda = 0, \
rowShare = 1, columnShare = 1, logistic = 0, seed = 1 }): gradient boosted trees. With logistic: 1, y is 0 and 1.
- fitForest(X, y, { trees = 100 (at most 300), depth = 12, minLeaf = 2, columnShare = 1/3, seed = 1 }): random forest.
- predictWith(model, X) gives number[]: numbers, or probabilities of 1 for fitLogistic and logistic boosting.
- kFold(count, { folds = 5, seed = 1, labels? }) gives [{ train, test }] with row indices, stratified by labels.
- rmse, mae, r2, accuracy, f1, each (y, predictions).
A fit takes about a second, so use at most about six of them in all; a call that takes minutes is stopped. \
Functions cannot be part of what a function returns: return plain data (numbers, text, arrays, objects).`;
