/** MIPROv2's options, with their defaults and checks. */

import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { requirePositive } from "../../util/require.ts";

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

const names: NamesOf<MiproOptions> = {
  ...{ candidates: true, trials: true, minibatchSize: true, fullEvery: true, parallel: true },
  ...{ instructions: true, maxBootstrapped: true, maxLabeled: true, threshold: true },
};

/** The options with their defaults. The default of `trials` depends on the program, so it stays null. */
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
