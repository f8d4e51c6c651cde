import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rng, type RngState, seeded, shuffled } from "../../src/util/rng.ts";

const draw = (rng: Rng, count: number) => Array.from({ length: count }, () => rng.float());

describe("Rng", () => {
  it("gives the same numbers for the same seed, and goes on from a saved state", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.string()), fc.nat(50), (seed, before) => {
        const [one, two] = [seeded(seed), seeded(seed)];
        expect(draw(one, before)).toEqual(draw(two, before));
        const saved = JSON.parse(JSON.stringify(one.state)) as RngState;
        expect(draw(new Rng(saved), 10)).toEqual(draw(one, 10));
        expect(new Rng(saved).state).toEqual(saved);
      }),
    );
  });

  it("keeps its numbers from version to version: recorded runs depend on them", () => {
    const rng = seeded(7);
    expect([rng.integer(1_000), rng.integer(1_000), rng.integer(1_000)]).toMatchInlineSnapshot(`
      [
        853,
        4,
        646,
      ]
    `);
    expect(shuffled([1, 2, 3, 4, 5, 6, 7, 8], seeded("a"))).toMatchInlineSnapshot(`
      [
        7,
        4,
        5,
        1,
        8,
        6,
        3,
        2,
      ]
    `);
  });

  it("is uniform also over the first numbers of neighbouring seeds", () => {
    const first = Array.from({ length: 4_000 }, (_, seed) => seeded(seed).float());
    const counts = new Array<number>(10).fill(0);
    for (const value of first) counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] ?? 0) + 1;
    // 400 are expected in each tenth, with a standard deviation of 19.
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(100);
    for (const value of first) expect(value >= 0 && value < 1).toBe(true);
  });

  it("gives each whole number below the bound", () => {
    const rng = seeded(1);
    const seen = new Set(Array.from({ length: 200 }, () => rng.integer(6)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rng.integer(1)).toBe(0);
    for (const below of [0, -1, 1.5, Number.NaN])
      expect(() => rng.integer(below)).toThrow("`below` must be a whole number");
  });

  it("refuses states that no generator gives, and seeds that are no number", () => {
    for (const state of [[1, 2, 3], [0, 0, 0, 0], [1, 2, 3, 2 ** 40], [1, 2, 3, "4"], null]) {
      expect(() => new Rng(state as unknown as RngState)).toThrow("four 32-bit integers");
    }
    expect(() => seeded(Number.NaN)).toThrow("NaN");
  });
});

describe("shuffled", () => {
  it("keeps the items, leaves the given array, and gives each order about equally often", () => {
    const rng = seeded(3);
    const items = Object.freeze(["a", "b", "c"]);
    const counts = new Map<string, number>();
    for (let time = 0; time < 6_000; time++) {
      const order = shuffled(items, rng).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
    // 1,000 are expected of each, with a standard deviation of 29.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(shuffled([], rng)).toEqual([]);
  });
});
