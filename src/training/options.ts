/** The options of `train`: the program, the data, the judge, and the settings of the loop. */

import type { Objective } from "../math/pareto.ts";
import type { Node } from "../nodes/node.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { Search } from "../optimizers/search/search.ts";
import type { LearningTemplate } from "../templates/template.ts";
import type { Json } from "../util/decode.ts";
import type { Outages } from "../util/fault.ts";
import type { Redact, RedactOptions } from "../util/redact.ts";
import type { AcceptanceOptions, Certainty } from "./acceptance/rule.ts";
import type { Split } from "./data/split.ts";
import type { EnvironmentTask } from "./environment-task.ts";
import type { EvaluationCache } from "./evaluation/evaluation-cache.ts";
import type { Executor } from "./execution/executor.ts";
import type { Budget, Guide, Price, RolloutFeedback, ScoredCandidate } from "./types.ts";

/** Default number of executions of the program, and of model calls, at the same time. */
const defaultConcurrency = 8;

/** Which candidate becomes the finalist of a run: it ships if the run's `acceptance` accepts it. */
export type Selection = "bestValidation" | "bestTrain" | "last";

/** When a run ends before its budget is spent. */
export interface StopRules {
  /** Ends the run when the best selection score reaches this value. Default: no goal. */
  readonly goal?: number;
  /** Ends the run when the best selection score has not risen for this many evaluated rounds. Default: no limit. */
  readonly patience?: number;
  /**
   * Ends the run after this many consecutive steps in which no output could be judged: the judge or a provider is
   * failing. Default: 3.
   */
  readonly maxFailedSteps?: number;
  /** Ends a search after this many consecutive rounds without a new candidate. Default: 10. */
  readonly maxIdleRounds?: number;
}

/** When a run returns to its best candidate so far, as in the scripts of the paper's studies. */
export interface RollbackRules {
  /** Returns after a step whose rollouts all failed. Default: false. */
  readonly onFailure?: boolean;
  /**
   * Returns when the score falls below this share of the best score, for example 0.8: when it falls by more than 0.2
   * times the absolute value of the best score. Default: never.
   */
  readonly below?: number;
  /** The number of steps after the best one before `below` applies. Default: 0. */
  readonly after?: number;
}

