/** The vocabulary of studies: a grid of choices, the trials of each cell, and their results. Types only. */

import type { Interval } from "../../math/intervals.ts";
import type { Json } from "../../util/encode.ts";
import type { Redact, RedactOptions } from "../../util/redact.ts";
import type { TrainEvent } from "../events.ts";
import type { Executor } from "../execution/executor.ts";
import type { LoopSpec } from "../identity/spec.ts";
import type { TrainOptions } from "../options.ts";
import type { Budget, EndReason, Spent } from "../types.ts";

/** The choices that a study compares: for each name, the values to try. */
export type Grid = Readonly<Record<string, readonly Json[]>>;

/** One cell of a grid: one value for each name. */
export type Choice<G extends Grid = Grid> = { readonly [K in keyof G]: G[K][number] };

/** One repetition of a cell. */
export interface TrialContext {
  /** From 1, as in the names of the folders. */
  readonly index: number;
  /** The study's seed plus the index minus 1. All cells use the same seeds, so that they compare. */
  readonly seed: number;
}

/** Makes what one trial of one cell runs: a new agent, a new optimizer, and the options of `train`. */
export type StudyLoop<G extends Grid = Grid, I = unknown, O = unknown, K = unknown> = (
  choice: Choice<G>,
  trial: TrialContext,
) => TrainOptions<I, O, K> | Promise<TrainOptions<I, O, K>>;

/** Options of {@link study}. */
export interface StudyOptions {
  /** Repetitions of each cell. Default: 3. */
  readonly trials?: number | undefined;
  /**
   * The folder of the study. Trials are in `<folder>/<cell>/trial-<n>`. The same study with the same folder continues.
   * Default: the study is in memory only.
   */
  readonly folder?: string | undefined;
  /**
   * The limits of the whole study, in all its processes; `seconds` counts the current process. The trials share the
   * budget: a trial that does not fit is not started, and a trial that the budget ends early is left unfinished, so
   * that a larger budget can continue it. Default: no limit.
   */
  readonly budget?: Budget | undefined;
  /** The seed of the first trial of each cell. Default: 0. */
  readonly seed?: number | undefined;
  /**
   * Trials at the same time. Default: 1. With more, each trial must have its own parameters, and receives its share of
   * the remaining budget.
   */
  readonly concurrency?: number | undefined;
  /** The option `executor` of `train` for all trials. Default: each trial's own, if any. */
  readonly executor?: Executor | undefined;
  /**
   * Whether trials share their evaluations, also across processes: once a trial has evaluated a candidate on an
   * example, such as the baseline, no other trial evaluates it again. `true`: the trials of a cell share,
   * since they differ only in their seeds. A list of axes: cells that differ only in these axes share too, for example
   * `["batch"]`; name only axes that change neither how the program runs nor how it is judged. `false`: nothing is
   * shared.
   *
   * If equal candidates always score the same, the table is the same either way and costs less. If scores vary between
   * evaluations, a candidate that trials share is measured once and counts once: its error is that of one measurement,
   * as the intervals say. Use `false` to measure each trial separately, and when the loop makes a different agent or
   * judge for each trial.
   *
   * A trial whose own budget limits model calls, tokens, dollars or evaluations shares nothing: it would get further
   * with what others have paid for, and timing would decide who pays. Default: true.
   */
  readonly shareEvaluations?: boolean | readonly string[] | undefined;
  /** The option `acceptChanges` of `train` for all trials, including finished ones. Default: false. */
  readonly acceptChanges?: boolean | undefined;
  /** The option `redact` of `train` for all trials and their files. Default: false. */
  readonly redact?: boolean | Redact | RedactOptions | undefined;
  /** Stops the study. Finished work is stored. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every event. */
  readonly onEvent?: ((event: StudyEvent) => void) | undefined;
}

