/** Online bin packing by a table of preferences is bin packing, and the instances are as FunSearch defines them. */

import { trace } from "tracegrad";
import { expect, test } from "vitest";
import { pack_online, preferences } from "../../../examples/bin-packing/agent.ts";
import { capacity, itemsOf, lowerBound, testSeeds } from "../../../examples/bin-packing/instances.ts";
import { firstFit, packOnline } from "../../../examples/bin-packing/packing.ts";
import { excessOf, judgeBins, worstExcess } from "../../../examples/bin-packing/score.ts";

const sizes = Array.from({ length: capacity + 1 }, (_, size) => size);
const rule = (preference: (size: number, space: number) => number) =>
  sizes.map((size) => sizes.map((space) => preference(size, space)));
const bestFit = rule((size, space) => size - space);

/** Best fit as it is usually written: over a list of bins. */
function bestFitOverBins(items: readonly number[]): readonly number[] {
  const spaces: number[] = [];
  for (const size of items) {
    let chosen = -1;
    for (const [at, space] of spaces.entries()) {
      if (space >= size && (chosen < 0 || space < (spaces[chosen] as number))) chosen = at;
    }
    if (chosen < 0) spaces.push(capacity - size);
    else spaces[chosen] = (spaces[chosen] as number) - size;
  }
  return spaces;
}

test("best fit as preferences is best fit", () => {
  for (const seed of [1, 2, 3]) {
    const spaces = bestFitOverBins(itemsOf(seed));
    const { bins, endedWith } = packOnline(itemsOf(seed), bestFit);
    expect(bins).toBe(spaces.length);
    for (const space of sizes) expect(endedWith[space] ?? 0).toBe(spaces.filter((one) => one === space).length);
  }
});

test("whatever the rule, all items are packed, and no bin holds more than its capacity", () => {
  for (const preference of [
    () => 0,
    (size: number, space: number) => space - size,
    (size: number, space: number) => (size * space) % 7,
  ]) {
    const items = itemsOf(4);
    const { bins, endedWith } = packOnline(items, rule(preference));
    const free = endedWith.reduce((sum, count, space) => sum + count * space, 0);
    expect(bins * capacity - free).toBe(items.reduce((sum, size) => sum + size, 0));
    expect(bins).toBeGreaterThanOrEqual(lowerBound(items));
  }
});

test("first fit takes the oldest bin with room", () => {
  expect(firstFit([60, 70, 30, 40, 30])).toBe(3);
  expect(firstFit([60, 70, 40, 30])).toBe(2);
});

test("first and best fit come out near FunSearch's table on instances of our own generator", () => {
  const excess = (binsFor: (items: readonly number[]) => number) =>
    testSeeds.map((seed) => excessOf(binsFor(itemsOf(seed)), lowerBound(itemsOf(seed)))).reduce((a, b) => a + b) /
    testSeeds.length;
  // 4.23 and 3.98 on its own five instances.
  expect(Math.abs(excess(firstFit) - 4.23)).toBeLessThan(0.2);
  expect(Math.abs(excess((items) => packOnline(items, bestFit).bins) - 3.98)).toBeLessThan(0.2);
});

test("the start is best fit, and an incomplete rule is an error that says which entry is missing", () => {
  const graph = trace(() => pack_online(preferences(capacity), 7));
  expect(graph.value?.bins).toBe(packOnline(itemsOf(7), bestFit).bins);
  const broken = trace(() => pack_online(bestFit.slice(0, 90), 7));
  expect(String(broken.error?.message)).toContain("preferences[90][90] is missing");
});

test("the score is the negated excess, and no worse than the worst", () => {
  const endedWith = [90, 10];
  expect(judgeBins({ bins: 102, lowerBound: 100, endedWith }).score).toBeCloseTo(-2, 10);
  expect(judgeBins({ bins: 102, lowerBound: 100, endedWith }).text).toContain("- 10 bins with 1 free: 10");
  expect(judgeBins({ bins: 200, lowerBound: 100, endedWith }).score).toBe(-worstExcess);
});
