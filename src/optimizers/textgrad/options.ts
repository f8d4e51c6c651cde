/** The options of textual gradients, with their defaults; and the credit that they give. */

import type { Credit } from "../../graph/credit.ts";
import type { LanguageModel } from "../../llm/llm.ts";
import { counted } from "../../util/answering.ts";
import { TracegradError } from "../../util/errors.ts";
import {
  count,
  must,
  number,
  type OptionTable,
  oneOf,
  optional,
  resolveOptions,
  type SettingsLike,
  text,
  texts,
  unrecorded,
} from "../../util/options.ts";
import { typeName } from "../../util/type-name.ts";
import type { Exchange } from "../algorithm.ts";

/** How textual gradients are carried back: all that decides their texts except the model. */
export interface GradientSettings {
  /**
   * The most model calls of one backward pass. The calls that the operations need are counted before the first is made;
   * the rest may be spent on reducing long feedback. Default: 1,000, far more than a usual graph needs: it keeps a huge
   * one from costing more than you expect.
   */
  readonly maxCalls?: number;
  /** The most characters of one gradient; a longer one is cut around its middle. Default: 2,000. */
  readonly maxTextLength?: number;
  /**
   * Gradients that reach a value from several places are joined as long as they have at most this many characters
   * together. Above, one model call reduces them to a text of `maxTextLength`. Default: 8,000, so that a value that is
   * used in a hundred runs never fills the model's context.
   */
  readonly reduceAbove?: number;
  /** About how many characters of a value are shown, and eight times as many of all inputs. Default: 2,000. */
  readonly maxValueLength?: number;
  /** The most tokens of a prompt, estimated. What is long in it is cut shorter until it fits. Default: 24,000. */
  readonly maxPromptTokens?: number;
  /** The most tokens of a gradient's reply. One that is cut there is not used. Default: 2,048. */
  readonly maxReplyTokens?: number;
  /**
   * What a model judges: `"models"`, the calls in which a model may have answered, which are those that gave a promise
   * (of a graph that was read from JSON, where that is not known, all); or `"all"`, as in the paper, all but structural
   * operators. Through others feedback passes as it is, with the call that it passed. Default: `"models"`.
   */
  readonly judge?: "models" | "all";
  /** Names of operations and bundles that are not judged all the same. Default: none. */
  readonly passThrough?: readonly string[];
  /**
   * The best score: a run that has it asks for nothing, so no call is made for it. Default: the
   * `maxScore` of the feedback, which in `train` is that of the run; without one, no score is the best.
   */
  readonly maxScore?: number;
  /** What to aim at, in words, where the feedback does not say it all. Default: nothing more. */
  readonly objective?: string;
}

/** The options of the backward pass: defaults, checks and records. */
export const gradientTable: OptionTable<GradientSettings, SettingsLike<GradientSettings, "maxScore">> = {
  maxCalls: [1_000, count(0)],
  maxTextLength: [2_000, count()],
  reduceAbove: [8_000, count()],
  maxValueLength: [2_000, count()],
  maxPromptTokens: [24_000, count()],
  maxReplyTokens: [2_048, count()],
  judge: ["models", oneOf("models", "all")],
  passThrough: [[], texts],
  maxScore: [null, optional(number())],
  objective: ["", text],
};

/** Options of {@link textGradient} and {@link semantic}. */
export interface GradientOptions extends GradientSettings {
  /** The model that says how inputs should have been different. */
  readonly llm: LanguageModel;
  /** The most calls under way at once. The result is the same for every number. Default: 8. */
  readonly concurrency?: number;
  /** Sampling temperature. Default: the model's own. */
  readonly temperature?: number;
  /** Aborts the pass: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Where a model gave no usable text, and why. */
export interface GradientFallback {
  /** The node whose inputs were judged, or whose long feedback was to be reduced. */
  readonly node: string;
  /** The input that got the raw feedback on the output instead of a gradient; undefined for a reduction. */
  readonly input: string | undefined;
  readonly reason: string;
}

/** The credit of a textual backward pass: each signal carries its own text and no subgraph. */
export interface TextCredit extends Credit {
  /** The exchanges it took: by level from the output, and within a level in the order of the nodes. */
  readonly exchanges: readonly Exchange[];
  /** Where the raw feedback replaces a gradient; empty when all went well. */
  readonly fallbacks: readonly GradientFallback[];
}

/** @internal The options of a propagator with their defaults. */
export type PropagatorSettings = SettingsLike<GradientOptions, "temperature" | "signal" | "maxScore">;

const propagatorTable = {
  ...gradientTable,
  llm: [null, languageModel],
  concurrency: [8, count(), unrecorded],
  temperature: [null, optional(number(0))],
  signal: [null, optional(must<AbortSignal>("be an AbortSignal", (value) => value instanceof AbortSignal)), unrecorded],
} satisfies OptionTable<GradientOptions>;

/**
 * Checks the options of a propagator and fills in the defaults.
 * @throws TracegradError `bad-option`, `no-model`.
 */
export function propagatorSettings(name: string, options: GradientOptions): PropagatorSettings {
  return resolveOptions(name, options, propagatorTable);
}

function languageModel(_: string, value: unknown, owner: string): LanguageModel {
  if (typeof (value as Partial<LanguageModel> | null)?.generate === "function") return counted(value as LanguageModel);
  const got = typeName(value ?? undefined);
  throw new TracegradError("no-model", `${owner} asks a language model: give one as \`llm\`; got ${got}.`);
}
