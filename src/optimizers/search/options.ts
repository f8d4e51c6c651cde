/** Options that several searches share, and their checks. */

import { TracegradError } from "../../util/errors.ts";
import type { NamesOf } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
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

/** The names of {@link MinibatchOptions}. */
export const minibatchNames: NamesOf<MinibatchOptions> = { minibatchSize: true, temperatures: true };

/** {@link MinibatchOptions} with their defaults. */
export interface MinibatchSettings {
  readonly minibatchSize: number;
  readonly temperatures: readonly number[];
}

/** The options with their defaults. Throws TracegradError `bad-option`. */
export function minibatchSettings({ minibatchSize = 3, temperatures = [] }: MinibatchOptions): MinibatchSettings {
  requirePositive("minibatchSize", minibatchSize);
  const isList = Array.isArray(temperatures);
  const bad = isList ? temperatures.find((one) => !(Number.isFinite(one) && one >= 0)) : temperatures;
  if (!isList || bad !== undefined) {
    throw new TracegradError("bad-option", `\`temperatures\` are numbers, 0 or more; got ${preview(bad)}.`);
  }
  return { minibatchSize, temperatures: [...temperatures] };
}

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

/** The names of {@link ValidationOptions}. */
export const validationNames: NamesOf<ValidationOptions> = { validationBatchSize: true, validateEvery: true };

/** {@link ValidationOptions} with their defaults. */
export type ValidationSettings = Required<ValidationOptions>;

/** The options with their defaults. Throws TracegradError `bad-option`. */
export function validationSettings({
  validationBatchSize = 5,
  validateEvery = 1,
}: ValidationOptions): ValidationSettings {
  requirePositive("validationBatchSize", validationBatchSize);
  requirePositive("validateEvery", validateEvery);
  return { validationBatchSize, validateEvery };
}

/** Throws unless the value is a finite number that is not below `least`. */
export function requireNumber(option: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least) return;
  throw new TracegradError("bad-option", `\`${option}\` is a number, ${least} or more; got ${preview(value)}.`);
}

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
