/** How far a run is, as one line: the progress that follows from its events, and the clock. */

import type { Progress, TrainEvent } from "../training/events.ts";
import { progressAfter, selectionScore, unstarted } from "../training/loop/progress.ts";
import { dollarText, plural, scoreText, shortCount, timeText } from "./figures.ts";
import { evaluationBudget, isSearch, stepBudget } from "./recorded-spec.ts";

/** What the line of a run under way says. */
export interface RunStatus {
  readonly progress: Progress;
  /** The step or round under way, and the most that the run takes, where that is known. */
  readonly step: number;
  readonly maxSteps: number | undefined;
  /** The latest validation score. */
  readonly score: number | undefined;
  /** When this process saw the run start, and at which step, for the mean time of a step. */
  readonly started: StepTime | undefined;
  /** When the last step or round ended. */
  readonly ended: StepTime | undefined;
}

interface StepTime {
  /** Milliseconds. */
  readonly at: number;
  readonly step: number;
}

/** The status before the first event; `maxSteps` is the number of steps, where the caller knows it. */
export function statusBefore(maxSteps: number | undefined): RunStatus {
  return { progress: unstarted, step: 0, maxSteps, score: undefined, started: undefined, ended: undefined };
}

/** The status after `event`, which came at `now` (milliseconds). */
export function statusAfter(before: RunStatus, event: TrainEvent, now: number): RunStatus {
  const status = { ...before, progress: progressAfter(before.progress, event) };
  switch (event.type) {
    case "start": {
      const step = event.resumedAt ?? 0;
      const maxSteps = before.maxSteps ?? stepBudget(event.spec);
      return { ...status, step, maxSteps, started: { at: now, step }, ended: undefined };
    }
    case "step": {
      // A search has several proposals in a round, which ends after them.
      const ended = isSearch(status.progress) ? status.ended : { at: now, step: event.step };
      return { ...status, step: event.step, ended };
    }
    case "round": {
      const isCounted = isSearch(status.progress) && event.step > 0;
      return { ...status, step: event.step, ended: isCounted ? { at: now, step: event.step } : status.ended };
    }
    case "evaluation": {
      const { mean } = event.result;
      return event.split === "validation" && Number.isFinite(mean) ? { ...status, score: mean } : status;
    }
    default:
      return status;
  }
}

/** The budget of evaluations of a search; undefined where there is none. */
function maxEvaluationsOf({ progress }: RunStatus): number | undefined {
  return isSearch(progress) ? evaluationBudget(progress.spec) : undefined;
}

/** The share of its budget of steps or evaluations that the run has used, 0 to 1; undefined without such a budget. */
export function budgetShare(status: RunStatus): number | undefined {
  const { step, maxSteps, progress } = status;
  const maxEvaluations = maxEvaluationsOf(status);
  const { spent } = progress;
  const shares = [
    maxSteps === undefined ? undefined : step / maxSteps,
    maxEvaluations === undefined || spent === undefined ? undefined : spent.evaluations / maxEvaluations,
  ].filter((share) => share !== undefined);
  return shares.length === 0 ? undefined : Math.max(...shares);
}

/** Seconds until the last step at the mean time of the steps so far; undefined before the first one. */
function secondsLeft({ maxSteps, started, ended, progress }: RunStatus, now: number): number | undefined {
  if (maxSteps === undefined || started === undefined || ended === undefined) return undefined;
  const steps = ended.step - started.step;
  if (progress.ended !== undefined || steps <= 0) return undefined;
  const each = (ended.at - started.at) / steps;
  return Math.max(0, ((maxSteps - ended.step) * each - (now - ended.at)) / 1000);
}

/** The status on one line. The most important comes first, since a narrow terminal cuts the rest. */
export function statusLine(status: RunStatus, now: number): string {
  const { step, maxSteps, score, progress } = status;
  const { spent } = progress;
  const [left, best] = [secondsLeft(status, now), bestScore(progress)];
  const of = maxSteps === undefined ? "" : `/${maxSteps}`;
  const parts = [
    ...(isSearch(progress) ? [`round ${step}${of}`, ...searchParts(status)] : [`step ${step}${of}`]),
    ...(score === undefined || isSearch(progress) ? [] : [`score ${scoreText(score)}`]),
    ...(best === undefined ? [] : [`best ${scoreText(best)}`]),
    ...(left === undefined ? [] : [`${timeText(left)} left`]),
    ...(spent === undefined ? [] : [`${shortCount(spent.inputTokens + spent.outputTokens)} tokens`]),
    ...(spent === undefined ? [] : [spent.usd == null ? "cost unknown" : dollarText(spent.usd)]),
  ];
  return parts.join("  ");
}

function bestScore({ candidates, best }: Progress): number | undefined {
  const candidate = candidates[best];
  return candidate && (selectionScore(candidate, "bestValidation") ?? selectionScore(candidate, "bestTrain"));
}

function searchParts(status: RunStatus): readonly string[] {
  const { candidates, spent } = status.progress;
  const max = maxEvaluationsOf(status);
  const of = max === undefined ? "" : `/${max}`;
  const evaluations = spent === undefined ? [] : [`${spent.evaluations}${of} evaluations`];
  return [plural(candidates.length, "candidate"), ...evaluations];
}
