/**
 * What a search is: an algorithm over candidates. It decides which candidate to run on which examples, what to rewrite
 * and which candidates to use next. The search context does the work: it runs, judges, asks the model, counts and
 * records.
 */

import type { Feedback } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import type { LanguageModel, ModelReply, ModelRequest } from "../../llm/llm.ts";
import type { Objective } from "../../math/pareto.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import type { Json } from "../../util/decode.ts";
import type { Rng } from "../../util/rng.ts";
import type { Exchange, Proposal } from "../algorithm.ts";
import type { Refusal } from "../suggestion.ts";
import type { Outcome } from "./outcome.ts";

/** A candidate in the pool: values for all trained parameters, and where they came from. */
export interface Candidate {
  /** Hash of the values: equal values, equal id. */
  readonly id: string;
  /** The round in which it came; the baseline has 0. */
  readonly step: number;
  /** Parameter values by name. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The candidates that it was made from; none for the baseline. */
  readonly parents: readonly string[];
  /** How it was made, in a word: `start`, `proposal`, `merge`, `crossover`, … */
  readonly origin: string;
}

/** The traced execution of a candidate on a training example: its outcome, and what there is to learn from it. */
export interface Rollout {
  /** The candidate that ran. */
  readonly candidate: string;
  readonly outcome: Outcome;
  /** Graphs with feedback: one for an input, one for each step of an episode, none when the guide failed. */
  readonly experiences: readonly { readonly graph: Graph; readonly feedback: Feedback; readonly end?: boolean }[];
}

/** Rollouts to make, on training examples. */
export interface RolloutRequest {
  readonly candidate: string;
  /** Ids of training examples. */
  readonly examples: readonly string[];
}

/** Evaluations to make, without a trace. Known outcomes are not computed again. */
export interface EvaluateRequest {
  readonly candidate: string;
  /** Default: `validation`. */
  readonly split?: "train" | "validation";
  /** Ids of examples of that split. Default: all. */
  readonly examples?: readonly string[];
  /** The repeat, from 0. Another repeat evaluates the same examples anew, which says more under noise. Default: 0. */
  readonly repeat?: number;
}

/** A call of the optimizer's algorithm: rewrite `parent` by its rollouts. */
export interface ProposeRequest {
  readonly parent: string;
  /** Of the parent. Nothing is proposed when none has anything to learn from, or all have the maximum score. */
  readonly rollouts: readonly Rollout[];
  /** Names of the parameters that may change; the model sees the others as fixed. Default: all. */
  readonly focus?: readonly string[];
  /** Anything else that the model should know, such as a summary of earlier candidates. */
  readonly note?: string;
  /** Replaces the algorithm's sampling temperature, if it has one. */
  readonly temperature?: number;
  /** How the candidate came to be, for the lineage. Default: `proposal`. */
  readonly origin?: string;
  /** Other candidates that the model sees and should use, for the lineage: the second parent of a crossover. */
  readonly partners?: readonly string[];
  /** The algorithm's memory, for a search that manages it itself. Default: the memory of the parent. */
  readonly memory?: Json;
  /**
   * Makes the proposal differ from others by the same credit and memory; null when there are no others. Default: its
   * call path in the run.
   */
  readonly sampleKey?: string | null;
}

/** The result of a proposal. */
export interface ProposeResult {
  /** The new candidate, or an equal one that was in the pool before; undefined when nothing changed. */
  readonly candidate: Candidate | undefined;
  /** Whether it was not in the pool before. */
  readonly isNew: boolean;
  /** Undefined when there was nothing to learn from, so that no model was asked. */
  readonly proposal: Proposal | undefined;
  /** The algorithm's memory afterwards. */
  readonly memory: Json;
}

/** A candidate that the search made itself, by merging or by its own prompt. */
export interface AddRequest {
  /** New values by parameter name; the other values are those of the first parent. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly parents: readonly string[];
  readonly origin: string;
  /** Why, for the report. */
  readonly reasoning?: string;
  /** The exchanges with a model that led to it, for the report. */
  readonly exchanges?: readonly Exchange[];
}

/** The result of adding a candidate. */
export interface AddResult {
  /** Undefined when a value was refused. */
  readonly candidate: Candidate | undefined;
  readonly isNew: boolean;
  /** Why values do not fit their parameters; none when they do. */
  readonly refused: readonly Refusal[];
}

