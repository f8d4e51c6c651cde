/** What the optimizer reads after a step: the paper's staged texts and its texts on improvement (appendix A.3). */

import type { Guide, Judgement, RolloutFeedback } from "tracegrad/guides";
import type { TaskName } from "./data.ts";
import { accuracy, f1, mae, precision, r2, recall, rmse } from "./toolkit/measures.ts";

/** What a pipeline is run on, by name; a training example also says in which step it stands. */
export interface PipelineInput {
  /** The labelled rows to fit on and the rows to predict: see `agent.ts`. */
  readonly part: "validation" | "held out" | "both";
  /** The step, from 1; 0 outside of steps. */
  readonly step: number;
}

/** Measures by name. */
export type Measures = Readonly<Record<string, number>>;

interface TaskFeedback {
  /** The measure by which steps are compared, stages are chosen and the checkpoint is selected: larger is better. */
  readonly score: (measures: Measures) => number;
  /** The score of predictions that are not predictions. */
  readonly failureScore: number;
  readonly measure: (truth: readonly number[], predicted: readonly number[]) => Measures;
  /** What is wrong with a prediction; undefined when nothing is. */
  readonly problem: (prediction: unknown) => string | undefined;
  readonly describe: (measures: Measures) => string;
  /** Texts for scores below a bound, and the last one for all others. */
  readonly stages: readonly (readonly [below: number, text: string])[];
  readonly goal: string;
  readonly worse: string;
}

/** Six decimals decide; more would only lengthen what the optimizer reads. */
const rounded = (measures: Measures): Measures =>
  Object.fromEntries(Object.entries(measures).map(([name, value]) => [name, Number(value.toFixed(6))]));
const dollars = (value = Number.NaN): string => `$${value.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ",")}`;
const four = (value = Number.NaN): string => value.toFixed(4);
const fineTune = "Model is performing well. Fine-tune hyperparameters for further improvements.";

/** The texts and measures of each task. */
export const feedbackOf: Readonly<Record<TaskName, TaskFeedback>> = {
  housing: {
    score: ({ r2: score }) => score as number,
    // Below what zeros score, which is about -5.
    failureScore: -10,
    measure: (truth, predicted) => ({
      rmse: rmse(truth, predicted),
      mae: mae(truth, predicted),
      r2: r2(truth, predicted),
    }),
    problem: (value) => (typeof value === "number" && Number.isFinite(value) ? undefined : "not a finite number"),
    describe: (m) => `Validation RMSE: ${dollars(m["rmse"])}, MAE: ${dollars(m["mae"])}, R2: ${four(m["r2"])}.`,
    stages: [
      [0, "Model is performing worse than baseline. Focus on better feature engineering and selection."],
      [0.5, "Model has poor predictive power. Try more advanced preprocessing or different algorithms."],
      [0.7, "Model is improving but still has room for growth. Consider feature interactions."],
      [Number.POSITIVE_INFINITY, fineTune],
    ],
    goal: "Your goal is to reduce the RMSE as much as possible to at least below $20,000.",
    worse: "Performance decreased. Try going back to what you had previously and then improving from there.",
  },
  spaceship: {
    score: ({ f1: score }) => score as number,
    failureScore: 0,
    measure: (truth, predicted) => ({
      accuracy: accuracy(truth, predicted),
      f1: f1(truth, predicted),
      precision: precision(truth, predicted),
      recall: recall(truth, predicted),
    }),
    problem: (value) => (value === 0 || value === 1 ? undefined : "neither 0 nor 1"),
    describe: (m) =>
      `Validation accuracy: ${four(m["accuracy"])}, F1: ${four(m["f1"])}, ` +
      `precision: ${four(m["precision"])}, recall: ${four(m["recall"])}.`,
    stages: [
      [0.5, "Model performance is poor. Try better feature engineering and preprocessing."],
      [0.7, "Model is showing promise but needs improvement. Consider class balancing techniques."],
      [0.8, fineTune],
      [Number.POSITIVE_INFINITY, "Excellent performance! Focus on preventing overfitting."],
    ],
    goal: "You are trying to maximize F1 score to at least above 0.9.",
    worse: "Performance decreased. Try going back to what you had previously and then improving.",
  },
};

/** Checks predictions: undefined when each row has one that can be measured. */
export function problemOf(task: TaskName, truth: readonly number[], predicted: unknown): string | undefined {
  if (!Array.isArray(predicted)) return "Warning: the pipeline gave no array of predictions.";
  if (predicted.length !== truth.length) {
    return `Warning: the pipeline gave ${predicted.length} predictions for ${truth.length} rows.`;
  }
  const problems = predicted.map(feedbackOf[task].problem);
  const at = problems.findIndex((problem) => problem !== undefined);
  return at < 0 ? undefined : `Warning: prediction ${at} is ${String(predicted[at])}, ${problems[at]}.`;
}

/** Judges predictions: what they measure, and the text of their stage. */
export function guideOf(task: TaskName): Guide<PipelineInput, readonly number[], readonly number[]> {
  const texts = feedbackOf[task];
  return (_input, predicted, truth) => {
    const problem = problemOf(task, truth, predicted);
    const measures = problem === undefined ? rounded(texts.measure(truth, predicted)) : undefined;
    const score = measures === undefined ? texts.failureScore : texts.score(measures);
    const stage = texts.stages.find(([below]) => score < below)?.[1];
    const parts = [problem ?? texts.describe(measures as Measures), stage, texts.goal];
    const judgement: Judgement = { score, text: parts.filter((part) => part !== undefined).join(" ") };
    return measures === undefined ? judgement : { ...judgement, objectives: measures };
  };
}

/** Adds to what the guide says the step, of `steps`, and how it compares with the last one whose pipeline ran. */
export function comparing(task: TaskName, steps: number): RolloutFeedback {
  return ({ step, score, feedback, failure }, { earlier }) => {
    if (failure !== undefined) return feedback;
    const before = earlier.findLast((one) => one.failure === undefined)?.score;
    const change = before === undefined ? "" : `${changeText(task, score - before)} `;
    return `Epoch ${step}/${steps}: ${change}${feedback}`;
  };
}

function changeText(task: TaskName, change: number): string {
  if (change > 0) return "Good improvement!";
  if (change < 0) return feedbackOf[task].worse;
  return "Performance stayed the same. Try changing your model or features.";
}
