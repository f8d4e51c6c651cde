/** Options that several searches share, and their checks. */

import { TracegradError } from "../../util/errors.ts";
import { count, must, type OptionCheck, type SettingsOf } from "../../util/options.ts";
import type { SearchSetup } from "./search.ts";

/** How a search has candidates rewritten. */
export interface MinibatchOptions {
  /**
   * How many training examples the model sees with each request. Default: 3, enough to tell a rule from an accident;
   * all of them when there are fewer.
   */
  readonly minibatchSize?: number;
  /**
   * Sampling temperatures that proposals use in turn. Default: the algorithm's. Several of them make proposals from the
   * same rollouts differ.
   */
  readonly temperatures?: readonly number[];
}

/** The table of {@link MinibatchOptions}. */
export const minibatchTable: {
  readonly minibatchSize: readonly [number, OptionCheck<number>];
  readonly temperatures: readonly [readonly number[], OptionCheck<readonly number[]>];
} = {
  minibatchSize: [3, count()],
  temperatures: [[], must("be a list of numbers, each 0 or more", isTemperatures)],
};

function isTemperatures(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => Number.isFinite(one) && one >= 0);
}

/** {@link MinibatchOptions} with their defaults. */
export type MinibatchSettings = SettingsOf<typeof minibatchTable>;

/** How a search evaluates candidates over many rounds. */
export interface ValidationOptions {
  /**
   * How many validation examples a round judges candidates by, other ones each round. Default: 5, or all when there are
   * fewer. Few examples leave budget for many candidates; further rounds add the certainty.
   */
  readonly validationBatchSize?: number;
  /**
   * How many rounds pass before the best candidate by its mean is evaluated on all validation examples, since a run can
   * only end with such a candidate. Default: 1, so that a budget which ends early has something to choose from; more
   * saves evaluations.
   */
  readonly validateEvery?: number;
}

/** The table of {@link ValidationOptions}. */
export const validationTable: {
  readonly validationBatchSize: readonly [number, OptionCheck<number>];
  readonly validateEvery: readonly [number, OptionCheck<number>];
} = { validationBatchSize: [5, count()], validateEvery: [1, count()] };

/** Refuses minibatches that are larger than the data. Throws TracegradError `bad-option`. */
export function checkSizes(
  { minibatchSize = 1, validationBatchSize = 1 }: MinibatchOptions & ValidationOptions,
  { train, validation }: SearchSetup,
): void {
  const sizes = [
    ["minibatchSize", minibatchSize, train.length, "training"],
    ["validationBatchSize", validationBatchSize, validation.length, "validation"],
  ] as const;
  for (const [option, size, count, kind] of sizes) {
    if (size <= count) continue;
    const problem = `\`${option}\` is ${size}, but there are only ${count} ${kind} examples.`;
    throw new TracegradError("bad-option", `${problem} Make it smaller, or leave it out.`);
  }
}
