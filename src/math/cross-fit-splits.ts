/** How cross-fitting splits examples into those that choose a candidate and those that score it. */

import { seeded, shuffled } from "../util/rng.ts";

/** A split of examples, by their indexes: `rest` chooses, `held` scores what was chosen. */
export interface CrossFitSplit {
  readonly held: readonly number[];
  readonly rest: readonly number[];
}

const folds = 5;
/** The folds are drawn so often, so that the estimate does not hang on the order of the examples. */
const rounds = 10;

/** The splits of so many examples: each fifth is held once, and that ten times over. The same each time. */
export function crossFitSplits(count: number): readonly CrossFitSplit[] {
  const rng = seeded("cross-fit");
  const indexes = Array.from({ length: count }, (_, at) => at);
  return Array.from({ length: rounds }, () => shuffled(indexes, rng)).flatMap((order) =>
    Array.from({ length: Math.min(folds, count) }, (_, fold) => {
      const held = order.filter((_, at) => at % folds === fold);
      const isHeld = new Set(held);
      return { held, rest: indexes.filter((at) => !isHeld.has(at)) };
    }),
  );
}
