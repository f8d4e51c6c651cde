/**
 * Minibatches over the rounds of a search: every example comes once before any comes again, and no minibatch holds one
 * twice.
 */

import { type Rng, shuffled } from "../../util/rng.ts";

/** The ids that have still to come, in their order. JSON; it starts as `[]`. */
export type Draws = readonly string[];

/** How many minibatches of how many examples. */
export interface DrawRequest {
  /** Minibatches are smaller where there are fewer examples. */
  readonly size: number;
  readonly count: number;
}

/** The next minibatches, and what has still to come after them. */
export function draw(
  waiting: Draws,
  ids: readonly string[],
  { size, count }: DrawRequest,
  rng: Rng,
): readonly [minibatches: readonly (readonly string[])[], after: Draws] {
  const most = Math.min(size, ids.length);
  const minibatches: (readonly string[])[] = [];
  let left = waiting;
  for (let at = 0; at < count; at++) {
    if (left.length < most) left = [...left, ...nextEpoch(left, ids, rng)];
    minibatches.push(left.slice(0, most));
    left = left.slice(most);
  }
  return [minibatches, left];
}

/** All ids in random order, those that are about to come last. */
function nextEpoch(waiting: Draws, ids: readonly string[], rng: Rng): readonly string[] {
  const soon = new Set(waiting);
  const order = shuffled(ids, rng);
  return [...order.filter((id) => !soon.has(id)), ...order.filter((id) => soon.has(id))];
}
