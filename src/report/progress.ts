/** How far a run is, as one line: the progress that follows from its events, and the clock. */

import type { Progress, TrainEvent } from "../training/events.ts";
import { progressAfter, selectionScore, unstarted } from "../training/loop/progress.ts";
import { dollarText, plural, scoreText, shortCount, timeText } from "./figures.ts";

/** What the line of a run under way is made of. */
export interface RunStatus {
  readonly progress: Progress;
  /** The step or round under way, and the number of them the run will take at most, where that is known. */
  readonly step: number;
  readonly wanted: number | undefined;
  /** The validation score of the program that was scored last. */
  readonly score: number | undefined;
  /** When this process saw the run start, and at which step, for the mean time of a step. */
  readonly since: Moment | undefined;
  /** When the last step or round was done. */
  readonly done: Moment | undefined;
}

interface Moment {
  /** Milliseconds. */
  readonly at: number;
  readonly step: number;
}

/** The status before the first event; `wanted` is the number of steps, where the caller knows it. */
export function statusBefore(wanted: number | undefined): RunStatus {
  return { progress: unstarted, step: 0, wanted, score: undefined, since: undefined, done: undefined };
}

/** The status after `event`, which came at `now` (milliseconds). */
export function statusAfter(before: RunStatus, event: TrainEvent, now: number): RunStatus {
  const status = { ...before, progress: progressAfter(before.progress, event) };
  switch (event.type) {
    case "start": {
      const step = event.resumedAt ?? 0;
      return {
        ...status,
        step,
        wanted: before.wanted ?? stepsOf(event.spec),
        since: { at: now, step },
        done: undefined,
      };
    }
    case "step": {
      // A step of a search is one of several of a round that goes on.
      const done = isSearch(status) ? status.done : { at: now, step: event.step };
      return { ...status, step: event.step, done };
    }
    case "round": {
      const isCounted = isSearch(status) && event.step > 0;
      return { ...status, step: event.step, done: isCounted ? { at: now, step: event.step } : status.done };
    }
    case "evaluation": {
      const { mean } = event.result;
      return event.split === "validation" && Number.isFinite(mean) ? { ...status, score: mean } : status;
    }
    default:
      return status;
  }
}

/** Whether the run searches; else it goes along one line of programs, step by step. */
export function isSearch({ progress: { spec } }: Pick<RunStatus, "progress">): boolean {
  return (spec as { readonly search?: unknown } | null | undefined)?.search != null;
}

function stepsOf(spec: unknown): number | undefined {
  return positive(budgetOf(spec).steps);
}

function budgetOf(spec: unknown): { readonly steps?: unknown; readonly evaluations?: unknown } {
  return (spec as { readonly budget?: object } | null | undefined)?.budget ?? {};
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** The evaluations that the budget of a search allows; undefined where there is no such budget. */
function mostRunsOf(status: RunStatus): number | undefined {
  return isSearch(status) ? positive(budgetOf(status.progress.spec).evaluations) : undefined;
}

/**
 * How much of its budget of steps or of evaluations the run has used, from 0 to 1; undefined where it has no such
 * budget.
 */
export function partDone(status: RunStatus): number | undefined {
  const { step, wanted, progress } = status;
  const mostRuns = mostRunsOf(status);
  const parts = [
    wanted === undefined ? undefined : step / wanted,
    mostRuns === undefined || progress.spent === undefined ? undefined : progress.spent.evaluations / mostRuns,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : Math.max(...parts);
}

/** Seconds until the last step at the mean time of the steps so far; undefined before the first one. */
function secondsLeft({ wanted, since, done, progress }: RunStatus, now: number): number | undefined {
  if (wanted === undefined || since === undefined || done === undefined || progress.ended !== undefined)
    return undefined;
  const steps = done.step - since.step;
  if (steps <= 0) return undefined;
  const each = (done.at - since.at) / steps;
  return Math.max(0, ((wanted - done.step) * each - (now - done.at)) / 1000);
}

/** All of it on one line of ordinary letters. The most important comes first, since a narrow terminal cuts the rest. */
export function statusLine(status: RunStatus, now: number): string {
  const { step, wanted, score, progress } = status;
  const { spent } = progress;
  const [left, best] = [secondsLeft(status, now), bestScore(progress)];
  const of = wanted === undefined ? "" : `/${wanted}`;
  const parts = [
    ...(isSearch(status) ? [`round ${step}${of}`, ...searchParts(status)] : [`step ${step}${of}`]),
    ...(score === undefined || isSearch(status) ? [] : [`score ${scoreText(score)}`]),
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
  const mostRuns = mostRunsOf(status);
  const runs = spent === undefined ? [] : [`${spent.evaluations}${mostRuns === undefined ? "" : `/${mostRuns}`} runs`];
  return [plural(candidates.length, "program"), ...runs];
}
