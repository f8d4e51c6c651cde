/** The domain of selections from listed items. A point is the ascending list of the selected indices. */

import type { Json } from "../../util/decode.ts";
import type { Rng } from "../../util/rng.ts";
import { badSpace, type Domain, type Lengths, requireLengths, sampleItem } from "./domain.ts";
import { indexLookup } from "./listed.ts";

/** Indices below `count`, between `min` and `max` of them. */
interface SubsetRange {
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Some of the given items, as a list in their order. A neighbour has one item more, one less, or one exchanged.
 * @throws TracegradError `bad-space` for an empty list, a repeated item, and invalid lengths.
 * @example subset(["age", "income", "city"], { min: 1 })
 */
export function subset(items: readonly Json[], lengths: Lengths = {}): Domain {
  const indexOf = indexLookup("subset", items);
  const { min = 0, max = items.length } = lengths;
  requireLengths("subset", min, max);
  if (max > items.length) throw badSpace(`subset has ${items.length} items, fewer than its max of ${max}.`);
  const range = { count: items.length, min, max };
  return {
    spec: { kind: "subset", items, min, max },
    random: (rng) => resize([], min + rng.integer(max - min + 1), items.length, rng),
    neighbour: (point, rng) => neighbourOf(point as readonly number[], range, rng),
    crossover: (a, b, rng) => {
      const parents = [new Set(a as readonly number[]), new Set(b as readonly number[])];
      const taken = [...items.keys()].filter((index) => sampleItem(parents, rng).has(index));
      return resize(taken, Math.min(max, Math.max(min, taken.length)), items.length, rng);
    },
    all: () => selections(range, []),
    valueOf: (point) => (point as readonly number[]).map((index) => items[index] as Json),
    pointOf: (value) => {
      if (!Array.isArray(value) || value.length < min || value.length > max) return undefined;
      const found = value.map(indexOf).filter((index) => index !== undefined);
      // In the order of the items, and so none twice.
      const isRising = found.every((index, at) => at === 0 || index > (found[at - 1] as number));
      return isRising && found.length === value.length ? found : undefined;
    },
  };
}

function neighbourOf(chosen: readonly number[], { count, min, max }: SubsetRange, rng: Rng): Json {
  const sizes = [
    ...(chosen.length < max ? [chosen.length + 1] : []),
    ...(chosen.length > min ? [chosen.length - 1] : []),
    ...(chosen.length > 0 && chosen.length < count ? [chosen.length] : []),
  ];
  if (sizes.length === 0) return chosen;
  const size = sampleItem(sizes, rng);
  if (size !== chosen.length) return resize(chosen, size, count, rng);
  const added = sampleItem(others(chosen, count), rng);
  return [...resize(chosen, size - 1, count, rng), added].sort((a, b) => a - b);
}

/** The chosen indices with random ones added or removed. */
function resize(chosen: readonly number[], size: number, count: number, rng: Rng): number[] {
  const indices = [...chosen];
  while (indices.length > size) indices.splice(rng.integer(indices.length), 1);
  while (indices.length < size) indices.push(sampleItem(others(indices, count), rng));
  return indices.sort((a, b) => a - b);
}

function others(chosen: readonly number[], count: number): readonly number[] {
  const taken = new Set(chosen);
  return Array.from({ length: count }, (_, index) => index).filter((index) => !taken.has(index));
}

/** All selections that begin with `begun`. */
function* selections(range: SubsetRange, begun: readonly number[]): Generator<Json> {
  const { count, min, max } = range;
  if (begun.length >= min) yield begun;
  if (begun.length === max) return;
  for (let next = (begun.at(-1) ?? -1) + 1; next < count; next++) {
    const isEnough = begun.length + (count - next) >= min;
    if (isEnough) yield* selections(range, [...begun, next]);
  }
}
