/** Which training example comes next: an endless sequence of epochs, decided by the seed alone. */

import { seeded, shuffled } from "../util/rng.ts";
import type { Example } from "./types.ts";

/** How the examples are ordered. */
export interface Order {
  readonly order: "shuffled" | "given";
  readonly seed: number;
}

/** The examples at positions `from` up to, but without, `from + count`, over as many epochs as that takes. */
export function examplesAt(
  examples: readonly Example[],
  { order, seed }: Order,
  { from, count }: { readonly from: number; readonly count: number },
): readonly Example[] {
  const epochs = new Map<number, readonly Example[]>();
  return Array.from({ length: count }, (_, index) => {
    const position = from + index;
    const epoch = Math.floor(position / examples.length);
    let sequence = epochs.get(epoch);
    if (sequence === undefined) {
      // Each epoch has a generator of its own, so the order needs no state in a checkpoint.
      sequence = order === "given" ? examples : shuffled(examples, seeded(`${seed}/${epoch}`));
      epochs.set(epoch, sequence);
    }
    return sequence[position % examples.length] as Example;
  });
}
