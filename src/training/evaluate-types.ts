/** The options of `evaluate`, and the table that it returns. Types only. */

import type { Interval } from "../math/intervals.ts";
import type { Node } from "../nodes/node.ts";
import type { InputOf, RowOptions, TargetOf } from "./data/rows.ts";
import type { EvaluationRecord } from "./evaluation/evaluation-record.ts";
import type { TrainOptions } from "./options.ts";
import type { Budget, Guide, Spent } from "./types.ts";

/** Options of {@link evaluate}. Options with the names of those of `train` mean the same. */
export interface EvaluateOptions<R, O = unknown, I = InputOf<R>, K = TargetOf<R>>
  extends RowOptions<R, I, K>,
    Pick<
      TrainOptions,
      | "environment"
      | "acceptChanges"
      | "concurrency"
      | "executor"
      | "failureScore"
      | "showTarget"
      | "outages"
      | "prices"
      | "redact"
      | "signal"
      | "folder"
    > {
  /** The program. It may return nodes, as in `train`, or plain values. Requires a `guide`. */
  readonly agent?: ((input: I) => Node<O> | O | Promise<Node<O> | O>) | undefined;
  /** Judges each output. */
  readonly guide?: Guide<I, O, K> | undefined;
  /**
   * The rows: examples, or records of any shape. See `split` for the fields that are read, or give `input`, `target`,
   * `id`.
   */
  readonly data: readonly R[];
  /** The number of evaluations of each example. Default: 1. */
  readonly repeats?: number | undefined;
  /** The limits of the evaluation. When one is reached, the table holds the rows so far. Default: no limit. */
  readonly budget?: Omit<Budget, "steps"> | undefined;
}

/** One evaluation of one example. The fields that it shares with an {@link EvaluationRecord} mean the same there. */
export interface EvaluationRow<I = unknown, O = unknown, K = unknown>
  extends Pick<EvaluationRecord, "repeat" | "score" | "text" | "objectives" | "error" | "calls" | "seconds"> {
  /** The id of the example. */
  readonly id: string;
  readonly input: I;
  /**
   * The output of the program; of an episode, its steps and its total reward. Undefined when the program failed. If an
   * earlier process made the evaluation, this is the output in the journal: long texts are shortened, and instances of
   * classes are previews.
   */
  readonly output: O | undefined;
  readonly target: K;
}

/** The result of `evaluate`. */
export interface EvaluationTable<I = unknown, O = unknown, K = unknown> {
  /** The first evaluation of each example in the order of the data, then the second ones, and so on. */
  readonly rows: readonly EvaluationRow<I, O, K>[];
  /**
   * The mean score: the mean over examples of the mean over their repeats; NaN when there is none. As in `train`, a
   * failed program scores at most the lowest score that the judge gave.
   */
  readonly mean: number;
  /**
   * The standard error of the mean, by example, since repeats of an example are not independent. NaN for fewer than
   * two examples.
   */
  readonly standardError: number;
  /** The 95% confidence interval of the mean, by example, as in `EvaluationResult`. */
  readonly interval: Interval | undefined;
  /** The number of rows with an error. */
  readonly failures: number;
  readonly spent: Spent;
  /** `done` when all evaluations were made; otherwise what ended them early. */
  readonly reason: "done" | "budget" | "aborted";
  /** What people should know, in sentences. */
  readonly warnings: readonly string[];
}