/**
 * What a search gets to work with. It requests all work in batches: the parts of a batch may run at once, results come
 * in the order of the requests, and the search awaits one batch before it requests the next (a second one meanwhile is
 * refused). So a run is the same at any concurrency, and a killed run can resume inside a round.
 *
 * Every method that runs or asks rejects when a budget does not suffice; let that error pass, the loop saves what is
 * done.
 */
export interface SearchContext extends SearchSetup {
  /** From 1. */
  readonly round: number;
  /** The random numbers of this round: the same when the round is done again. */
  readonly rng: Rng;
  /** The score that leaves nothing to improve on an example; undefined when it is not known. */
  readonly maxScore: number | undefined;
  /** How many evaluations the budget leaves; Infinity without such a budget. */
  readonly evaluationsLeft: number;
  /**
   * Ends the run by its budget when that leaves fewer evaluations. For work that is useful only as a whole, so that no
   * proposal is bought that the run could not score any more.
   * @throws ExternalCallError `budget`; let it pass.
   */
  requireBudget(evaluations: number): void;
  /** A training example as the data has it. Validation examples are not visible to a search. */
  example(id: string): { readonly input: unknown; readonly target: unknown };
  /** All candidates so far, the baseline first. */
  candidates(): readonly Candidate[];
  /** The candidate with that id. Throws TracegradError `unknown-candidate`. */
  candidate(id: string): Candidate;
  /**
   * The known outcomes of a candidate on a split, without running anything: one for each example, in the order of the
   * data, its score the mean over all repeats.
   */
  knownOutcomes(candidate: string, split: "train" | "validation"): readonly Outcome[];
  /** How many evaluations are behind `knownOutcomes`, over all examples. */
  evaluationCount(candidate: string, split: "train" | "validation"): number;
  /** Makes rollouts: runs candidates on training examples with a trace. */
  run(requests: readonly RolloutRequest[]): Promise<readonly (readonly Rollout[])[]>;
  /** Evaluates candidates without a trace. */
  evaluate(requests: readonly EvaluateRequest[]): Promise<readonly (readonly Outcome[])[]>;
  /** Has the optimizer's algorithm rewrite candidates. */
  propose(requests: readonly ProposeRequest[]): Promise<readonly ProposeResult[]>;
  /** Adds candidates that the search made itself. Their values are checked as those of proposals are. */
  add(requests: readonly AddRequest[]): Promise<readonly AddResult[]>;
  /** Asks the optimizer's model for the search itself. Throws TracegradError `no-model` when there is none. */
  ask(requests: readonly ModelRequest[]): Promise<readonly ModelReply[]>;
  /** Warns the user, once. */
  warn(message: string): Promise<void>;
}

/** What is known before a search begins. */
export interface SearchSetup {
  /** Ids of the training and validation examples, in the order of the data. */
  readonly train: readonly string[];
  readonly validation: readonly string[];
  /** Names of the trained parameters, in order. Candidates store values by these names. */
  readonly names: readonly string[];
  /** The parameters by name. Their live values stay those of the baseline: candidates hold values. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** The objectives besides the score; none when there is only the score. */
  readonly objectives: readonly Objective[];
  /** The optimizer's model; undefined when it has none. Call it with `ask`. */
  readonly llm: LanguageModel | undefined;
}

/** What a round returns. */
export interface SearchRound<S extends Json = Json> {
  readonly state: S;
  /** True when the search has nothing more to do. Default: false. */
  readonly done?: boolean;
  /** Whether the round counts against `budget.steps`. Default: true. */
  readonly counted?: boolean;
  /** Whether the round was meant to score a candidate, for the patience of a run. Default: true. */
  readonly evaluated?: boolean;
}

/** An algorithm over candidates, as data and functions: its whole state is JSON, so that a checkpoint is, too. */
export interface Search<S extends Json = Json> {
  /** As in its paper. */
  readonly name: string;
  /** Everything that decides its rounds beside its state, for the record of a run. */
  readonly settings: Json;
  /** Whether it ends by itself. One that does not needs a budget. Default: false. */
  readonly ends?: boolean;
  /** Refuses a setup that it cannot work with, before anything is spent. Throws TracegradError `bad-option`. */
  check?(setup: SearchSetup): void;
  /** The state before the first round. By then the baseline has been evaluated on the validation examples. */
  init(baseline: Candidate): S;
  /** One round. */
  round(state: S, context: SearchContext): Promise<SearchRound<S>>;
}
