/** What follows a run: the held-out scores of all its candidates, and the submission file of the best one. */

import { ExecutionError, type ScoredCandidate } from "tracegrad";
import type { TaskData, TaskName } from "./data.ts";
import { feedbackOf, type Measures, type PipelineInput, problemOf } from "./feedback.ts";
import { rmse } from "./toolkit/measures.ts";

/** What a pipeline with some values predicts for a part of the data. */
export type Predict = (values: ScoredCandidate["values"], part: PipelineInput["part"]) => readonly number[];

/** A candidate on the rows that chose it and on rows that did not. */
export interface StepScores {
  readonly step: number;
  /** The score of the run: R2 for housing, F1 for spaceship. */
  readonly validation: number | undefined;
  /** Measures of the held-out rows, with the score as `score`; undefined when the pipeline failed on them. */
  readonly heldOut: Measures | undefined;
}

interface Finished {
  readonly task: TaskName;
  readonly data: TaskData;
  readonly candidates: readonly ScoredCandidate[];
  readonly predict: Predict;
}

/** Each candidate fits on the training rows and predicts the held-out rows. Call it after the run: nothing learns of it. */
export function heldOutBySteps({ task, data, candidates, predict }: Finished): readonly StepScores[] {
  return candidates.map(({ step, values, validation }) => {
    const failed = validation === undefined || validation.failures > 0;
    const predicted = failed ? undefined : predictOrFail(() => predict(values, "held out"));
    return {
      step,
      validation: failed ? undefined : validation.mean,
      heldOut: predicted && measuresOf(task, data.heldOut.labels, predicted),
    };
  });
}

function predictOrFail(predict: () => readonly number[]): readonly number[] | undefined {
  try {
    return predict();
  } catch (error) {
    if (error instanceof ExecutionError) return undefined;
    throw error;
  }
}

/** All measures of predictions, with the score that selects as `score`; for housing also the logarithmic error. */
function measuresOf(task: TaskName, truth: readonly number[], predicted: readonly number[]): Measures | undefined {
  if (problemOf(task, truth, predicted) !== undefined) return undefined;
  const { measure, score } = feedbackOf[task];
  const measures = measure(truth, predicted);
  const all = { ...measures, score: score(measures) };
  return task === "housing" ? { ...all, logRmse: logRmse(truth, predicted) } : all;
}

/** The error of the logarithms, by which Kaggle ranks; a price below 0 counts as 0. */
function logRmse(truth: readonly number[], predicted: readonly number[]): number {
  const log = (price: number): number => Math.log1p(Math.max(0, price));
  return rmse(truth.map(log), predicted.map(log));
}

interface Refit {
  readonly task: TaskName;
  readonly data: TaskData;
  /** For the held-out rows and then Kaggle's test rows, fitted on training and validation rows. */
  readonly predictions: readonly number[];
}

/** The file for Kaggle, and the measures of the same fit on the held-out rows. */
export function submissionOf({ task, data, predictions }: Refit): { csv: string; heldOut: Measures | undefined } {
  const count = data.heldOut.rows.length;
  const [id, label] = task === "housing" ? ["Id", "SalePrice"] : ["PassengerId", "Transported"];
  const lines = data.unlabelled.map((row, at) => {
    const value = predictions[count + at] as number;
    return `${String(row[id as string])},${task === "housing" ? value.toFixed(2) : value === 1 ? "True" : "False"}`;
  });
  return {
    csv: `${[`${id},${label}`, ...lines].join("\n")}\n`,
    heldOut: measuresOf(task, data.heldOut.labels, predictions.slice(0, count)),
  };
}
