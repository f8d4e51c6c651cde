/** The rules that end a run, and those that return it to its best candidate. */

import { differenceOf } from "../../math/statistics.ts";
import type { Progress } from "../events.ts";
import { isPerfect, perfectScoreOf } from "../guides/max-score.ts";
import type { Selection, TrainOptions } from "../options.ts";
import type { Budget, EndReason, ScoredCandidate } from "../types.ts";
import { selectionScore } from "./progress.ts";

/** Default budget of steps. */
const defaultSteps = 10;
const defaultFailures = 3;
const defaultIdle = 10;

/** The maximum number of steps: as given, or the default. The rounds of a search have no default limit. */
export function stepsOf({
  budget = {},
  search,
}: {
  readonly budget?: Budget | undefined;
  readonly search?: unknown;
}): number {
  return budget.steps ?? (search === undefined ? defaultSteps : Number.POSITIVE_INFINITY);
}

/**
 * The use of the budgets that the loop itself enforces, including the next round. Model calls are checked before each
 * call.
 */
export interface BudgetUse {
  readonly evaluations: number;
  readonly seconds: number;
}

/** The rule that ends the run now; undefined when none does. */
export function whyStop(
  options: TrainOptions,
  progress: Progress,
  selection: Selection,
  { evaluations, seconds }: BudgetUse,
): EndReason | undefined {
  const { budget = {}, stop = {}, signal, search } = options;
  const score = selectionScore(progress.candidates[progress.best] as ScoredCandidate, selection);
  if (signal?.aborted) return "aborted";
  if (stop.goal !== undefined && score !== undefined && differenceOf(score, stop.goal) >= 0) return "goal";
  if (isPerfected(options, progress, selection)) return "perfect";
  if (stop.patience !== undefined && progress.sinceBest >= stop.patience) return "patience";
  const isSearch = search !== undefined;
  if (progress.unjudgedRounds >= (stop.maxFailedSteps ?? defaultFailures)) return "failures";
  if (isSearch && search.ends !== true && progress.idleRounds >= (stop.maxIdleRounds ?? defaultIdle)) return "idle";
  const over = [
    [progress.countedSteps + 1, stepsOf(options)],
    [evaluations, budget.evaluations],
    [seconds, budget.seconds],
  ] as const;
  return over.some(([amount, most]) => most !== undefined && amount > most) ? "budget" : undefined;
}

/**
 * The number of passes over the training examples without anything to learn before the run ends. One is not enough,
 * since a program may vary from run to run.
 */
const masteredPasses = 2;

/** Whether there is nothing left to improve on the validation examples, or to learn from the training examples. */
function isPerfected(options: TrainOptions, { candidates, mastered }: Progress, selection: Selection): boolean {
  const { train } = options.data;
  const most = perfectScoreOf(options);
  if (most === undefined) return false;
  if (train.every(({ id }) => (mastered.get(id) ?? 0) >= masteredPasses)) return true;
  if (selection !== "bestValidation") return false;
  return candidates.some(({ validation: result }) => {
    // The mean usually shows it. Only then are the scores checked one by one.
    if (result === undefined || result.outcomes.length === 0 || result.mean < most - 1e-9) return false;
    return result.outcomes.every((outcome) => isPerfect(outcome, most));
  });
}

/** Why the run should return to its best candidate; undefined when no rule says so. */
export function whyBack(
  { rollback = {} }: Pick<TrainOptions, "rollback">,
  { candidates, best, steps }: Progress,
  selection: Selection,
  { current, failed }: { readonly current: ScoredCandidate; readonly failed: boolean },
): string | undefined {
  const leader = candidates[best] as ScoredCandidate;
  if (current.id === leader.id) return undefined;
  if (failed && rollback.onFailure === true) return "all its rollouts failed";
  const [score, top] = [selectionScore(current, selection), selectionScore(leader, selection)];
  if (rollback.below === undefined || score === undefined || top === undefined) return undefined;
  const fell =
    steps > leader.step + (rollback.after ?? 0) && differenceOf(score, top - (1 - rollback.below) * Math.abs(top)) < 0;
  return fell ? "the score fell too far below the best" : undefined;
}