/** Options of {@link train}. */
export interface TrainOptions<I = unknown, O = unknown, K = unknown> {
  /** The program: a method of a model, a bundle, or any function from an input to a node. Requires a `guide`. */
  readonly agent?: ((input: I) => Node<O> | Promise<Node<O>>) | undefined;
  /** The optimizer. The run trains its parameters. */
  readonly optimizer: Optimizer;
  /** Judges each output of the agent. */
  readonly guide?: Guide<I, O, K> | undefined;
  /**
   * Writes the text on a rollout that the optimizer reads, by its judgement, its step and the rollouts of earlier steps:
   * "Step 3: better than before. …". A guide knows neither step nor other rollouts. It is called in the process of the
   * run, for each rollout with a score, also of a program that failed, and never for an evaluation that only scores a
   * candidate. The text replaces that of the guide in prompts, journal and report; score, objectives and images stay. The
   * same arguments must give the same text. Not together with `environment`: `environmentTask` has its own `feedback` and
   * `judge`. Default: the text of the guide.
   * @example
   * train({
   *   ...options,
   *   feedback: ({ step, score, feedback }, { earlier }) => {
   *     const before = earlier.at(-1)?.score;
   *     const change = before === undefined ? "" : score > before ? "Good improvement! " : "No improvement. ";
   *     return `Step ${step}: ${change}${feedback}`;
   *   },
   * });
   */
  readonly feedback?: RolloutFeedback | undefined;
  /**
   * Replaces `agent` and `guide`: an agent that acts in an environment, made by `environmentTask`. Its scores are total
   * rewards.
   */
  readonly environment?: EnvironmentTask | undefined;
  /** Training, validation and sealed test examples: see `split`, and `seeds` for environments. */
  readonly data: Split<I, K>;
  /**
   * How experiences become updates: each learning item is one step. Default: `interactive()`, one update per example; in
   * an environment, one per step of an episode. An episode goes on with the values that the last update left. In a
   * search, all rollouts of a proposal form one batch, so a template is for environments only; there the updates of a
   * proposal follow one another, and the last result is the candidate.
   */
  readonly template?: LearningTemplate | undefined;
  /**
   * Searches over many candidates instead of stepping from one to the next. The optimizer rewrites the candidates that
   * the search selects. Default: plain steps.
   */
  readonly search?: Search | undefined;
  /**
   * How sure the run must be, when it ends, that the finalist is better than the baseline before it ships it. Default:
   * `likely`; `best` when all validation examples are training examples too.
   */
  readonly acceptance?: Certainty | AcceptanceOptions | undefined;
  /**
   * The highest score that the guide can give. The run then saves what cannot help: it does not call the optimizer when
   * all rollouts reach this score, and it ends with the reason `perfect` when a candidate reaches it on every
   * validation example, or when two passes over the training examples gave nothing to learn. `basicSearch` and
   * `bestOfN` stop evaluating a candidate that can no longer win.
   *
   * Default: 1 for `exactMatch`, `multipleChoice`, `regex` and `llmJudge`, what `code` was given as its `maxScore`, and
   * the value that follows for `weighted`, `all` and `staged` over these; unknown for other guides. Infinity turns this
   * off for any guide. Has no effect together with `objectives`.
   */
  readonly maxScore?: number | undefined;
  /**
   * Other measurements of the guide, besides the score: for searches with several objectives, and for the report.
   * Default: none.
   */
  readonly objectives?: readonly Objective[] | undefined;
  /**
   * Which candidate becomes the finalist. Default: `bestValidation` when there are validation examples, else
   * `bestTrain`.
   */
  readonly selection?: Selection | undefined;
  /** Limits of the run. Default: 10 steps; a search that does not end by itself requires a budget. */
  readonly budget?: Budget | undefined;
  /**
   * The run folder. The same command with the same folder continues where the run ended. Default: the run is in memory
   * only.
   */
  readonly folder?: string | undefined;
  /**
   * Continues the run in the folder although the program, its judge, or something that they use has changed. Use it
   * when the change cannot alter any score, since old and new scores are compared. Default: false, a change is refused.
   */
  readonly acceptChanges?: boolean | undefined;
  /**
   * Removes secrets from everything that the run stores, displays, and sends to the optimizer and the judge: journal,
   * checkpoints, report, DOT, console, prompts. `true` covers the common forms of keys, tokens and connection strings,
   * and the values of secret environment variables. A function is applied after those; `{ forms, also, common }` gives
   * full control. The program sees the replies of models as they are stored. Default: false, nothing is removed.
   */
  readonly redact?: boolean | Redact | RedactOptions | undefined;
  /**
   * The maximum number of executions of the program, and of model calls, at the same time. Default: 8, or what the
   * executor can do.
   */
  readonly concurrency?: number | undefined;
  /**
   * Makes the evaluations in other processes (`processes` from `tracegrad/executors`) or on other machines (`bullmq` from
   * `tracegrad/bullmq`). The result is that of a run without one. Episodes that go on between updates, the optimizer and
   * the search stay in this process. Default: everything runs in this process.
   */
  readonly executor?: Executor | undefined;
  /** Determines the order of the examples, and the random choices of a search. Default: 0. */
  readonly seed?: number | undefined;
  /** Order of the training examples: shuffled by the seed, anew in each epoch, or as given. Default: `shuffled`. */
  readonly order?: "shuffled" | "given" | undefined;
  /** Evaluates on the validation examples every so many steps, and at the start and the end. Default: 1. */
  readonly evaluateEvery?: number | undefined;
  /** Whether a step whose rollouts all failed counts against `budget.steps`. Default: true. */
  readonly countFailedSteps?: boolean | undefined;
  /** When the run ends before its budget is spent. */
  readonly stop?: StopRules | undefined;
  /** When the run returns to its best candidate. Default: never. Not for searches. */
  readonly rollback?: RollbackRules | undefined;
  /** The score of an evaluation in which the program failed. Default: 0. */
  readonly failureScore?: number | undefined;
  /**
   * Whether the feedback on a failed program, which no guide judges, includes the target of the example if that is
   * plain data. Set it to false when the guide hides targets from the optimizer. Default: true.
   */
  readonly showTarget?: boolean | undefined;
  /**
   * Which errors of the program or the guide are outages, in addition to those that the library recognizes, and which
   * are not. An outage is never scored and never reaches the optimizer: the run stops, and continues when it is started
   * again. See `docs/failures.md`. Default: only what the library recognizes.
   */
  readonly outages?: Outages | undefined;
  /**
   * Asked at the end whether the finalist ships, where the run itself would ship it: false ships what shipped before.
   * The run waits for the answer, as long as a person needs; a run that is cancelled meanwhile asks again when it is
   * resumed. What it throws ends the run, which asks again too. Default: nobody is asked.
   */
  readonly approve?: ((request: ApprovalRequest) => boolean | Promise<boolean>) | undefined;
  /** Evaluates the baseline and the shipped candidate on the sealed test set, once, at the end. Default: false. */
  readonly test?: boolean | undefined;
  /**
   * Prices by model name, in US dollars per million tokens. A model that is not named has its list price, where
   * tracegrad knows it (`listPrices`), else an unknown one, which `budget.usd` refuses. Default: none.
   */
  readonly prices?: Readonly<Record<string, Price>> | undefined;
  /** Cancels the run. Finished work is stored, and the run can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** @internal Outcomes that the run shares with the other trials of its study. */
  readonly shared?: EvaluationCache | undefined;
  /** @internal Which trial of its study it is: its choice and its context. */
  readonly trial?: Json | undefined;
}

/** The maximum number of executions at the same time: as given, or the default. */
export function concurrencyOf({ concurrency, executor }: Pick<TrainOptions, "concurrency" | "executor">): number {
  return concurrency ?? executor?.concurrency ?? defaultConcurrency;
}

/** What `approve` is asked about. */
export interface ApprovalRequest {
  /** The candidate that would ship, and the baseline, with their scores. */
  readonly finalist: ScoredCandidate;
  readonly baseline: ScoredCandidate;
  /** Aborted when the run is cancelled. Undefined without a signal. */
  readonly signal: AbortSignal | undefined;
}

/**
 * What the command line passes to the function that a run file exports: spread it into the options of `train`.
 * @example
 * export default (options: RunFileOptions) => train({ agent, optimizer, guide, data, ...options });
 */
export interface RunFileOptions {
  /** `--folder`. */
  readonly folder?: string | undefined;
  /** The `--budget-…` flags. */
  readonly budget?: Budget | undefined;
  /** `--accept-changes`. */
  readonly acceptChanges?: boolean | undefined;
  /** `--redact`. */
  readonly redact?: boolean | undefined;
  /** `--approve`. */
  readonly approve?: TrainOptions["approve"];
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
}

/** What the command line passes to the function that a study file exports: for the options of `study`. */
export interface StudyFileOptions extends RunFileOptions {
  /** `--trials`. */
  readonly trials?: number | undefined;
}
