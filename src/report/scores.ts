/** The scores of a run: the baseline, the best, and a point for each step and part of the data. */

import { type Interval, summaryOf } from "../math/intervals.ts";
import type { SplitName } from "../training/types.ts";
import { append } from "../util/collections.ts";
import { leaderOf } from "./candidates.ts";
import { isSearch } from "./recorded-spec.ts";
import type { BestView, CandidateView, EvaluationView, RunView } from "./run-view.ts";

/** The mean score of one candidate, at the step that led to it. */
export interface ScorePoint {
  readonly step: number;
  readonly mean: number;
  /** Its interval of 95%; undefined where there are too few scores for one. */
  readonly interval: Interval | undefined;
  readonly count: number;
  readonly failures: number;
}

/** The scores of a run at a glance. */
export interface Scores {
  readonly train: readonly ScorePoint[];
  readonly validation: readonly ScorePoint[];
  readonly test: readonly ScorePoint[];
  /** The part of the data of `start` and `best`: validation where there is any. */
  readonly judgedOn: SplitName;
  readonly start: ScorePoint | undefined;
  readonly best: ScorePoint | undefined;
}

/** The scores of `view`. */
export function scoresOf(view: RunView): Scores {
  if (isSearch(view)) return searchScores(view);
  const train = trainPoints(view);
  const validation = evaluationPoints(view, "validation");
  const judgedOn = validation.length > 0 ? "validation" : "train";
  const points = judgedOn === "validation" ? validation : train;
  const start = points.find(({ step }) => step === 0) ?? points[0];
  const named = view.bests.at(-1);
  // When the run has named no best candidate, the first one is the best.
  const best = named === undefined ? start : (points.find(({ step }) => step === named.step) ?? pointAt(named));
  return { train, validation, test: evaluationPoints(view, "test"), judgedOn, start, best };
}

/** A search has a point for each scored candidate; its rollouts are too few to say how good it is. */
function searchScores(view: RunView): Scores {
  const [start, best] = [view.candidates[0], leaderOf(view.candidates, view.bests)].map(
    (candidate) => candidate && pointsOf(candidate)[0],
  );
  const validation = view.candidates.flatMap(pointsOf);
  return { train: [], validation, test: evaluationPoints(view, "test"), judgedOn: "validation", start, best };
}

function pointsOf({ round: step, mean, interval, count, failures }: CandidateView): ScorePoint[] {
  return mean === undefined ? [] : [{ step, mean, interval, count, failures }];
}

function pointAt({ step, score = Number.NaN }: BestView): ScorePoint {
  return { step, mean: score, interval: undefined, count: 0, failures: 0 };
}

/** The evaluations of one part of the data, by step; of several of one step the last. */
export function evaluationsOf(view: RunView, split: SplitName): readonly EvaluationView[] {
  const byStep = new Map<number, EvaluationView>();
  for (const evaluation of view.evaluations) {
    if (evaluation.split === split) byStep.set(evaluation.step, evaluation);
  }
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}

function evaluationPoints(view: RunView, split: SplitName): ScorePoint[] {
  return evaluationsOf(view, split)
    .filter(({ result }) => Number.isFinite(result.mean))
    .map(({ step, result }) => ({
      step,
      mean: result.mean,
      interval: result.interval,
      count: result.outcomes.length,
      failures: result.failures,
    }));
}

/** Rollouts belong to the candidate that ran: a step learns from rollouts of the candidate before it. */
function trainPoints(view: RunView): ScorePoint[] {
  const evaluated = evaluationPoints(view, "train");
  if (evaluated.length > 0) return evaluated;
  const points = new Map<number, ScorePoint>();
  for (const { step, record } of view.steps) {
    if (record.trainScore === undefined) continue;
    points.set(step - 1, { step: step - 1, mean: record.trainScore, interval: undefined, count: 0, failures: 0 });
  }
  const byStep = new Map<number, number[]>();
  const failures = new Map<number, number>();
  for (const { step, outcome } of view.rollouts) {
    if (outcome.failure !== undefined) failures.set(step, (failures.get(step) ?? 0) + 1);
    if (outcome.score === undefined) continue;
    append(byStep, step, outcome.score);
  }
  for (const [step, values] of byStep) {
    const { mean, interval } = summaryOf(values);
    points.set(step, { step, mean, interval, count: values.length, failures: failures.get(step) ?? 0 });
  }
  return [...points.values()].sort((a, b) => a.step - b.step);
}
