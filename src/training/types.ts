/** The words of the learning loop: examples, judgements, budgets, events, results. Types only. */

import type { FeedbackRecord } from "../graph/feedback.ts";
import type { Interval } from "../math/intervals.ts";
import type { Proposal } from "../optimizers/algorithm.ts";
import type { Outcome } from "../optimizers/search/outcome.ts";
import type { Candidate } from "../optimizers/search/search.ts";

export type { Outcome } from "../optimizers/search/outcome.ts";
export type { Candidate } from "../optimizers/search/search.ts";

/** One example: what the agent is given, and what only the judge knows. */
export interface Example<I = unknown, K = unknown> {
  /** Unique in its data set. */
  readonly id: string;
  readonly input: I;
  /** The expected answer, or whatever the guide needs to judge. */
  readonly target: K;
}

/** What a guide says of an output: a score (larger is better, usually 0 to 1) and words for the optimizer. */
export interface Judgement extends FeedbackRecord {
  readonly score: number;
  readonly text: string;
  /** The other things that were measured, by the names of the run's `objectives`: cost, latency, length, … */
  readonly objectives?: Readonly<Record<string, number>>;
}

/** What a guide is told beside the example. */
export interface GuideContext {
  readonly exampleId: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Judges one output. A guide that throws, or gives a score that is no finite number, fails that example (reported,
 * never averaged in), not the run.
 */
export type Guide<I = unknown, O = unknown, K = unknown> = (
  input: I,
  output: O,
  target: K,
  context: GuideContext,
) => Judgement | Promise<Judgement>;

/** The most that a run may spend. Each is checked before it would be exceeded. Unset ones are unlimited. */
export interface Budget {
  /** Optimizer steps, or rounds of a search. Default: 10 steps; no limit for a search. */
  readonly steps?: number;
  /** Calls of language models, of the agent, the optimizer and the judge together. */
  readonly llmCalls?: number;
  /** Tokens in and out together. */
  readonly tokens?: number;
  /** US dollars, by the prices given to the run; a model without a price is an error then, not free. */
  readonly usd?: number;
  /** Seconds of this process, without those of earlier ones. */
  readonly seconds?: number;
  /** Evaluations of the agent, in training and evaluation together. */
  readonly evaluations?: number;
}

/** US dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** Who calls models: the program, the optimizer that rewrites it, or the guide that judges it. */
export type Role = "agent" | "optimizer" | "judge";

/** The part of the models' calls that one role has made. */
export interface RoleSpent {
  readonly llmCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Undefined when some model that the role has called has no known price. */
  readonly usd: number | undefined;
}

/** What a run has spent. */
export interface Spent {
  readonly steps: number;
  readonly llmCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Undefined when some model that was called has no known price. */
  readonly usd: number | undefined;
  readonly evaluations: number;
  /** Seconds in all processes of this run. */
  readonly seconds: number;
  /** Calls that were under way when a process died: they may have been paid, and count at their upper bound. */
  readonly possiblyPaid: number;
  /** The calls, tokens and dollars above, by who made the calls. */
  readonly byRole: Readonly<Record<Role, RoleSpent>>;
}

/** Scores of one candidate on a set of examples. */
export interface EvaluationResult {
  readonly outcomes: readonly Outcome[];
  /** The mean over the examples that were judged, failed programs included; NaN (null in JSON) when there is none. */
  readonly mean: number;
  /**
   * Standard error of the mean; NaN for fewer than two scores. 0 where all are equal, which says little: see
   * `interval`.
   */
  readonly standardError: number;
  /**
   * Where the mean over all such examples is: an interval of 95 %. Wilson's for scores from 0 to 1, else Student's;
   * undefined for equal scores that are not 0 or 1, and for a single one: they do not say how they vary.
   */
  readonly interval: Interval | undefined;
  readonly failures: number;
}

/**
 * Which part of the data a score is of; `decision` is the part of the validation examples that only decides what ships.
 */
export type SplitName = "train" | "validation" | "decision" | "test";

/** What evaluations cost, as far as it is known at some point of a run. */
export interface RunCost {
  /** The mean over the evaluations so far. */
  readonly mean: Readonly<Record<"llmCalls" | "tokens" | "usd" | "seconds", number>>;
  /** The largest upper bound of a call of the program or the judge so far. */
  readonly largest: Readonly<Record<"tokens" | "usd", number>>;
}

/** Why a run ended. */
export type EndReason = "budget" | "goal" | "patience" | "aborted" | "failures" | "data" | "done" | "idle" | "perfect";

/** One step as it is kept: values as JSON, no graphs. */
export interface StepRecord extends Pick<Proposal, "reasoning" | "refused" | "exchanges"> {
  readonly changes: readonly { readonly name: string; readonly before: unknown; readonly after: unknown }[];
  /** Mean score of the training runs that led to the step. */
  readonly trainScore: number | undefined;
  readonly feedback: string;
  /** The learning graph as DOT, cut to the usual number of nodes; empty when none was shown. */
  readonly dot: string;
  /** The program that it led to, in a search: undefined when it led to none. */
  readonly candidate?: string;
  /** The programs that were rewritten or put together, in a search. */
  readonly parents?: readonly string[];
  /** How, in a search: `proposal`, `merge`, `crossover`, … */
  readonly origin?: string;
}

/** A program that was tried, and how it scored. */
export interface ScoredCandidate extends Candidate {
  readonly trainScore: number | undefined;
  /** On the validation examples that steer the run. */
  readonly validation: EvaluationResult | undefined;
  /** On those that only decide what ships. */
  readonly decision?: EvaluationResult;
  /** On the sealed test data. */
  readonly test?: EvaluationResult;
}
