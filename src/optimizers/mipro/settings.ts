/** MIPROv2's options, with their defaults and checks. */

import type { Json } from "../../util/decode.ts";
import {
  count,
  number,
  type OptionTable,
  optional,
  recordSettings,
  resolveOptions,
  texts,
} from "../../util/options.ts";

/** Options of `mipro`. */
export interface MiproOptions {
  /** How many texts or sets of demonstrations each parameter has to choose from. Default: 6, DSPy's light setting. */
  readonly candidates?: number;
  /**
   * How many choices are evaluated. Default: the larger of 2 V log2(candidates) and 1.5 candidates, where V is the
   * number of parameters to choose for, as in DSPy.
   */
  readonly trials?: number;
  /** How many validation examples a choice is evaluated on. Default: 35, or all when there are fewer. */
  readonly minibatchSize?: number;
  /** How many trials pass before the most promising choice is evaluated on all validation examples. Default: 5. */
  readonly fullEvery?: number;
  /** How many choices are evaluated at once, without each other's score. Default: 1, which learns most from each. */
  readonly parallel?: number;
  /** Names of the text parameters to write instructions for. Default: all text parameters. */
  readonly instructions?: readonly string[];
  /** The most demonstrations in a set that come from successful rollouts. Default: 4. */
  readonly maxBootstrapped?: number;
  /** The most demonstrations in a set that are training examples with their expected output. Default: 4. */
  readonly maxLabeled?: number;
  /** The lowest score of a rollout that becomes a demonstration. Default: 1. */
  readonly threshold?: number;
}

const table = {
  candidates: [6, count()],
  // Null: it depends on the number of parameters.
  trials: [null, optional(count())],
  minibatchSize: [35, count()],
  fullEvery: [5, count()],
  parallel: [1, count()],
  // Null: all text parameters.
  instructions: [null, optional(texts)],
  maxBootstrapped: [4, count()],
  maxLabeled: [4, count(0)],
  threshold: [1, number()],
} satisfies OptionTable<MiproOptions>;

/** The options with their defaults. */
export type MiproSettings = Required<Omit<MiproOptions, "trials" | "instructions">> & {
  readonly trials: number | null;
  readonly instructions: readonly string[] | null;
};

/** Fills in the defaults. Throws TracegradError `bad-option`. */
export function miproSettings(options: MiproOptions): MiproSettings {
  return resolveOptions("mipro", options, table);
}

/** The settings for the record of a run. */
export function recordedMipro(settings: MiproSettings): Json {
  return recordSettings(settings, table);
}
