/**
 * What a search is: an algorithm over candidate candidates. It decides which candidate to run on which examples, what
 * to rewrite, and what to keep; the world around it runs, judges, asks, counts and remembers.
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

/** A candidate in the pool: values for all parameters that are trained, and where they came from. */
export interface Candidate {
  /** Hash of the values: equal values, equal id. */
  readonly id: string;
  /** The round in which it came; 0 is the starting artifact. */
  readonly step: number;
  /** Parameter values by name. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The candidates that it was made from; none for the starting artifact. */
  readonly parents: readonly string[];
  /** How it was made, in a word: `start`, `proposal`, `merge`, `crossover`, … */
  readonly origin: string;
}

/** A run of a candidate with its trace: how it went, and what there is to learn from it. */
export interface Rollout {
  /** The candidate that ran. */
  readonly candidate: string;
  readonly outcome: Outcome;
  /** Graphs with feedback: one for an input, one a step for an episode, none when the judge failed. */
  readonly experiences: readonly { readonly graph: Graph; readonly feedback: Feedback; readonly end?: boolean }[];
}

/** Runs to make with a trace, on training examples. */
export interface RolloutRequest {
  readonly candidate: string;
  /** Ids of training examples. */
  readonly examples: readonly string[];
}

/** Runs to judge without a trace. What is known is not run again. */
export interface EvaluateRequest {
  readonly candidate: string;
  /** Default: `validation`. */
  readonly split?: "train" | "validation";
  /** Ids of examples of that split. Default: all. */
  readonly examples?: readonly string[];
  /** The repeat, from 0. Another repeat evaluates the same examples anew, which says more under noise. Default: 0. */
  readonly repeat?: number;
}

/** A call of the optimizer's algorithm: rewrite `parent` by what its rollouts say. */
export interface ProposeRequest {
  readonly parent: string;
  /** Of the parent. Without any that can be learnt from, and where all have the highest score, nothing is proposed. */
  readonly rollouts: readonly Rollout[];
  /** Names of the parameters that may change; the others are shown as fixed. Default: all. */
  readonly focus?: readonly string[];
  /** Anything else that the model should know, such as a summary of what was tried. */
  readonly note?: string;
  /** In the place of the algorithm's sampling temperature, where it has one. */
  readonly temperature?: number;
  /** How the candidate came to be, for the lineage. Default: `proposal`. */
  readonly origin?: string;
  /**
   * Other candidates that the model was told of and should draw on, for the lineage: the second parent of a crossover.
   */
  readonly partners?: readonly string[];
  /** What the algorithm remembers, for a search that keeps this itself. Default: what it remembers of the parent. */
  readonly memory?: Json;
  /**
   * Sets the proposal apart from others by the same credit and memory; null where there are none. Default: its place in
   * the run.
   */
  readonly sampleKey?: string | null;
}

/** What came of a proposal. */
export interface ProposeResult {
  /** The new candidate, or an equal one that was there before; undefined when nothing was changed. */
  readonly candidate: Candidate | undefined;
  /** Whether it was not in the pool before. */
  readonly isNew: boolean;
  /** Undefined when there was nothing to learn from, so that nobody was asked. */
  readonly proposal: Proposal | undefined;
  /** What the algorithm remembers after it. */
  readonly memory: Json;
}

/** A candidate that the search made by itself, by merging or by a prompt of its own. */
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

/** What came of a candidate that the search made. */
export interface AddResult {
  /** Undefined when a value was refused. */
  readonly candidate: Candidate | undefined;
  readonly isNew: boolean;
  /** Why values do not fit their parameters; none when they do. */
  readonly refused: readonly Refusal[];
}

/**
 * What a search works with. All work is given in batches: whatever is in one batch may be done at once, results come in
 * the order of the requests, and one batch is awaited before the next is given (a second one meanwhile is refused). So
 * a run is the same at any concurrency, and a killed one can be taken up inside a round.
 *
 * Every method that runs or asks rejects when a budget does not reach; let that pass, the loop keeps what is done.
 */
