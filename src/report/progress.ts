/** How far a run is, folded from its events, and as one line. */

import type { Spent, StopReason, TrainEvent } from "../training/types.ts";
import { dollarText, plural, scoreText, shortCount, timeText } from "./figures.ts";

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
  /** What is known of a search; undefined where there is none. */
  readonly search: SearchProgress | undefined;
}

/** How far a search is. */
interface SearchProgress {
  /** The programs so far, the starting artifact among them. */
  readonly programs: ReadonlySet<string>;
  /** The judged runs that the budget allows; undefined without such a budget. */
  readonly mostRuns: number | undefined;
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
  search: undefined,
};

/** The progress after `event`, which came at `now` (milliseconds). */
export function progressAfter(progress: Progress, event: TrainEvent, now: number): Progress {
  switch (event.type) {
    case "start": {
      const step = event.resumedAt ?? 0;
      const wanted = progress.wanted ?? stepsOf(event.spec);
      const search = progress.search ?? searchOf(event.spec);
      return { ...progress, step, wanted, since: { at: now, step }, ended: undefined, steppedAt: undefined, search };
    }
    case "step":
      // A step of a search is one of several of a round that goes on.
      return { ...progress, step: event.step, ...(progress.search === undefined ? { steppedAt: now } : {}) };
    case "candidate":
      return withProgram(progress, event.candidate.id);
    case "evaluation": {
      if (progress.search !== undefined) return withProgram(evaluated(progress, event), event.candidate);
      return evaluated(progress, event);
    }
    case "best":
      return { ...progress, best: event.score, score: progress.score ?? event.score };
    case "spent":
      return spentAfter(progress, event.spent, now);
    case "end":
      return { ...progress, spent: event.spent, ended: event.reason };
    default:
      return progress;
  }
}

function spentAfter(progress: Progress, spent: Spent, now: number): Progress {
  return { ...progress, spent, ...(progress.search === undefined ? {} : { step: spent.steps, steppedAt: now }) };
}

function withProgram(progress: Progress, id: string): Progress {
  const { search } = progress;
  if (search === undefined || search.programs.has(id)) return progress;
  return { ...progress, search: { ...search, programs: new Set([...search.programs, id]) } };
}

function evaluated(
  progress: Progress,
  { split, result: { mean } }: Extract<TrainEvent, { type: "evaluation" }>,
): Progress {
  if (split !== "validation" || !Number.isFinite(mean)) return progress;
  return { ...progress, score: mean, best: progress.best ?? mean };
}
/** What a loop's description says of its search. */
function searchOf(spec: unknown): SearchProgress | undefined {
  const { search, budget } = (spec ?? {}) as { search?: unknown; budget?: { metricCalls?: unknown } };
  if (search == null) return undefined;
  return { programs: new Set(), mostRuns: positive(budget?.metricCalls) };
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** How much of its budget of steps or of judged runs the run has used, from 0 to 1; undefined where it has no such budget. */
export function partDone({ step, wanted, spent, search }: Progress): number | undefined {
  const parts = [
    wanted === undefined ? undefined : step / wanted,
    search?.mostRuns === undefined || spent === undefined ? undefined : spent.metricCalls / search.mostRuns,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : Math.max(...parts);
}

/** The budget of steps in a loop's description. */
function stepsOf(spec: unknown): number | undefined {
  const steps = (spec as { budget?: { steps?: unknown } } | null | undefined)?.budget?.steps;
  return positive(steps);
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
  const of = wanted === undefined ? "" : `/${wanted}`;
  const parts = [
    ...(progress.search === undefined
      ? [`step ${step}${of}`]
      : [`round ${step}${of}`, ...searchParts(progress, progress.search)]),
    ...(score === undefined || progress.search !== undefined ? [] : [`score ${scoreText(score)}`]),
    ...(best === undefined ? [] : [`best ${scoreText(best)}`]),
    ...(left === undefined ? [] : [`${timeText(left)} left`]),
    ...(spent === undefined ? [] : [`${shortCount(spent.inputTokens + spent.outputTokens)} tokens`]),
    ...(spent === undefined ? [] : [spent.usd == null ? "cost unknown" : dollarText(spent.usd)]),
  ];
  return parts.join("  ");
}

function searchParts({ spent }: Progress, { programs, mostRuns }: SearchProgress): readonly string[] {
  const runs = spent === undefined ? [] : [`${spent.metricCalls}${mostRuns === undefined ? "" : `/${mostRuns}`} runs`];
  return [plural(programs.size, "program"), ...runs];
}
