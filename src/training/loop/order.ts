/**
 * Which training examples come next: an endless sequence of epochs, decided by the seed alone, with no example twice in
 * a batch.
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

/** How many examples a batch takes: as many as the template wants, and each at most once. */
export function batchSize(wants: number, examples: readonly Example[]): number {
  return Math.min(wants, examples.length);
}

/** What people should know of a template that wants more examples than there are, in sentences. */
export function batchWarnings(wants: number, examples: readonly Example[]): readonly string[] {
  const { length } = examples;
  if (wants <= length) return [];
  return [
    `The template wants ${wants} examples a step and there are ${length} for training: a step takes each of them once. ` +
      "Copies would cost money and teach nothing.",
  ];
}

/**
 * The examples of a batch: those at the positions `from` up to, but without, `from + count`, at most all of them. Where
 * a batch goes on into the next epoch, what it has already of this one comes later in that epoch.
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

/** How the sequence is cut into batches. */
interface Cut {
  readonly size: number;
  /** Where the first whole batch begins. */
  readonly offset: number;
}

interface Known {
  readonly epoch: number;
  readonly sequence: readonly Example[];
}

/**
 * The last epochs that were asked for, by data and by how they are ordered and cut: each is made from the one before
 * it.
 */
const lastOf = new WeakMap<readonly Example[], Map<string, Known>>();

function epochsOf(
  examples: readonly Example[],
  { order, seed }: Order,
  cut: Cut,
): (epoch: number) => readonly Example[] {
  const known = getOrSet(lastOf, examples, () => new Map<string, Known>());
  const key = `${order} ${seed} ${cut.size} ${cut.offset}`;
  // Each epoch has a generator of its own, so the order needs no state in a checkpoint.
  const raw = (epoch: number) => (order === "given" ? examples : shuffled(examples, seeded(`${seed}/${epoch}`)));
  const made = new Map<number, readonly Example[]>();
  return (wanted) => {
    const earlier = made.get(wanted);
    if (earlier !== undefined) return earlier;
    const last = known.get(key);
    let { epoch, sequence } = last !== undefined && last.epoch <= wanted ? last : { epoch: 0, sequence: raw(0) };
    while (epoch < wanted) {
      epoch += 1;
      sequence = following(sequence, raw(epoch), { ...cut, begins: epoch * examples.length });
    }
    made.set(wanted, sequence);
    known.set(key, { epoch, sequence });
    return sequence;
  };
}

/** `next`, begun so that the batch across the border has no example twice. */
function following(
  before: readonly Example[],
  next: readonly Example[],
  { size, offset, begins }: Cut & { readonly begins: number },
): readonly Example[] {
  const had = (begins - offset + size) % size;
  return had === 0 ? next : startEpoch(next, before.slice(before.length - had), size - had);
}
