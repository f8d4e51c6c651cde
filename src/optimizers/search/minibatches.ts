/**
 * Minibatches over the rounds of a search: every example comes once before any comes again, and no minibatch has one
 * twice. Unlike the training loop's order, a search asks for minibatches whose size and number change with its state,
 * so the examples that are still to come are part of that state.
 */

import { startEpoch } from "../../math/epochs.ts";
import { type Rng, shuffled } from "../../util/rng.ts";

/** The ids that are still to come, in order. JSON; it starts as `[]`. */
export type SamplerState = readonly string[];

/** How many minibatches of how many examples. */
export interface MinibatchCount {
  /** Minibatches are smaller when there are fewer examples. */
  readonly size: number;
  readonly count: number;
}

/** The next minibatches, and the state afterwards. */
export function sampleMinibatches(
  state: SamplerState,
  ids: readonly string[],
  { size, count }: MinibatchCount,
  rng: Rng,
): readonly [minibatches: readonly (readonly string[])[], after: SamplerState] {
  const length = Math.min(size, ids.length);
  const minibatches: (readonly string[])[] = [];
  let left = state;
  for (let at = 0; at < count; at++) {
    if (left.length < length) left = [...left, ...startEpoch(shuffled(ids, rng), left)];
    minibatches.push(left.slice(0, length));
    left = left.slice(length);
  }
  return [minibatches, left];
}
