/** What can be chosen about MIPROv2, checked, with the defaults filled in. */

import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { requirePositive } from "../../util/require.ts";

/** Options of `mipro`. */
export interface MiproOptions {
  /** Texts and sets of demonstrations that each parameter has to choose among. Default: 6, DSPy's light setting. */
  readonly candidates?: number;
  /**
   * How many choices are judged. Default: the larger of 2 V log2(candidates) and 1.5 candidates, V being the number of
   * parameters to choose for, as in DSPy.
   */
  readonly trials?: number;
  /**
   * Validation examples that a choice is judged on. Default: 35; with no more than that, each choice is judged on all.
   */
  readonly minibatchSize?: number;
  /** After so many minibatch trials the most promising choice is judged on all validation examples. Default: 5. */
  readonly fullEvery?: number;
  /**
   * Choices that are judged at once, without knowing of each other's score. Default: 1, which learns the most from
   * each.
   */
  readonly parallel?: number;
  /** Names of the text parameters to write instructions for. Default: all text parameters. */
  readonly instructions?: readonly string[];
  /** The most demonstrations in a set from runs that went well. Default: 4. */
  readonly maxBootstrapped?: number;
  /** The most that are training examples with their expected output. Default: 4. */
  readonly maxLabeled?: number;
  /** The lowest score of a run that becomes a demonstration. Default: 1. */
  readonly threshold?: number;
}

const names: NamesOf<MiproOptions> = {
  ...{ candidates: true, trials: true, minibatchSize: true, fullEvery: true, parallel: true },
  ...{ instructions: true, maxBootstrapped: true, maxLabeled: true, threshold: true },
};

/** The options with their defaults; `trials` may depend on the candidate. */
export type MiproSettings = Required<Omit<MiproOptions, "trials" | "instructions">> & {
  readonly trials: number | null;
  readonly instructions: readonly string[] | null;
};

/** Checks the options. Throws TracegradError `bad-option`. */
export function miproSettings(options: MiproOptions): MiproSettings {
  requireKnown("mipro", options, names);
  const { candidates = 6, minibatchSize = 35, fullEvery = 5, parallel = 1 } = options;
  const { maxBootstrapped = 4, maxLabeled = 4, threshold = 1, trials = null, instructions = null } = options;
  for (const [name, value] of Object.entries({ candidates, minibatchSize, fullEvery, parallel, maxBootstrapped })) {
    requirePositive(name, value);
  }
  requirePositive("maxLabeled", maxLabeled, { zero: true });
  if (trials !== null) requirePositive("trials", trials);
  if (!Number.isFinite(threshold)) throw new TracegradError("bad-option", "`threshold` is a score, a finite number.");
  return {
    candidates,
    minibatchSize,
    fullEvery,
    parallel,
    maxBootstrapped,
    maxLabeled,
    threshold,
    trials,
    instructions,
  };
}
