/** The vocabulary of training: examples, judgements, budgets, costs and scores. Types only. */

import type { FeedbackRecord } from "../graph/feedback-record.ts";
import type { Interval } from "../math/intervals.ts";
import type { Proposal } from "../optimizers/algorithm.ts";
import type { Outcome } from "../optimizers/search/outcome.ts";
import type { Candidate } from "../optimizers/search/search.ts";

export type { Outcome } from "../optimizers/search/outcome.ts";
export type { Candidate } from "../optimizers/search/search.ts";

/** One example: what the program receives, and what only the judge knows. */
export interface Example<I = unknown, K = unknown> {
  /** Unique in its data set. */
  readonly id: string;
  /** What the program receives. */
  readonly input: I;
  /** The expected answer, or whatever the guide needs to judge. */
  readonly target: K;
}

/** What a guide returns for an output: a score, and text for the optimizer. */
export interface Judgement extends FeedbackRecord {
  /** Larger is better; usually from 0 to 1. A finite number. */
  readonly score: number;
  /** What is good, what is wrong, and how to improve it. */
  readonly text: string;
  /** Other measurements, by the names of the run's `objectives`: cost, latency, length, … */
  readonly objectives?: Readonly<Record<string, number>>;
}

/** What a guide receives besides the input, the output and the target. */
export interface GuideContext {
  readonly exampleId: string;
  /** Aborted when the run is cancelled. Undefined without a signal. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Judges one output. If a guide throws, or returns a score that is not a finite number, that example fails: the failure
 * is reported and not averaged in, and the run continues.
 */
export type Guide<I = unknown, O = unknown, K = unknown> = (
  input: I,
  output: O,
  target: K,
  context: GuideContext,
) => Judgement | Promise<Judgement>;

/** The outcome of a rollout, a traced execution on a training example, that has a score. */
export interface RolloutOutcome extends Outcome {
  /** The step, or the round of a search, in which it was made, from 1. */
  readonly step: number;
  /** The score of the guide; `failureScore` of the run where the program failed. */
  readonly score: number;
}

/** What the option `feedback` of `train` receives besides the rollout. */
export interface RolloutFeedbackContext {
  /**
   * The rollouts of all earlier steps that have a score, in order; their `feedback` is what the optimizer read. Those of
   * the same step are not among them, since they run at the same time.
   */
  readonly earlier: readonly RolloutOutcome[];
}

/**
 * Writes the text on a rollout that the optimizer reads, in place of that of the guide, which is the `feedback` of the
 * outcome that it receives. If it throws, that example fails as it does when the guide throws.
 */
export type RolloutFeedback = (rollout: RolloutOutcome, context: RolloutFeedbackContext) => string | Promise<string>;

/** The limits of a run. Each is checked before it would be exceeded. A limit that is not set does not apply. */
export interface Budget {
  /** Optimizer steps, or rounds of a search. Default: 10 steps; no limit for a search. */
  readonly steps?: number;
  /** Calls of language models: those of the program, the optimizer and the judge together. */
  readonly llmCalls?: number;
  /** Input and output tokens together. */
  readonly tokens?: number;
  /** US dollars, by the `prices` of the run and the list prices. A model without either is an error then. */
  readonly usd?: number;
  /** Seconds of the current process. Earlier processes of a resumed run do not count. */
  readonly seconds?: number;
  /**
   * Evaluations: executions of a candidate on one example, judged, in training and validation together. An episode
   * counts when it begins, and is recorded as one of the candidate that began it.
   */
  readonly evaluations?: number;
}

/** US dollars per million tokens. */
export interface Price {
  /** Of input tokens. */
  readonly input: number;
  /** Of output tokens. */
  readonly output: number;
}

/** Who calls a model: the program, the optimizer that rewrites it, or the guide that judges it. */
export type Role = "agent" | "optimizer" | "judge";

/** What the model calls of one role have used. */
export interface RoleSpent {
  readonly llmCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Undefined when the role has called a model without a known price. */
  readonly usd: number | undefined;
}

/** What a run has spent, in all its processes. */
export interface Spent {
  /** Finished rounds. */
  readonly steps: number;
  readonly llmCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Undefined when the run has called a model without a known price. */
  readonly usd: number | undefined;
  readonly evaluations: number;
  readonly seconds: number;
  /**
   * Calls that may have been charged without an answer, such as those in flight when a process died; not those of
   * models that cost nothing. The sums include them at their upper bounds.
   */
  readonly possiblyPaid: number;
  /** The calls, tokens and dollars above, by role. */
  readonly byRole: Readonly<Record<Role, RoleSpent>>;
}

/** Scores of one candidate on a set of examples. */
export interface EvaluationResult {
  /** One per example. */
  readonly outcomes: readonly Outcome[];
  /** The mean over the judged examples, including failed programs; NaN (null in JSON) when there is none. */
  readonly mean: number;
  /**
   * Standard error of the mean; NaN for fewer than two scores. It is 0 when all scores are equal, which says little:
   * see `interval`.
   */
  readonly standardError: number;
  /**
   * The 95% confidence interval of the mean: Wilson's for scores from 0 to 1, else Student's. Undefined for
   * a single score, and for equal scores other than 0 and 1, since they do not show any variation.
   */
  readonly interval: Interval | undefined;
  /** The number of outcomes in which the program or the judge failed. */
  readonly failures: number;
}

/**
 * Which part of the data a score belongs to. `decision` is the part of the validation examples that is used only to
 * decide what ships.
 */
export type SplitName = "train" | "validation" | "decision" | "test";

/** The cost of evaluations so far. */
export interface RunCost {
  /** The mean per evaluation. */
  readonly mean: Readonly<Record<"llmCalls" | "tokens" | "usd" | "seconds", number>>;
  /** The largest upper bound of a call of the program or the judge. */
  readonly largest: Readonly<Record<"tokens" | "usd", number>>;
}

/**
 * Why a run ended: a budget was spent (`budget`), the goal was reached (`goal`), the score stopped rising (`patience`),
 * the run was cancelled (`aborted`), the judge kept failing (`failures`), the data ended (`data`), the search finished
 * (`done`) or found no new candidates (`idle`), or there was nothing left to improve (`perfect`).
 */
export type EndReason = "budget" | "goal" | "patience" | "aborted" | "failures" | "data" | "done" | "idle" | "perfect";

/** The record of one step: values as JSON, without graphs. */
export interface StepRecord extends Pick<Proposal, "reasoning" | "refused" | "dropped" | "exchanges"> {
  readonly changes: readonly { readonly name: string; readonly before: unknown; readonly after: unknown }[];
  /** Mean score of the rollouts that led to the step; undefined when there is none. */
  readonly trainScore: number | undefined;
  readonly feedback: string;
  /** The learning graph as DOT, cut to the usual number of nodes; empty when the step used none. */
  readonly dot: string;
  /** Id of the candidate that the step led to; undefined when it led to none. */
  readonly candidate?: string;
  /** Ids of the candidates that were rewritten or merged. */
  readonly parents?: readonly string[];
  /** How the candidate was made: `proposal`, `merge`, `crossover`, … */
  readonly origin?: string;
}

/** A candidate with its scores. */
export interface ScoredCandidate extends Candidate {
  /** Mean score of its rollouts in its latest round; undefined before the first. */
  readonly trainScore: number | undefined;
  /** On the validation examples that steer the run; undefined before it was evaluated. */
  readonly validation: EvaluationResult | undefined;
  /** On the validation examples that only decide what ships. */
  readonly decision?: EvaluationResult;
  /** On the sealed test data. */
  readonly test?: EvaluationResult;
}
