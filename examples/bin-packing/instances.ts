/** Instances of online bin packing as FunSearch defines its Weibull set, from a seeded generator of our own. */

import { randomNumbers } from "../shared/random.ts";

/** Sizes of items and the capacity of a bin are whole numbers up to this. */
export const capacity = 100;
/** Items of one instance. */
const itemCount = 5_000;
/** Of the Weibull distribution of the sizes. */
const [scale, shape] = [45, 3];

const range = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);

/** The seeds of the instances that rules are learned from and chosen by: the first five, and the next ten. */
export const learningSeeds = range(1, 15);
/** The seeds of the sealed instances. */
export const testSeeds = range(16, 20);

/**
 * The sizes of the items in their order: Weibull(45, 3), cut to whole numbers from 1 to 100. The same seed gives the same
 * items.
 */
export function itemsOf(seed: number): readonly number[] {
  const random = randomNumbers(Math.imul(seed, 0x9e3779b9));
  return Array.from({ length: itemCount }, () => {
    const size = scale * (-Math.log(1 - random())) ** (1 / shape);
    return Math.min(capacity, Math.max(1, Math.floor(size)));
  });
}

/** The fewest bins that the items could fit into if they could be cut. */
export function lowerBound(items: readonly number[]): number {
  return Math.ceil(items.reduce((sum, size) => sum + size, 0) / capacity);
}
