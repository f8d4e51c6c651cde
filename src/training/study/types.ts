/** The words of a study: a grid of choices, the trials of each cell, and what they led to. Types only. */

import type { Interval } from "../../math/intervals.ts";
import type { Json } from "../../util/encode.ts";
import type { Redact, RedactOptions } from "../../util/redact.ts";
import type { TrainEvent } from "../events.ts";
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
  /** The study's seed plus the index, minus 1: the same for all cells, so that they compare. */
  readonly seed: number;
}

/** Makes what one trial of one cell runs: a fresh agent, a fresh optimizer, and the options of `train`. */
export type StudyLoop<G extends Grid = Grid, I = unknown, O = unknown, K = unknown> = (
  choice: Choice<G>,
  trial: TrialContext,
) => TrainOptions<I, O, K> | Promise<TrainOptions<I, O, K>>;

/** Options of {@link study}. */
export interface StudyOptions {
  /** Repetitions of each cell. Default: 3. */
  readonly trials?: number | undefined;
  /**
   * Where the trials are kept: `<folder>/<cell>/trial-<n>`. The same study on the same folder goes on. Default:
   * nowhere.
   */
  readonly folder?: string | undefined;
  /**
   * The most that the whole study may spend, in all processes; `seconds` are of this process. It is shared by the
   * trials: one that does not fit is not begun, and one that is cut short by it is left unfinished, for a larger budget
   * to go on with.
   */
  readonly budget?: Budget | undefined;
  /** Of the first trial of each cell. Default: 0. */
  readonly seed?: number | undefined;
  /**
   * Trials under way at once. Default: 1. With more, each trial must have parameters of its own, and gets its share of
   * what is left of the budget.
   */
  readonly concurrency?: number | undefined;
  /**
   * Whether trials share their evaluations, also over processes: a program that one of them has judged on an example,
   * such as the starting artifact, no other judges again. `true` (default): the trials of a cell share, since they
   * differ in their seeds only. A list of axes: so do cells that differ only in those, such as `["batch"]`; name only
   * axes that change neither how a program runs nor how it is judged. `false`: nothing is shared.
   *
   * When equal programs always score alike, the table is the same either way, and costs less. When scores vary from run
   * to run, a program that trials share is measured once and counts once: its error is that of one measurement, as the
   * intervals say. Give `false` to measure each trial by itself, and when the loop makes another agent or another judge
   * for each trial.
   *
   * A trial whose own budget limits model calls, tokens, dollars or evaluations shares nothing: what others have paid
   * would take it further, and who pays is left to chance.
   */
  readonly shareEvaluations?: boolean | readonly string[] | undefined;
  /** As `acceptChanges` of `train`, for all trials, also those that are over. Default: false. */
  readonly acceptChanges?: boolean | undefined;
  /** As `redact` of `train`, for all trials and their files. Default: false. */
  readonly redact?: boolean | Redact | RedactOptions | undefined;
  /** Stops the study: what is done is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Called with everything that happens. */
  readonly onEvent?: ((event: StudyEvent) => void) | undefined;
}

/** What happens in a study. */
export type StudyEvent =
  | {
      readonly type: "trial-start";
      readonly cell: string;
      readonly choice: Choice;
      readonly trial: TrialContext;
      /** How many trials are over, and how many there are in all. */
      readonly done: number;
      readonly of: number;
    }
  | { readonly type: "trial-event"; readonly cell: string; readonly trial: TrialContext; readonly event: TrainEvent }
  | { readonly type: "trial-end"; readonly cell: string; readonly choice: Choice; readonly trial: StudyTrial };

/** The scores of both programs on one test example; null where the judge failed. */
export interface ExampleScores {
  readonly baseline: number | null;
  readonly best: number | null;
}

/** The scores of one trial. */
export interface TrialScores {
  /** On the sealed test set: of the starting artifact and of the chosen program. */
  readonly baseline: number;
  readonly best: number;
  /** On the validation set; undefined when there is none. */
  readonly validation: { readonly baseline: number; readonly best: number } | undefined;
  /** One a test example, in the order of the data; undefined for a trial that an older tracegrad has kept. */
  readonly examples?: readonly ExampleScores[] | undefined;
}

/**
 * How a trial ended. `finished` ones count; `failed` ones have an `error`; `unfinished` ones were stopped half-way, by
 * the signal or the study's budget; `skipped` ones were not begun. The same study on the same folder takes up all but
 * the finished ones.
 */
export type TrialStatus = "finished" | "failed" | "unfinished" | "skipped";

/** One trial of one cell. */
export interface StudyTrial {
  readonly index: number;
  readonly seed: number;
  readonly status: TrialStatus;
  /** Whether an earlier process had finished it. */
  readonly reused: boolean;
  /** The run folder; undefined when nothing is kept. */
  readonly folder: string | undefined;
  readonly spec: LoopSpec | undefined;
  /** Why the run ended. */
  readonly reason: EndReason | undefined;
  /** Of finished trials only. */
  readonly scores: TrialScores | undefined;
  /** The chosen program: parameter values by name. */
  readonly values: Readonly<Record<string, unknown>> | undefined;
  readonly spent: Spent | undefined;
  /** Why it has no scores. */
  readonly error: string | undefined;
}

/** A mean over trials. */
export interface Average {
  readonly mean: number;
  /** One a trial, in order. */
  readonly values: readonly number[];
}

/** A mean over trials, and how far other trials and other test examples could have led to another. */
export interface MeanEstimate extends Average {
  /**
   * Standard error of the mean. It counts the trials and the examples: a start that all trials share has that of its
   * examples. Undefined where it is not known.
   */
  readonly standardError: number | undefined;
  /** The interval of 95 %, which also says how little a few trials tell; undefined where it is not known. */
  readonly interval: Interval | undefined;
}

/** One cell of the grid with its trials. Estimates are over the finished ones; undefined when there is none. */
export interface StudyRow<C extends Choice = Choice> {
  /** The cell's name, as in the folders. */
  readonly cell: string;
  readonly choice: C;
  readonly trials: readonly StudyTrial[];
  /** Test scores of the starting artifact. */
  readonly baseline: MeanEstimate | undefined;
  /** Test scores of the chosen program. */
  readonly best: MeanEstimate | undefined;
  /** What learning brought, trial by trial: the chosen program's test score minus that of the start. */
  readonly gain: MeanEstimate | undefined;
  /**
   * Validation scores of both. That of the chosen program is too high by as much as luck chose it: it has no interval.
   */
  readonly validation: { readonly baseline: Average; readonly best: Average } | undefined;
  /** Why trials have no scores, each reason once. */
  readonly errors: readonly string[];
}

/** What a study led to. */
export interface StudyResult<C extends Choice = Choice> {
  /** The names of the choices, in order. */
  readonly axes: readonly string[];
  /** One a cell, in the order of the grid: the last name changes fastest. */
  readonly rows: readonly StudyRow<C>[];
  /** Trials a cell. */
  readonly trials: number;
  readonly seed: number;
  /** Whether every trial is finished. */
  readonly complete: boolean;
  /** The sum over all trials. */
  readonly spent: Spent;
}
