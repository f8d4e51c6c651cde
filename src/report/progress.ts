/** How far a run is, folded from its events, and as one line. */

import type { Spent, StopReason, TrainEvent } from "../training/types.ts";
import { dollarText, scoreText, shortCount, timeText } from "./figures.ts";

/** What is known of a run under way. */
export interface Progress {
  readonly step: number;
  /** The number of steps the run will take at most, where that is known. */
  readonly wanted: number | undefined;
  /** The score of the program evaluated last, and the best one. */
  readonly score: number | undefined;
  readonly best: number | undefined;
  readonly spent: Spent | undefined;
  readonly ended: StopReason | undefined;
  /** When this process saw the run start, and at which step, for the mean time of a step. */
  readonly since: { readonly at: number; readonly step: number } | undefined;
  /** When the last step was done. */
  readonly steppedAt: number | undefined;
}

/** Before the first event. */
export const unstarted: Progress = {
  step: 0,
  wanted: undefined,
  score: undefined,
  best: undefined,
  spent: undefined,
  ended: undefined,
  since: undefined,
  steppedAt: undefined,
};

/** The progress after `event`, which came at `now` (milliseconds). */
export function progressAfter(progress: Progress, event: TrainEvent, now: number): Progress {
  switch (event.type) {
    case "start": {
      const step = event.resumedAt ?? 0;
      const wanted = progress.wanted ?? stepsOf(event.spec);
      return { ...progress, step, wanted, since: { at: now, step }, ended: undefined, steppedAt: undefined };
    }
    case "step":
      return { ...progress, step: event.step, steppedAt: now };
    case "evaluation": {
      if (event.split !== "validation" || !Number.isFinite(event.result.mean)) return progress;
      const { mean } = event.result;
      return { ...progress, score: mean, best: progress.best ?? mean };
    }
    case "best":
      return { ...progress, best: event.score, score: progress.score ?? event.score };
    case "spent":
      return { ...progress, spent: event.spent };
    case "end":
      return { ...progress, spent: event.spent, ended: event.reason };
    default:
      return progress;
  }
}

/** The budget of steps in a loop's description. */
function stepsOf(spec: unknown): number | undefined {
  const steps = (spec as { budget?: { steps?: unknown } } | null | undefined)?.budget?.steps;
  return typeof steps === "number" && Number.isFinite(steps) && steps > 0 ? steps : undefined;
}

/** Seconds until the last step at the mean time of the steps so far; undefined before the first one. */
function secondsLeft({ step, wanted, since, steppedAt, ended }: Progress, now: number): number | undefined {
  if (wanted === undefined || since === undefined || steppedAt === undefined || ended !== undefined) return undefined;
  const done = step - since.step;
  if (done <= 0) return undefined;
  const each = (steppedAt - since.at) / done;
  return Math.max(0, ((wanted - step) * each - (now - steppedAt)) / 1000);
}

/** All of it on one line of ordinary letters. The most important comes first, since a narrow terminal cuts the rest. */
export function statusLine(progress: Progress, now: number): string {
  const { step, wanted, score, best, spent } = progress;
  const left = secondsLeft(progress, now);
  const parts = [
    `step ${step}${wanted === undefined ? "" : `/${wanted}`}`,
    ...(score === undefined ? [] : [`score ${scoreText(score)}`]),
    ...(best === undefined ? [] : [`best ${scoreText(best)}`]),
    ...(left === undefined ? [] : [`${timeText(left)} left`]),
    ...(spent === undefined ? [] : [`${shortCount(spent.inputTokens + spent.outputTokens)} tokens`]),
    ...(spent === undefined ? [] : [spent.usd == null ? "cost unknown" : dollarText(spent.usd)]),
  ];
  return parts.join("  ");
}
