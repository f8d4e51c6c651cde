/** The trials of a study as rows of a table: one a cell, with means and standard errors over its trials. */

import { mean, standardError } from "../../util/statistics.ts";
import type { Cell } from "./grid.ts";
import type { Choice, Estimate, StudyRow, StudyTrial, TrialScores } from "./types.ts";

/** The row of a cell, from its trials in order. */
export function rowOf({ name, choice }: Cell, trials: readonly StudyTrial[]): StudyRow<Choice> {
  const scores = trials.map((trial) => trial.scores).filter((one) => one !== undefined);
  const over = (pick: (one: TrialScores) => number | undefined): Estimate | undefined =>
    estimateOf(scores.map(pick).filter((value) => value !== undefined));
  const [start, best] = [over(({ validation }) => validation?.start), over(({ validation }) => validation?.best)];
  return {
    cell: name,
    choice,
    trials,
    start: over((one) => one.start),
    best: over((one) => one.best),
    gain: over((one) => one.best - one.start),
    validation: start === undefined || best === undefined ? undefined : { start, best },
    errors: [...new Set(trials.map(({ error }) => error).filter((error) => error !== undefined))],
  };
}

function estimateOf(values: readonly number[]): Estimate | undefined {
  if (values.length === 0) return undefined;
  const error = standardError(values);
  return { mean: mean(values), standardError: Number.isNaN(error) ? undefined : error, values };
}
