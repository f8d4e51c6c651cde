/** The rules that end a run, and those that send it back to its best program. */

import { differenceOf } from "../../math/statistics.ts";
import type { Progress } from "../events.ts";
import { isPerfect, perfectScoreOf } from "../guides/max-score.ts";
import type { Selection, TrainOptions } from "../options.ts";
import type { Budget, EndReason, ScoredCandidate } from "../types.ts";
import { selectionScore } from "./progress.ts";

/** Budget of steps when none is given. */
const defaultSteps = 10;
const defaultFailures = 3;
const defaultIdle = 10;

/** The most steps: as given, or the default. The rounds of a search have no limit of their own. */
export function stepsOf({
  budget = {},
  search,
}: {
  readonly budget?: Budget | undefined;
  readonly search?: unknown;
}): number {
  return budget.steps ?? (search === undefined ? defaultSteps : Number.POSITIVE_INFINITY);
}

/** What has been used of the budgets that the loop itself watches; model calls watch theirs before each call. */
export interface Used {
  readonly evaluations: number;
  readonly seconds: number;
}

/** The rule that ends the run now, before a round that needs `next` evaluations; undefined when none does. */
export function whyStop(
  options: TrainOptions,
  progress: Progress,
  selection: Selection,
  { evaluations, seconds }: Used,
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
 * How often each training example is run without anything to learn before the run ends: programs may differ from run to
 * run.
 */
const masteredPasses = 2;

/** Whether nothing is left to win by the validation examples, or to learn from the training examples. */
function isPerfected(options: TrainOptions, { candidates, mastered }: Progress, selection: Selection): boolean {
  const { train } = options.data;
  const most = perfectScoreOf(options);
  if (most === undefined) return false;
  if (train.every(({ id }) => (mastered.get(id) ?? 0) >= masteredPasses)) return true;
  if (selection !== "bestValidation") return false;
  return candidates.some(({ validation: result }) => {
    // Most are told by their means; only then are the scores looked through.
    if (result === undefined || result.outcomes.length === 0 || result.mean < most - 1e-9) return false;
    return result.outcomes.every((outcome) => isPerfect(outcome, most));
  });
}

/** Why the best program should take the place of the current one; undefined when the rules say nothing of the kind. */
export function whyBack(
  { rollback = {} }: Pick<TrainOptions, "rollback">,
  { candidates, best, steps }: Progress,
  selection: Selection,
  { current, failed }: { readonly current: ScoredCandidate; readonly failed: boolean },
): string | undefined {
  const leader = candidates[best] as ScoredCandidate;
  if (current.id === leader.id) return undefined;
  if (failed && rollback.onFailure === true) return "all training runs failed";
  const [score, top] = [selectionScore(current, selection), selectionScore(leader, selection)];
  if (rollback.below === undefined || score === undefined || top === undefined) return undefined;
  const fell =
    steps > leader.step + (rollback.after ?? 0) && differenceOf(score, top - (1 - rollback.below) * Math.abs(top)) < 0;
  return fell ? "the score fell too far below the best" : undefined;
}
