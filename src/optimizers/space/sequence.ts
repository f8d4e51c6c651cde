/** The domain of lists whose items are of one domain. A point is the list of the items' points. */

import type { Json } from "../../util/decode.ts";
import { stableStringify } from "../../util/json.ts";
import { type Rng, shuffled } from "../../util/rng.ts";
import { badSpace, type Domain, type Lengths, product, requireLengths } from "./domain.ts";

/**
 * A list of `min` to `max` items, each of the domain `item`. A neighbour has one item changed, inserted or removed; a
 * crossover begins as one list and continues as the other.
 * @throws TracegradError `bad-space` for invalid lengths.
 * @example sequence(choices(["trim", "lower", "split"]), { min: 1, max: 4 })
 */
export function sequence(item: Domain, lengths: Lengths): Domain {
  const { min = 0, max } = lengths;
  if (max === undefined) throw badSpace("sequence needs a max: the most items of its lists.");
  requireLengths("sequence", min, max);
  return {
    spec: { kind: "sequence", item: item.spec, min, max },
    random: (rng) => Array.from({ length: min + rng.integer(max - min + 1) }, () => item.random(rng)),
    neighbour: (point, rng) => {
      const items = point as readonly Json[];
      const moves = [
        ...(items.length > 0 ? [changeItem] : []),
        ...(items.length < max ? [insertItem] : []),
        ...(items.length > min ? [removeItem] : []),
      ];
      for (const move of shuffled(moves, rng)) {
        const next = move(items, item, rng);
        if (stableStringify(next) !== stableStringify(items)) return next;
      }
      return point;
    },
    crossover: (a, b, rng) => {
      const [head, tail] = [a as readonly Json[], b as readonly Json[]];
      const cut = rng.integer(head.length + 1);
      // As long as the second list, or as the cut when that list is shorter: within the lengths either way.
      return [...head.slice(0, cut), ...tail.slice(cut)];
    },
    all: function* () {
      for (let length = min; length <= max; length++) yield* product(Array.from({ length }, () => () => item.all()));
    },
    valueOf: (point) => (point as readonly Json[]).map((one) => item.valueOf(one)),
    pointOf: (value) => {
      if (!Array.isArray(value) || value.length < min || value.length > max) return undefined;
      const points = value.map((one) => item.pointOf(one));
      return points.every((one) => one !== undefined) ? points : undefined;
    },
  };
}

type SequenceMove = (items: readonly Json[], item: Domain, rng: Rng) => readonly Json[];

const insertItem: SequenceMove = (items, item, rng) =>
  items.toSpliced(rng.integer(items.length + 1), 0, item.random(rng));
const removeItem: SequenceMove = (items, _item, rng) => items.toSpliced(rng.integer(items.length), 1);
const changeItem: SequenceMove = (items, item, rng) => {
  const at = rng.integer(items.length);
  return items.with(at, item.neighbour(items[at] as Json, rng));
};