export interface SearchContext {
  /** From 1. */
  readonly round: number;
  /** Ids of the training and validation examples, as the data has them. */
  readonly train: readonly string[];
  readonly validation: readonly string[];
  /** Names of the trained parameters, in order; values of candidates go by these. */
  readonly names: readonly string[];
  /** The parameters by name. Their live values are those of the starting artifact all along: candidates hold values. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** What is aimed at beside the score; none when there is only the score. */
  readonly objectives: readonly Objective[];
  /** Chance of this round: the same when the round is done again. */
  readonly rng: Rng;
  /** The score that leaves nothing to improve on an example; undefined where none is known. */
  readonly maxScore: number | undefined;
  /** The optimizer's model, undefined when it has none. Ask it by `ask`. */
  readonly llm: LanguageModel | undefined;
  /** How many evaluations the budget leaves; Infinity without such a budget. */
  readonly evaluationsLeft: number;
  /**
   * Ends the run by its budget when that leaves fewer evaluations: for work that is of use only when all of it fits, so
   * that no proposal is bought that could not be scored any more.
   * @throws ExternalCallError `budget`; let it pass.
   */
  requireBudget(runs: number): void;
  /** A training example as the data has it. Validation examples stay behind the wall. */
  example(id: string): { readonly input: unknown; readonly target: unknown };
  /** All candidates so far, the starting artifact first. */
  candidates(): readonly Candidate[];
  /** The candidate with that id. Throws TracegradError `unknown-candidate`. */
  candidate(id: string): Candidate;
  /**
   * All that is known of a candidate on a split, without running anything: one outcome an example, in the order of the
   * data, its score the mean over all visits.
   */
  knownOutcomes(candidate: string, split: "train" | "validation"): readonly Outcome[];
  /** How many judged visits are behind `known`, over all examples. */
  evaluationCount(candidate: string, split: "train" | "validation"): number;
  /** Runs candidates on training examples with a trace. */
  run(requests: readonly RolloutRequest[]): Promise<readonly (readonly Rollout[])[]>;
  /** Judges candidates without a trace. */
  evaluate(requests: readonly EvaluateRequest[]): Promise<readonly (readonly Outcome[])[]>;
  /** Has the optimizer's algorithm rewrite candidates. */
  propose(requests: readonly ProposeRequest[]): Promise<readonly ProposeResult[]>;
  /** Enters candidates that the search made by itself. Their values are checked as proposals are. */
  add(requests: readonly AddRequest[]): Promise<readonly AddResult[]>;
  /** Asks the optimizer's model something of the search's own. Throws TracegradError `no-model` when there is none. */
  ask(requests: readonly ModelRequest[]): Promise<readonly ModelReply[]>;
  /** Tells people something, once. */
  warn(message: string): Promise<void>;
}

/** What is known before a search begins, for its checks. */
export interface SearchSetup {
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly names: readonly string[];
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly objectives: readonly Objective[];
  readonly llm: LanguageModel | undefined;
}

/** What a round leaves. */
export interface SearchRound<S extends Json = Json> {
  readonly state: S;
  /** True when the search has nothing more to do. Default: false. */
  readonly done?: boolean;
  /** Whether the round counts against `budget.steps`. Default: true. */
  readonly counted?: boolean;
  /** Whether it was to score a candidate, for the patience of a run. Default: true. */
  readonly evaluated?: boolean;
}

/**
 * An algorithm over candidate candidates, as data and functions: its whole state is JSON, so that a checkpoint is, too.
 */
export interface Search<S extends Json = Json> {
  /** As in its paper. */
  readonly name: string;
  /** All that decides its rounds beside its state, for the record of a run. */
  readonly settings: Json;
  /** Whether it comes to an end by itself. One that does not needs a budget. Default: false. */
  readonly ends?: boolean;
  /** Refuses, before anything is spent, what it cannot work with. Throws TracegradError `bad-option`. */
  check?(setup: SearchSetup): void;
  /** The state before the first round. The starting artifact has been scored on the validation examples by then. */
  init(start: Candidate): S;
  /** One round. */
  round(state: S, context: SearchContext): Promise<SearchRound<S>>;
}
