/** Seeds of episodes as a data set: what environments are trained, validated and tested on. */

import { type Split, split } from "./split.ts";

/** The seeds for each part. */
export interface Seeds {
  /** At least one. */
  readonly train: readonly number[];
  /** Default: none. */
  readonly validation?: readonly number[];
  /** Default: none. */
  readonly test?: readonly number[];
}

/**
 * Seeds of episodes in three parts that share none.
 * @throws TracegradError as {@link split} does.
 * @example
 * const data = seeds({ train: [1, 2, 3], validation: [11, 12] });
 */
export function seeds({ train, validation = [], test = [] }: Seeds): Split<number, number> {
  const rows = [...train, ...validation, ...test].map((seed) => ({ id: `seed ${seed}`, input: seed, target: seed }));
  return split(rows, { train: train.length, validation: validation.length });
}
