/** The options of textual gradients, with their defaults, and what comes out: a credit that tells what it took. */

import type { Credit } from "../../graph/credit.ts";
import type { LanguageModel } from "../../llm/llm.ts";
import { counted } from "../../util/answering.ts";
import { TracegradError } from "../../util/errors.ts";
import type { NamesOf } from "../../util/known-names.ts";
import { requirePositive } from "../../util/require.ts";
import { typeName } from "../../util/type-name.ts";
import type { Exchange } from "../algorithm.ts";

/** How textual gradients are carried back. All that decides their texts, but for the model. */
export interface GradientSettings {
  /**
   * The most model calls of one backward pass. The calls that the operations need are counted before the first is made;
   * what is left may be spent on reducing long feedback. Default: 1,000, far more than a usual graph needs: a guard
   * against paying for a huge one unawares.
   */
  readonly maxCalls?: number;
  /** The most characters of one gradient; a longer one is cut around its middle. Default: 2,000. */
  readonly maxTextLength?: number;
  /**
   * Up to how many characters the gradients that reach a value from several places are put together as they are. Above,
   * one model call reduces them to a text of `maxTextLength`. Default: 8,000, so that a value that is used in a hundred
   * runs never fills the model's context.
   */
  readonly reduceAbove?: number;
  /** About how many characters are shown of a value; of all inputs together eight times as many. Default: 2,000. */
  readonly maxValueLength?: number;
  /** The most tokens of a gradient's reply. One that is cut there is not used. Default: 2,048. */
  readonly maxReplyTokens?: number;
  /**
   * Names of operations and bundles through which feedback passes unchanged, beside the structural operators. Default:
   * none.
   */
  readonly passThrough?: readonly string[];
}

/** The names of {@link GradientSettings}. */
export const gradientNames: NamesOf<GradientSettings> = {
  ...{ maxCalls: true, maxTextLength: true, reduceAbove: true },
  ...{ maxValueLength: true, maxReplyTokens: true, passThrough: true },
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
  /** The node whose inputs were judged, or on which long feedback was to be reduced. */
  readonly node: string;
  /** The input that got the raw feedback on the output in the place of a gradient; undefined for a reduction. */
  readonly input: string | undefined;
  readonly reason: string;
}

/** The credit of a textual backward pass: each signal carries a text of its own and no subgraph. */
export interface TextCredit extends Credit {
  /** The exchanges it took: by level from the output, in a level in the order of the nodes. */
  readonly exchanges: readonly Exchange[];
  /** Where the raw feedback stands in for a gradient; empty when all went well. */
  readonly fallbacks: readonly GradientFallback[];
}

/** @internal The options with their defaults. */
export interface CarrySettings extends Required<GradientSettings> {
  readonly llm: LanguageModel;
  readonly concurrency: number;
  readonly temperature: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The settings with their defaults. Throws TracegradError `bad-option` that names the first that cannot be. */
export function gradientSettings(settings: GradientSettings): Required<GradientSettings> {
  const { maxCalls = 1_000, maxTextLength = 2_000, reduceAbove = 8_000, maxValueLength = 2_000 } = settings;
  const { maxReplyTokens = 2_048, passThrough = [] } = settings;
  const counts = { maxTextLength, reduceAbove, maxValueLength, maxReplyTokens };
  for (const [option, value] of Object.entries(counts)) requirePositive(option, value);
  requirePositive("maxCalls", maxCalls, { zero: true });
  if (!Array.isArray(passThrough) || !passThrough.every((name) => typeof name === "string")) {
    throw new TracegradError(
      "bad-option",
      `\`passThrough\` is a list of names of operations; got ${typeName(passThrough)}.`,
    );
  }
  return { ...counts, maxCalls, passThrough };
}

/** The options of a propagator with their defaults. */
export function carrySettings(name: string, options: GradientOptions): CarrySettings {
  const { llm, concurrency = 8, temperature, signal } = options;
  if (typeof llm?.generate !== "function") {
    throw new TracegradError("no-model", `${name} asks a language model: give one as \`llm\`; got ${typeName(llm)}.`);
  }
  requirePositive("concurrency", concurrency);
  return { ...gradientSettings(options), llm: counted(llm), concurrency, temperature, signal };
}
