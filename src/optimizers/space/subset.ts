/** The domain of selections from listed items. A point is the rising list of the selected indices. */

import type { Json } from "../../util/decode.ts";
import type { Rng } from "../../util/rng.ts";
import { badSpace, type Domain, type Lengths, oneOf, requireLengths } from "./domain.ts";
import { indexed } from "./listed.ts";

/** Indices below `count`, between `min` and `max` of them. */
interface Selection {
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Some of the given items, as a list in their order. A neighbour has one item more, one less, or one exchanged.
 * @throws TracegradError `bad-space` for an empty list, an item that is there twice, and lengths that cannot be.
 * @example subset(["age", "income", "city"], { min: 1 })
 */
export function subset(items: readonly Json[], lengths: Lengths = {}): Domain {
  const indexOf = indexed("subset", items);
  const { min = 0, max = items.length } = lengths;
  requireLengths("subset", min, max);
  if (max > items.length) throw badSpace(`subset has ${items.length} items, so that max cannot be ${max}.`);
  const selection = { count: items.length, min, max };
  return {
    spec: { kind: "subset", items, min, max },
    random: (rng) => resized([], min + rng.integer(max - min + 1), items.length, rng),
    neighbour: (point, rng) => neighbourOf(point as readonly number[], selection, rng),
    crossover: (a, b, rng) => {
      const parents = [new Set(a as readonly number[]), new Set(b as readonly number[])];
      const taken = [...items.keys()].filter((index) => oneOf(parents, rng).has(index));
      return resized(taken, Math.min(max, Math.max(min, taken.length)), items.length, rng);
    },
    all: () => selections(selection, []),
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

function neighbourOf(chosen: readonly number[], { count, min, max }: Selection, rng: Rng): Json {
  const sizes = [
    ...(chosen.length < max ? [chosen.length + 1] : []),
    ...(chosen.length > min ? [chosen.length - 1] : []),
    ...(chosen.length > 0 && chosen.length < count ? [chosen.length] : []),
  ];
  if (sizes.length === 0) return chosen;
  const size = oneOf(sizes, rng);
  if (size !== chosen.length) return resized(chosen, size, count, rng);
  const added = oneOf(others(chosen, count), rng);
  return [...resized(chosen, size - 1, count, rng), added].sort((a, b) => a - b);
}

/** The chosen indices with some more, or some less, by chance. */
function resized(chosen: readonly number[], size: number, count: number, rng: Rng): number[] {
  const kept = [...chosen];
  while (kept.length > size) kept.splice(rng.integer(kept.length), 1);
  while (kept.length < size) kept.push(oneOf(others(kept, count), rng));
  return kept.sort((a, b) => a - b);
}

function others(chosen: readonly number[], count: number): readonly number[] {
  const taken = new Set(chosen);
  return Array.from({ length: count }, (_, index) => index).filter((index) => !taken.has(index));
}

/** All selections that begin with `begun`. */
function* selections(selection: Selection, begun: readonly number[]): Generator<Json> {
  const { count, min, max } = selection;
  if (begun.length >= min) yield begun;
  if (begun.length === max) return;
  for (let next = (begun.at(-1) ?? -1) + 1; next < count; next++) {
    const isEnough = begun.length + (count - next) >= min;
    if (isEnough) yield* selections(selection, [...begun, next]);
  }
}
