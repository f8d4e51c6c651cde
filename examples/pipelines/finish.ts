/** What follows a run: the scores of all its candidates on held-out rows, its outcome, and the file for Kaggle. */

import { ExecutionError, type ScoredCandidate } from "tracegrad";
import { readRun } from "tracegrad/report";
import type { OutcomeScore, RunOutcome } from "../shared/outcome.ts";
import type { TaskData, TaskName } from "./data.ts";
import { feedbackOf, type Measures, type PipelineInput, problemOf } from "./feedback.ts";
import { rmse } from "./toolkit/measures.ts";

/** What a pipeline with some values predicts for a part of the data. */
export type Predict = (values: ScoredCandidate["values"], part: PipelineInput["part"]) => readonly number[];

/** The measure that is reported, as the paper reports it. */
export const reported: Readonly<Record<TaskName, RunOutcome["metric"]>> = {
  housing: { name: "log-RMSE", better: "lower" },
  spaceship: { name: "accuracy", better: "higher" },
};

/** A candidate on the rows that chose it and on rows that did not; undefined where its program failed. */
export interface StepMeasures {
  readonly step: number;
  readonly validation: Measures | undefined;
  readonly heldOut: Measures | undefined;
}

interface Finished {
  readonly task: TaskName;
  readonly data: TaskData;
  readonly candidates: readonly ScoredCandidate[];
  readonly predict: Predict;
  /** What was predicted in the run, which takes minutes to do again. */
  readonly known: KnownPredictions;
}

/** Predictions by candidate and part, as `predictionsOf` has them. */
type KnownPredictions = ReadonlyMap<string, readonly number[]>;

/** What the candidates of a run predicted for the validation rows, and some of them for those held out. */
export async function predictionsOf(folder: string): Promise<KnownPredictions> {
  const evaluations = await (await readRun(folder)).evaluations(({ split }) => split !== "train");
  return new Map(
    evaluations.flatMap(({ candidate, example, output }) =>
      Array.isArray(output) ? [[`${candidate} ${example}`, output as readonly number[]]] : [],
    ),
  );
}

/** Each candidate fits on the training rows and predicts the others. Call it after the run: nothing learns of it. */
export function measureSteps({ task, data, candidates, predict, known }: Finished): readonly StepMeasures[] {
  return candidates.map(({ id, step, values, validation }) => {
    if (validation === undefined || validation.failures > 0) return { step, validation: undefined, heldOut: undefined };
    const measured = (part: "validation" | "held out", truth: readonly number[]) => {
      const predicted = known.get(`${id} ${part}`) ?? predictOrFail(() => predict(values, part));
      return predicted && measuresOf(task, truth, predicted);
    };
    return {
      step,
      validation: measured("validation", data.validation.labels),
      heldOut: measured("held out", data.heldOut.labels),
    };
  });
}

/** What a program predicts; undefined where it fails, as it may on more rows than it has learned from. */
export function predictOrFail(predict: () => readonly number[]): readonly number[] | undefined {
  try {
    return predict();
  } catch (error) {
    if (error instanceof ExecutionError) return undefined;
    throw error;
  }
}

/** All measures of predictions; undefined when they cannot be measured. Those of housing include the logarithmic error. */
export function measuresOf(
  task: TaskName,
  truth: readonly number[],
  predicted: readonly number[],
): Measures | undefined {
  if (problemOf(task, truth, predicted) !== undefined) return undefined;
  const measures = feedbackOf[task].measure(truth, predicted);
  return task === "housing" ? { ...measures, "log-RMSE": logRmse(truth, predicted) } : measures;
}

/** The error of the logarithms, by which Kaggle ranks; a price below 0 counts as 0. */
function logRmse(truth: readonly number[], predicted: readonly number[]): number {
  const log = (price: number): number => Math.log1p(Math.max(0, price));
  return rmse(truth.map(log), predicted.map(log));
}

/** The reported measure as a score of an outcome. */
export function reportedScore(task: TaskName, measures: Measures | undefined, count: number): OutcomeScore | undefined {
  const mean = measures?.[reported[task].name];
  if (mean === undefined) return undefined;
  return { mean, count, standardError: task === "spaceship" ? Math.sqrt((mean * (1 - mean)) / count) : null };
}

/** The scores of an outcome: of the start, of each step, and of the candidate that ships. */
export function outcomeScores(
  { task, data }: Pick<Finished, "task" | "data">,
  steps: readonly StepMeasures[],
  chosenStep: number,
): Pick<RunOutcome, "validation" | "test"> {
  const chosen = steps.find(({ step }) => step === chosenStep);
  const pair = (part: "validation" | "heldOut") => {
    const count = data[part].labels.length;
    const [start, end] = [steps[0], chosen].map((one) => reportedScore(task, one?.[part], count));
    return start && end && { start, chosen: end };
  };
  const [validation, test] = [pair("validation"), pair("heldOut")];
  const metric = reported[task].name;
  return {
    ...(validation && {
      validation: {
        ...validation,
        chosenStep,
        steps: steps.slice(1).map((one) => ({
          step: one.step,
          mean: one.validation?.[metric] ?? null,
          test: one.heldOut?.[metric] ?? null,
        })),
      },
    }),
    ...(test && { test }),
  };
}

/** The file for Kaggle: predictions for its test rows. */
export function submissionOf(task: TaskName, { unlabelled }: TaskData, predictions: readonly number[]): string {
  const [id, label] = task === "housing" ? ["Id", "SalePrice"] : ["PassengerId", "Transported"];
  const lines = unlabelled.map((row, at) => {
    const value = predictions[at] as number;
    return `${String(row[id as string])},${task === "housing" ? value.toFixed(2) : value === 1 ? "True" : "False"}`;
  });
  return `${[`${id},${label}`, ...lines].join("\n")}\n`;
}
