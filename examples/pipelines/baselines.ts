/** Yardsticks for the pipelines: what the toolkit's defaults give without a language model, on the same rows. */

import { writeOutcome } from "../shared/outcome.ts";
import type { Labelled, TaskData, TaskName } from "./data.ts";
import { measuresOf, reported, reportedScore } from "./finish.ts";
import { fitBoosting } from "./toolkit/ensembles.ts";
import { encodeRows, fitEncoder, type TableRow } from "./toolkit/frames.ts";
import { fitLogistic, fitRidge } from "./toolkit/linear.ts";
import type { Matrix } from "./toolkit/matrix.ts";
import { predictWith } from "./toolkit/toolkit.ts";

/** Fits on rows and gives a function that predicts others. */
type Baseline = (train: Labelled) => (rows: readonly TableRow[]) => readonly number[];

/** The toolkit's encoder around a fit; prices are learned as logarithms. */
function encoded(fit: (x: Matrix, y: readonly number[]) => (x: Matrix) => readonly number[]): Baseline {
  return ({ rows, labels }) => {
    const encoder = fitEncoder(rows);
    const predict = fit(encodeRows(encoder, rows), labels);
    return (others) => predict(encodeRows(encoder, others));
  };
}

const exponential = (values: readonly number[]): readonly number[] => values.map(Math.expm1);
const classes = (values: readonly number[]): readonly number[] => values.map((p) => (p > 0.5 ? 1 : 0));
const meanOf = ({ labels }: Labelled): number => labels.reduce((sum, value) => sum + value, 0) / labels.length;

const baselines: Readonly<Record<TaskName, Readonly<Record<string, Baseline>>>> = {
  housing: {
    mean: (train) => (rows) => rows.map(() => meanOf(train)),
    ridge: encoded((x, y) => {
      const model = fitRidge(x, y.map(Math.log1p), { alpha: 10 });
      return (other) => exponential(predictWith(model, other));
    }),
    boosting: encoded((x, y) => {
      const model = fitBoosting(x, y.map(Math.log1p));
      return (other) => exponential(predictWith(model, other));
    }),
  },
  spaceship: {
    majority: (train) => (rows) => rows.map(() => (meanOf(train) > 0.5 ? 1 : 0)),
    logistic: encoded((x, y) => {
      const model = fitLogistic(x, y);
      return (other) => classes(predictWith(model, other));
    }),
    boosting: encoded((x, y) => {
      const model = fitBoosting(x, y, { logistic: 1 });
      return (other) => classes(predictWith(model, other));
    }),
  },
};

/** Fits the baselines of a task on the training rows; prints their scores, and writes them as outcomes if asked to. */
export function fitBaselines(task: TaskName, data: TaskData, isWritten: boolean): void {
  for (const [name, fit] of Object.entries(baselines[task])) {
    const predict = fit(data.train);
    const scoreOf = ({ rows, labels }: Labelled) =>
      reportedScore(task, measuresOf(task, labels, predict(rows)), labels.length);
    const [validation, test] = [scoreOf(data.validation), scoreOf(data.heldOut)];
    if (validation === undefined || test === undefined) throw new Error(`${name} gave no predictions.`);
    const { name: metric } = reported[task];
    console.log(
      `${task}, ${name}: ${metric} validation ${validation.mean.toFixed(4)}, held out ${test.mean.toFixed(4)}`,
    );
    if (!isWritten) continue;
    writeOutcome(import.meta.dirname, `${task}-${name}`, {
      study: "pipelines",
      condition: { task, yardstick: name },
      trial: 1,
      mode: ["no LLM"],
      models: [],
      date: new Date().toISOString().slice(0, 10),
      command: `npx tsx --conditions=@tracegrad/source examples/pipelines/main.ts --data DIR --task ${task} --baselines`,
      metric: reported[task],
      validation: { start: validation, steps: [], chosen: validation, chosenStep: 0 },
      test: { start: test, chosen: test },
      notes: [],
    });
  }
}
