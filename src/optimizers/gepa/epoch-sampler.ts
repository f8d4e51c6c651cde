/**
 * GEPA's minibatches: each epoch is shuffled anew and padded to whole minibatches with the examples seen least. It is
 * not the sampler of the other searches, which never repeat an example inside an epoch: this one has to match the
 * reference implementation id by id (a fixture checks it).
 */

import { TracegradError } from "../../util/errors.ts";
import { requireWholeNumber } from "../../util/require.ts";
import { type Rng, shuffled } from "../../util/rng.ts";

/** The state of a sampler. JSON; it starts as {@link noEpoch}. */
export interface EpochState {
  /** From 0; -1 before the first. */
  readonly epoch: number;
  /** The ids of this epoch in order, padded to whole minibatches. */
  readonly order: readonly string[];
}

/** The state before the first minibatch. */
export const noEpoch: EpochState = { epoch: -1, order: [] };

/** Which minibatch to return. */
export interface MinibatchRequest {
  /** How many ids it has; more than there are repeats some. */
  readonly size: number;
  /** The round, from 0. */
  readonly iteration: number;
  /**
   * Which minibatch of the round, from 0: each further one is the next of the epoch, which starts over at its end.
   * Default: 0.
   */
  readonly call?: number;
}

/**
 * The ids, with some repeated at the end so that they make whole minibatches: each time one of those that occur least,
 * the latest first.
 * @throws TracegradError `bad-option` unless `size` is a whole number above 0.
 */
export function paddedOrder(ids: readonly string[], size: number): readonly string[] {
  requireWholeNumber("size", size);
  const missing = ids.length === 0 ? 0 : (size - (ids.length % size)) % size;
  return [...ids, ...Array.from({ length: missing }, (_, at) => ids.at(-1 - (at % ids.length)) as string)];
}

/**
 * The next minibatch, and the state afterwards. A new epoch is shuffled when the last one is used up, and at once when
 * the ids have changed.
 * @throws TracegradError `bad-option` unless `size` is a whole number above 0, `no-examples` without ids.
 */
export function nextMinibatch(
  state: EpochState,
  ids: readonly string[],
  request: MinibatchRequest,
  rng: Rng,
): readonly [readonly string[], EpochState] {
  const { size, iteration, call = 0 } = request;
  requireWholeNumber("size", size);
  requireWholeNumber("iteration", iteration, { zero: true });
  requireWholeNumber("call", call, { zero: true });
  if (ids.length === 0) {
    throw new TracegradError("no-examples", "There are no examples for a minibatch. Give at least one.");
  }
  const epoch = state.epoch < 0 ? 0 : Math.floor((iteration * size) / Math.max(state.order.length, 1));
  const isSame = epoch <= state.epoch && isOrderOf(state.order, ids, size);
  const order = isSame ? state.order : paddedOrder(shuffled(ids, rng), size);
  const from = ((iteration + call) * size) % order.length;
  return [order.slice(from, from + size), isSame ? state : { epoch, order }];
}

function isOrderOf(order: readonly string[], ids: readonly string[], size: number): boolean {
  const known = new Set(order);
  return order.length % size === 0 && known.size === new Set(ids).size && ids.every((id) => known.has(id));
}
