/** Instances of online bin packing as FunSearch defines its Weibull set, from a seeded generator of our own. */

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
  const random = randomNumbers(seed);
  return Array.from({ length: itemCount }, () => {
    const size = scale * (-Math.log(1 - random())) ** (1 / shape);
    return Math.min(capacity, Math.max(1, Math.floor(size)));
  });
}

/** The fewest bins that the items could fit into if they could be cut. */
export function lowerBound(items: readonly number[]): number {
  return Math.ceil(items.reduce((sum, size) => sum + size, 0) / capacity);
}

/** Numbers from 0 to below 1, by Mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