/** What happens in a study. */
export type StudyEvent =
  | {
      readonly type: "trial-start";
      readonly cell: string;
      readonly choice: Choice;
      readonly trial: TrialContext;
      /** The number of trials that are over, and of all trials. */
      readonly done: number;
      readonly of: number;
    }
  | { readonly type: "trial-event"; readonly cell: string; readonly trial: TrialContext; readonly event: TrainEvent }
  | { readonly type: "trial-end"; readonly cell: string; readonly choice: Choice; readonly trial: StudyTrial };

/** The scores of the baseline and the shipped candidate on one test example; null where the judge failed. */
export interface ExampleScores {
  readonly baseline: number | null;
  readonly best: number | null;
}

/** The scores of one trial. */
export interface TrialScores {
  /** On the sealed test set: of the baseline, and of the candidate that ships. */
  readonly baseline: number;
  readonly best: number;
  /** On the validation set; undefined when there is none. */
  readonly validation: { readonly baseline: number; readonly best: number } | undefined;
  /** One per test example, in the order of the data. */
  readonly examples?: readonly ExampleScores[] | undefined;
}

/**
 * How a trial ended. `finished` trials count. `failed` trials have an `error`. `unfinished` trials were stopped early,
 * by the signal or the budget of the study. `skipped` trials were not started. The same study with the same folder
 * continues all but the finished ones.
 */
export type TrialStatus = "finished" | "failed" | "unfinished" | "skipped";

/** One trial of one cell. */
export interface StudyTrial {
  readonly index: number;
  readonly seed: number;
  readonly status: TrialStatus;
  /** Whether an earlier process finished it, so that it was not run again. */
  readonly reused: boolean;
  /** The run folder; undefined when the study has none. */
  readonly folder: string | undefined;
  readonly spec: LoopSpec | undefined;
  /** Why the run ended. */
  readonly reason: EndReason | undefined;
  /** Only of finished trials. */
  readonly scores: TrialScores | undefined;
  /** The candidate that ships: parameter values by name. */
  readonly values: Readonly<Record<string, unknown>> | undefined;
  readonly spent: Spent | undefined;
  /** Why it has no scores. */
  readonly error: string | undefined;
}

/** A mean over trials. */
export interface Average {
  readonly mean: number;
  /** One per trial, in order. */
  readonly values: readonly number[];
}

/** A mean over trials, and how far other trials and other test examples could have moved it. */
export interface MeanEstimate extends Average {
  /**
   * Standard error of the mean. It covers the trials and the examples: the error of a baseline that all trials share is
   * that of its examples. Undefined where it is not known.
   */
  readonly standardError: number | undefined;
  /** The 95% confidence interval, which is wide for few trials; undefined where it is not known. */
  readonly interval: Interval | undefined;
}

/** One cell of the grid with its trials. Estimates cover the finished trials; undefined when there is none. */
export interface StudyRow<C extends Choice = Choice> {
  /** The name of the cell, as in the folders. */
  readonly cell: string;
  readonly choice: C;
  readonly trials: readonly StudyTrial[];
  /** Test scores of the baseline. */
  readonly baseline: MeanEstimate | undefined;
  /** Test scores of the candidate that ships. */
  readonly best: MeanEstimate | undefined;
  /** The gain, trial by trial: the test score of the candidate that ships minus that of the baseline. */
  readonly gain: MeanEstimate | undefined;
  /**
   * Validation scores of both. The score of the best candidate is too high, because it was selected by that score, so
   * there is no interval.
   */
  readonly validation: { readonly baseline: Average; readonly best: Average } | undefined;
  /** Why trials have no scores, each reason once. */
  readonly errors: readonly string[];
}

/** The result of a study. */
export interface StudyResult<C extends Choice = Choice> {
  /** The names of the choices, in order. */
  readonly axes: readonly string[];
  /** One per cell, in the order of the grid: the last name changes fastest. */
  readonly rows: readonly StudyRow<C>[];
  /** Trials per cell. */
  readonly trials: number;
  readonly seed: number;
  /** Whether every trial is finished. */
  readonly complete: boolean;
  /** The sum over all trials. */
  readonly spent: Spent;
}
