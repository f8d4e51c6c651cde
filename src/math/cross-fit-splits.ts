/** How cross-fitting splits examples into those that choose a candidate and those that score it. */

import { seeded, shuffled } from "../util/rng.ts";

/** A split of examples, by their indexes: `rest` chooses a candidate, `fold` scores it. */
export interface CrossFitSplit {
  readonly fold: readonly number[];
  readonly rest: readonly number[];
}

const folds = 5;
/** How often the examples are shuffled, so that the estimate does not depend on their order. */
const rounds = 10;

/** The splits of `count` examples: each fifth is the fold once, in each of ten shuffles. Always the same. */
export function crossFitSplits(count: number): readonly CrossFitSplit[] {
  const rng = seeded("cross-fit");
  const indexes = Array.from({ length: count }, (_, at) => at);
  return Array.from({ length: rounds }, () => shuffled(indexes, rng)).flatMap((order) =>
    Array.from({ length: Math.min(folds, count) }, (_, index) => {
      const fold = order.filter((_, at) => at % folds === index);
      const inFold = new Set(fold);
      return { fold, rest: indexes.filter((at) => !inFold.has(at)) };
    }),
  );
}
