/** What an optimizer is: two functions and a JSON state, so that a checkpoint is JSON and variants are wrappers. */

import type { Credit } from "../graph/credit.ts";
import type { LanguageModel, ModelReply, ModelRequest } from "../llm/llm.ts";
import type { ParameterUpdate } from "../nodes/commit.ts";
import type { Parameter } from "../nodes/parameter.ts";
import type { Json } from "../util/decode.ts";
import type { Refusal } from "./suggestion.ts";

/** One exchange with a model. */
export interface Exchange {
  readonly request: ModelRequest;
  readonly reply: ModelReply;
}

/** What an algorithm proposes. Nothing is changed yet. */
export interface Proposal {
  /** The changes, all valid; none when the model saw nothing to change or its answer was refused. */
  readonly updates: readonly ParameterUpdate[];
  readonly reasoning: string;
  /** Why the last answer was refused; empty when it was accepted. */
  readonly refused: readonly Refusal[];
  /** What an accepted answer gave that was left out, such as values for unknown names. Default: nothing. */
  readonly dropped?: readonly Refusal[];
  /** The exchanges it took, in order. */
  readonly exchanges: readonly Exchange[];
  /** What people should know, in sentences: a run warns of each once. Default: nothing. */
  readonly notes?: readonly string[];
}

/** What an algorithm gets beside the credit. */
export interface ProposeContext {
  /** The parameters that may be changed. */
  readonly parameters: readonly Parameter[];
  /** Undefined for an optimizer without a model, because its algorithm needs none. */
  readonly llm: LanguageModel | undefined;
  readonly signal: AbortSignal | undefined;
  /** What else a search wants the model to know, such as a summary of other candidates or an idea. */
  readonly note?: string;
  /** Sampling temperature of this step. Default: the algorithm's own. */
  readonly temperature?: number;
  /**
   * Makes this proposal differ from others by the same credit and state, as a search makes them: an algorithm that
   * chooses at random must depend on it. Default: there are no others.
   */
  readonly sampleKey?: string;
}

/** An optimizer as data and functions: pure except for its model calls. */
export interface Algorithm<S extends Json = Json> {
  readonly name: string;
  /** What decides its steps beside its state, for the record of a run. */
  readonly settings?: Json;
  /**
   * The models that it asks beside the optimizer's own, so that a run can check that they have a price. Default: none.
   */
  readonly models?: readonly LanguageModel[];
  /** The state before the first step. */
  init(parameters: readonly Parameter[]): S;
  /** Proposes new values for the credited parameters, and returns the state after the step. */
  propose(credit: Credit, state: S, context: ProposeContext): Promise<readonly [Proposal, S]>;
}
