/** The trials of a study as rows of a table: one per cell, with means over its trials and their errors. */

import { crossedSummary, tInterval } from "../../math/intervals.ts";
import { differenceOf, mean, standardError } from "../../math/statistics.ts";
import type { GridCell } from "./grid.ts";
import type { Average, Choice, ExampleScores, MeanEstimate, StudyRow, StudyTrial, TrialScores } from "./types.ts";

/** The row of a cell, from its trials in order. */
export function rowOf({ name, choice }: GridCell, trials: readonly StudyTrial[]): StudyRow<Choice> {
  const finished = trials.flatMap(({ scores, spec }) =>
    scores === undefined ? [] : [{ ...scores, test: spec?.data.test }],
  );
  const validations = finished.flatMap(({ validation }) => (validation === undefined ? [] : [validation]));
  const baseline = averageOf(validations.map((one) => one.baseline));
  const best = averageOf(validations.map((one) => one.best));
  return {
    cell: name,
    choice,
    trials,
    baseline: estimateOf(finished, ({ baseline: score }) => score),
    best: estimateOf(finished, ({ best: score }) => score),
    gain: estimateOf(finished, (scores) => differenceOf(scores.best, scores.baseline), "differences"),
    validation: baseline === undefined || best === undefined ? undefined : { baseline, best },
    errors: [...new Set(trials.map(({ error }) => error).filter((error) => error !== undefined))],
  };
}

function averageOf(values: readonly number[]): Average | undefined {
  return values.length === 0 ? undefined : { mean: mean(values), values };
}

/** Selects a number of a trial or of one of its test examples: a score, or the gain. */
type ScorePick = (scores: { readonly baseline: number; readonly best: number }) => number;

interface FinishedTrial extends TrialScores {
  /** Identifies the test set. */
  readonly test: string | undefined;
}

/**
 * The mean over trials. Trials with the same test examples share the luck of these examples, so the error covers both;
 * trials with their own test sets vary in everything.
 */
function estimateOf(
  trials: readonly FinishedTrial[],
  pick: ScorePick,
  kind: "scores" | "differences" = "scores",
): MeanEstimate | undefined {
  if (trials.length === 0) return undefined;
  const values = trials.map(pick);
  const examples = sameExamples(trials);
  const error = standardError(values);
  const summary =
    examples === undefined
      ? { standardError: error, interval: tInterval(values) }
      : crossedSummary(
          examples.map((one) => one.map(pick)),
          kind,
        );
  const { standardError: known, interval } = summary;
  return { mean: mean(values), standardError: Number.isNaN(known) ? undefined : known, interval, values };
}

/**
 * For each trial the scores of the test examples that were judged in all of them; undefined when trials have different
 * examples.
 */
function sameExamples(trials: readonly FinishedTrial[]): readonly (readonly JudgedExample[])[] | undefined {
  const lists = trials.flatMap(({ examples }) => (examples === undefined ? [] : [examples]));
  const isOne = trials.every(({ test }) => test === trials[0]?.test);
  if (!isOne || lists.length < trials.length || lists.some((list) => list.length !== lists[0]?.length))
    return undefined;
  const isJudged = (_: unknown, at: number) => lists.every((list) => isWhole(list[at]));
  return lists.map((list) => list.filter(isJudged) as readonly JudgedExample[]);
}

interface JudgedExample {
  readonly baseline: number;
  readonly best: number;
}

function isWhole(scores: ExampleScores | undefined): boolean {
  return typeof scores?.baseline === "number" && typeof scores.best === "number";
}
