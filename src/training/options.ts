/** What `train` is told: the program, the data, the judge, and the choices of the loop. */

import type { Objective } from "../math/pareto.ts";
import type { Node } from "../nodes/node.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { Search } from "../optimizers/search/search.ts";
import type { LearningTemplate } from "../templates/template.ts";
import type { Outages } from "../util/fault.ts";
import type { Redact, RedactOptions } from "../util/redact.ts";
import type { AcceptanceOptions, Certainty } from "./acceptance/rule.ts";
import type { Split } from "./data/split.ts";
import type { EnvironmentTask } from "./environment-task.ts";
import type { EvaluationCache } from "./evaluation/evaluation-cache.ts";
import type { Budget, Guide, Price } from "./types.ts";

/** Runs of the agent, and model calls, under way at once when nothing is said. */
export const defaultConcurrency = 8;

/** Which program is the best of a run: the finalist, which ships if the run's `acceptance` takes it. */
export type Selection = "bestValidation" | "bestTrain" | "last";

/** When a run ends before its budget. */
export interface StopRules {
  /** Ends when the score that selects reaches this. */
  readonly goal?: number;
  /** Ends when that score has not risen for so many evaluations. */
  readonly patience?: number;
  /**
   * Ends when so many steps in a row had no evaluation at all: the judge or the world outside is broken. Default: 3.
   */
  readonly maxFailedSteps?: number;
  /** Ends a search when so many rounds in a row led to no new program: nobody has an idea any more. Default: 10. */
  readonly maxIdleRounds?: number;
}

/** When the best program so far takes the place of the current one, as in the scripts of the paper's studies. */
export interface RollbackRules {
  /** After a step whose training runs all failed. Default: false. */
  readonly onFailure?: boolean;
  /**
   * When the score has fallen below this share of the best, for instance 0.8: by more than 0.2 of the size of the best
   * score, whether that is above zero or below. Default: never.
   */
  readonly below?: number;
  /** How many steps after the best one that rule begins to hold. Default: 0. */
  readonly after?: number;
}

/** Options of {@link train}. */
export interface TrainOptions<I = unknown, O = unknown, K = unknown> {
  /** The program: a method of a model, a bundle, any function from an input to a node. Needs a `guide`. */
  readonly agent?: ((input: I) => Node<O> | Promise<Node<O>>) | undefined;
  /** Whose parameters are trained. */
  readonly optimizer: Optimizer;
  /** Judges each output of the agent. */
  readonly guide?: Guide<I, O, K> | undefined;
  /**
   * In the place of agent and guide: an agent that acts in a world, made by `environmentTask`. Scores are total
   * rewards.
   */
  readonly environment?: EnvironmentTask | undefined;
  /** Training, validation and sealed test examples: see `split`, and `seeds` for environments. */
  readonly data: Split<I, K>;
  /**
   * How experiences become updates. Default: `interactive()`, one update an example. In a search all runs of a proposal make one
   * batch: there a template is for environments only.
   */
  readonly template?: LearningTemplate | undefined;
  /**
   * Searches over many programs instead of stepping from one to the next; the optimizer rewrites what the search picks.
   */
  readonly search?: Search | undefined;
  /**
   * How sure the run must be, at its end, that its best candidate is better than the start before it ships it. Default:
   * `likely`; `best` where there are no validation examples beside those of training.
   */
  readonly acceptance?: Certainty | AcceptanceOptions | undefined;
  /**
   * The highest score that the guide can give. A run does not pay for what cannot help then: the optimizer is not asked
   * about training runs that all reach it, and the run ends with the reason `perfect` when a program reaches it on all
   * validation examples, or when all training examples were gone through twice with nothing to learn. `basicSearch` and
   * `bestOfN` stop judging a program that can no longer win. Default: 1 for `exactMatch`, `multipleChoice`, `regex`,
   * `llmJudge`, and for what `weighted`, `all` and `staged` make of these; for other guides it is not known, and
   * nothing is left out. Infinity says the same of any guide. With `objectives` it has no effect.
   */
  readonly maxScore?: number | undefined;
  /** What the guide measures beside the score, for searches that weigh several objectives, and for the report. */
  readonly objectives?: readonly Objective[] | undefined;
  /** Default: `bestValidation` when there is validation data, else `bestTrain`. */
  readonly selection?: Selection | undefined;
  /** Default: 10 steps. A search that does not end by itself needs one. */
  readonly budget?: Budget | undefined;
  /** The run folder. The same command on the same folder goes on where it ended. Default: nothing is kept. */
  readonly folder?: string | undefined;
  /**
   * Whether the run in the folder goes on although its program, its judge or what they use has changed. Say so when the
   * change cannot alter any score: new scores will stand beside old ones. Default: false, so that a change is refused.
   */
  readonly acceptChanges?: boolean | undefined;
  /**
   * Takes secrets out of what the run keeps, shows, and tells the optimizer and the judge: journal, checkpoints,
   * report, DOT, console, prompts. `true` is for the common forms of keys, tokens and connection strings, and the
   * values of secret environment variables; a function is called after those; `{ forms, also, common }` says it in
   * full. Replies of models are seen by the program as they are kept. Default: false, and all of it is kept as it is.
   */
  readonly redact?: boolean | Redact | RedactOptions | undefined;
  /** Runs of the agent, and model calls, under way at once. Default: 8. */
  readonly concurrency?: number | undefined;
  /** Decides the order of the examples. Default: 0. */
  readonly seed?: number | undefined;
  /** Order of the training examples: shuffled anew each epoch by the seed (default), or as given. */
  readonly order?: "shuffled" | "given" | undefined;
  /** Evaluates on the validation data after every so many steps, and at both ends. Default: 1. */
  readonly evaluateEvery?: number | undefined;
  /** Whether a step whose training runs all failed counts against the budget of steps. Default: true. */
  readonly countFailedSteps?: boolean | undefined;
  readonly stop?: StopRules | undefined;
  readonly rollback?: RollbackRules | undefined;
  /** The score of a run whose program failed. Default: 0. */
  readonly failureScore?: number | undefined;
  /**
   * Whether the feedback on a failed run, which no guide judges, tells the target of the example, where that is plain
   * data. Set it to false where the guide keeps targets from the optimizer. Default: true.
   */
  readonly showTarget?: boolean | undefined;
  /**
   * Which errors of the program or the guide are failures of the world outside, in addition to those that the library
   * knows, and which are not. Such a failure is never scored and no optimizer hears of it: the run stops, and goes on
   * when it is started again. See `docs/failures.md`.
   */
  readonly outages?: Outages | undefined;
  /** Reads the sealed test set once, at the end, for the starting artifact and the chosen program. Default: false. */
  readonly test?: boolean | undefined;
  /** Prices by model name, for a budget in dollars. */
  readonly prices?: Readonly<Record<string, Price>> | undefined;
  /** Cancels the run: what is done is kept, and the run can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** @internal Scores that the run shares with the other trials of its study. */
  readonly shared?: EvaluationCache | undefined;
}

/**
 * What the command line gives to the function that a run file exports: spread it into the options of `train`.
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
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
}

/** What the command line gives to the function that a study file exports: for the options of `study`. */
export interface StudyFileOptions extends RunFileOptions {
  /** `--trials`. */
  readonly trials?: number | undefined;
}
