/** The words of `evaluate`: what it is told, and the table that it gives. Types only. */

import type { Interval } from "../math/intervals.ts";
import type { Node } from "../nodes/node.ts";
import type { InputOf, RowOptions, TargetOf } from "./data/rows.ts";
import type { ModelCall } from "./evaluation/model-calls.ts";
import type { TrainOptions } from "./options.ts";
import type { Budget, Guide, Outcome, Spent } from "./types.ts";

/** Options of {@link evaluate}. What they share with `train` means the same there. */
export interface EvaluateOptions<R, O = unknown, I = InputOf<R>, K = TargetOf<R>>
  extends RowOptions<R, I, K>,
    Pick<
      TrainOptions,
      | "environment"
      | "acceptChanges"
      | "concurrency"
      | "failureScore"
      | "showTarget"
      | "outages"
      | "prices"
      | "redact"
      | "signal"
      | "folder"
    > {
  /** The program: it may give nodes, as in `train`, or plain values. Needs a `guide`. */
  readonly agent?: ((input: I) => Node<O> | O | Promise<Node<O> | O>) | undefined;
  /** Judges each output. */
  readonly guide?: Guide<I, O, K> | undefined;
  /**
   * The rows: examples, or records of any shape. See `split` for the fields that are read, and `input`, `target` and
   * `id`.
   */
  readonly data: readonly R[];
  /** How often the program runs on each example. Default: 1. */
  readonly repeats?: number | undefined;
  /** The most that may be spent. What was judged until then is in the table. Default: no limit. */
  readonly budget?: Omit<Budget, "steps"> | undefined;
}

/** One evaluation: of an example, and the how-manieth of it. */
export interface EvaluationRow<I = unknown, O = unknown, K = unknown> {
  /** The example's. */
  readonly id: string;
  /** From 0. */
  readonly repeat: number;
  readonly input: I;
  /**
   * What the program gave: of an episode its steps and its total reward. Undefined when it failed. Of a run that an
   * earlier process has judged it is what the journal keeps: long texts are shortened, and objects of classes are
   * previews.
   */
  readonly output: O | undefined;
  readonly target: K;
  /** Undefined when the judge failed. */
  readonly score: number | undefined;
  /** What the judge said. */
  readonly text: string;
  readonly objectives: Readonly<Record<string, number>> | undefined;
  /** Set when the program failed, or its judge. */
  readonly error: Outcome["failure"];
  /** The model calls of the run and of its judge, in the order in which they ended. */
  readonly calls: readonly ModelCall[];
  /** Of the run and its judgement, with all that they waited for. */
  readonly seconds: number | undefined;
}

/** What an evaluation led to. */
export interface EvaluationTable<I = unknown, O = unknown, K = unknown> {
  /** The evaluations: the first run of each example in the order of the data, then the second ones, and so on. */
  readonly rows: readonly EvaluationRow<I, O, K>[];
  /**
   * The mean of the scores by example, each the mean of its repeats; NaN when there is none. As in `train`, a failed
   * run counts as no more than the lowest score that was given.
   */
  readonly mean: number;
  /**
   * The standard error of that mean, by example: repeats of an example are no further evidence. NaN for fewer than two.
   */
  readonly standardError: number;
  /** The interval of 95 % of that mean, by example, as in `EvaluationResult`. */
  readonly interval: Interval | undefined;
  /** How many rows have an error. */
  readonly failures: number;
  readonly spent: Spent;
  /** Whether all runs were made; else what cut them short. */
  readonly reason: "done" | "budget" | "aborted";
  /** What people should know, in sentences. */
  readonly warnings: readonly string[];
}
