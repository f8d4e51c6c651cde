/**
 * Which training examples come next: an endless sequence of epochs that depends only on the seed, with no example twice
 * in a batch.
 */

import { startEpoch } from "../../math/epochs.ts";
import { getOrSet } from "../../util/collections.ts";
import { seeded, shuffled } from "../../util/rng.ts";
import type { Example } from "../types.ts";

/** How the examples are ordered. */
export interface Order {
  readonly order: "shuffled" | "given";
  readonly seed: number;
}

/** The number of examples in a batch: as many as the template wants, each at most once. */
export function batchSize(wants: number, examples: readonly Example[]): number {
  return Math.min(wants, examples.length);
}

/** Warnings about a template that wants more examples than there are, in sentences. */
export function batchWarnings(wants: number, examples: readonly Example[]): readonly string[] {
  const { length } = examples;
  if (wants <= length) return [];
  return [
    `The template wants ${wants} examples a step but there are ${length} training examples, so a step uses each of ` +
      "them once. " +
      "Copies would cost money and teach nothing.",
  ];
}

/**
 * The examples of a batch: those at the positions from `from` to before `from + count`, at most all of them. If a batch
 * extends into the next epoch, examples that it already has come later in that epoch.
 */
export function examplesAt(
  examples: readonly Example[],
  { order, seed }: Order,
  { from, count }: { readonly from: number; readonly count: number },
): readonly Example[] {
  const { length } = examples;
  const size = batchSize(count, examples);
  const epochs = epochsOf(examples, { order, seed }, { size, offset: from % size });
  return Array.from({ length: size }, (_, index) => {
    const position = from + index;
    return epochs(Math.floor(position / length))[position % length] as Example;
  });
}

/** How the sequence is divided into batches. */
interface BatchCut {
  readonly size: number;
  /** The position of the first whole batch. */
  readonly offset: number;
}

interface CachedEpoch {
  readonly epoch: number;
  readonly sequence: readonly Example[];
}

/** The latest epochs, by data, order and division into batches: each is made from the one before it. */
const lastOf = new WeakMap<readonly Example[], Map<string, CachedEpoch>>();

function epochsOf(
  examples: readonly Example[],
  { order, seed }: Order,
  cut: BatchCut,
): (epoch: number) => readonly Example[] {
  const known = getOrSet(lastOf, examples, () => new Map<string, CachedEpoch>());
  const key = `${order} ${seed} ${cut.size} ${cut.offset}`;
  // Each epoch has its own generator, so the order needs no state in a checkpoint.
  const raw = (epoch: number) => (order === "given" ? examples : shuffled(examples, seeded(`${seed}/${epoch}`)));
  const cache = new Map<number, readonly Example[]>();
  return (wanted) => {
    const earlier = cache.get(wanted);
    if (earlier !== undefined) return earlier;
    const last = known.get(key);
    let { epoch, sequence } = last !== undefined && last.epoch <= wanted ? last : { epoch: 0, sequence: raw(0) };
    while (epoch < wanted) {
      epoch += 1;
      sequence = continueEpoch(sequence, raw(epoch), { ...cut, begins: epoch * examples.length });
    }
    cache.set(wanted, sequence);
    known.set(key, { epoch, sequence });
    return sequence;
  };
}

/**
 * `next`, with the examples that the batch across the border already has moved behind those that it takes from `next`.
 */
function continueEpoch(
  before: readonly Example[],
  next: readonly Example[],
  { size, offset, begins }: BatchCut & { readonly begins: number },
): readonly Example[] {
  const had = (begins - offset + size) % size;
  return had === 0 ? next : startEpoch(next, before.slice(before.length - had), size - had);
}
