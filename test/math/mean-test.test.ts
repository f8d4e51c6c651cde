/**
 * The test for the mean: exact where an exact value is known, never wrong more often than it says, defined for all
 * numbers.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanInterval, meanTest } from "../../src/math/mean-test.ts";
import { type Rng, seeded } from "../../src/util/rng.ts";

/** The chance of at least `wins` heads among `count` throws of a fair coin. */
function signTest(wins: number, count: number): number {
  let [term, sum] = [2 ** -count, 0];
  for (let heads = count; heads >= wins; heads--) {
    sum += term;
    term *= heads / (count - heads + 1);
  }
  return sum;
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);
const counts = (wins: number, ties: number, losses: number): readonly number[] => [
  ...repeat(1, wins),
  ...repeat(0, ties),
  ...repeat(-1, losses),
];

describe("it is exact where the answer is known", () => {
  test("8 better, 4 equal and 0 worse of 12 have the p-value 2^-8", () => {
    expect(meanTest(counts(8, 4, 0), -1)).toBeCloseTo(2 ** -8, 8);
  });

  test("differences of -1, 0 and 1 have that of the exact one-sided sign test", () => {
    const few = fc.integer({ min: 0, max: 30 });
    fc.assert(
      fc.property(few, few, few, (wins, ties, losses) => {
        // Without a win there is nothing to test, and the sign test gives 1 too.
        expect(meanTest(counts(wins, ties, losses), -1)).toBeCloseTo(signTest(wins, wins + losses), 5);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test.each([
    [1, 0.3, 1],
    [5, 1, 1],
    [10, 0.1, 1],
    [40, 0.02, 1],
    [12, 3, 100],
  ])("%i equal gains of %f with a reach of %f have (R / (R + g))^n", (count, gain, reach) => {
    expect(meanTest(repeat(gain, count), -reach)).toBeCloseTo((reach / (reach + gain)) ** count, 8);
  });
});

describe("it is a number from 0 to 1 for all numbers", () => {
  test.each<[string, readonly number[], number]>([
    ["no values", [], -1],
    ["ties", repeat(0, 20), -1],
    ["losses", repeat(-1, 20), -1],
  ])("%s prove nothing", (_, values, lowest) => {
    expect(meanTest(values, lowest)).toBe(1);
  });

  test("numbers of any size, alone or mixed", () => {
    const value = fc.oneof(
      fc.constantFrom(0, 1e-300, -1e-300, 1e300, -1e300, 1, -1, 1e-9),
      fc.double({ min: -1e300, max: 1e300, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), (values) => {
        const p = meanTest(values, -1e300);
        expect(p >= 0 && p <= 1).toBe(true);
      }),
      { seed: 2 },
    );
  });

  test.each([1e-300, 1e-9, 1, 1e9, 1e300])(
    "it does not hang on the unit: scores times %d have the same p-value",
    (unit) => {
      const values = [0.4, 0.2, -0.1, 0.3, 0.3, 0, 0.5];
      expect(
        meanTest(
          values.map((value) => value * unit),
          -unit,
        ),
      ).toBeCloseTo(meanTest(values, -1), 9);
    },
  );

  test("very many examples: sure wins are a proof, even ones are none", () => {
    for (const count of [1_000, 10_000, 100_000]) {
      expect(meanTest(repeat(1, count), -1)).toBeLessThan(1e-6);
      expect(meanTest(counts(count / 2, 0, count / 2), -1)).toBeCloseTo(0.5, 1);
      expect(meanTest(repeat(-0.5, count), -1)).toBe(1);
    }
    expect(meanTest(counts(5_100, 0, 4_900), -1)).toBeCloseTo(signTestOfMany(5_100, 10_000), 4);
    expect(meanTest(repeat(0.001, 1_000), -1)).toBeCloseTo((1 / 1.001) ** 1_000, 6);
  });
});

/** By the normal distribution with its correction for whole numbers. */
function signTestOfMany(wins: number, count: number): number {
  const z = (wins - 0.5 - count / 2) / Math.sqrt(count / 4);
  let below = 0;
  for (let x = -10; x < z; x += 0.001) below += (0.001 * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  return 1 - below;
}

test("a higher value never raises the p-value, and no lower bound of the scores is worth more than a near one", () => {
  const value = fc.integer({ min: -10, max: 10 }).map((tenths) => tenths / 10);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 15 }), fc.nat(14), (values, at) => {
      const raised = values.map((one, index) => (index === at % values.length ? Math.min(1, one + 0.3) : one));
      expect(meanTest(raised, -1)).toBeLessThanOrEqual(meanTest(values, -1) + 1e-8);
      expect(meanTest(values, -1)).toBeLessThanOrEqual(meanTest(values, -3) + 1e-8);
    }),
    { seed: 3 },
  );
});

/** Differences of two equal means that a test for symmetry is wrong about, with their lowest value. */
const skewed: readonly (readonly [string, (rng: Rng) => number, number])[] = [
  ["+.1 nine times of ten, -.9 once", (rng) => (rng.float() < 0.9 ? 0.1 : -0.9), 1],
  ["+.1 three times of four, -.3 once", (rng) => (rng.float() < 0.75 ? 0.1 : -0.3), 1],
  ["+1 twice of three, -2 once, on a scale of 1 to 5", (rng) => (rng.float() < 2 / 3 ? 1 : -2), 4],
  ["0.25 minus the cube of a uniform number", (rng) => 0.25 - rng.float() ** 3, 1],
  ["fair coins", (rng) => (rng.float() < 0.5 ? 1 : -1), 1],
];

describe("of equal means at most 5% are called better", () => {
  test.each(skewed)("%s", (_, draw, reach) => {
    const rng = seeded("skewed nulls");
    for (const [count, runs] of [
      [5, 500],
      [10, 500],
      [20, 300],
      [50, 150],
      [200, 100],
    ] as const) {
      let errors = 0;
      for (let run = 0; run < runs; run++) {
        const values = Array.from({ length: count }, () => draw(rng));
        if (meanTest(values, -reach) <= 0.05) errors += 1;
      }
      // Twice the standard error of so many runs is allowed.
      expect(errors / runs, `${count} examples`).toBeLessThanOrEqual(0.05 + 2 * Math.sqrt(0.0475 / runs));
    }
  });
});

describe("the interval", () => {
  test.each<[string, (rng: Rng) => number, number]>([
    ["fair coins", (rng) => Math.floor(rng.float() * 3) - 1, 0],
    ["rare large losses", (rng) => (rng.float() < 0.9 ? 0.1 : -0.9), 0],
    ["a gain of .3", (rng) => (rng.float() < 0.3 ? 1 : 0), 0.3],
  ])("holds the mean in at least 95% of cases: %s", (_, draw, truth) => {
    const rng = seeded("coverage");
    for (const count of [5, 30]) {
      let held = 0;
      const runs = 80;
      for (let run = 0; run < runs; run++) {
        const values = Array.from({ length: count }, () => draw(rng));
        const [low, high] = meanInterval(values, 1);
        held += low <= truth && truth <= high ? 1 : 0;
      }
      expect(held / runs, `${count} examples`).toBeGreaterThanOrEqual(0.93);
    }
  });

  test("never leaves the scale, holds the mean of the values, and is wider for a higher level", () => {
    const value = fc.integer({ min: -10, max: 10 }).map((tenths) => tenths / 10);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), (values) => {
        const [low, high] = meanInterval(values, 1);
        const [lower, higher] = meanInterval(values, 1, 0.99);
        const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
        expect([low >= -1, high <= 1, low <= mean, mean <= high]).toEqual([true, true, true, true]);
        expect(lower <= low && high <= higher).toBe(true);
      }),
      { seed: 4, numRuns: 15 },
    );
  });

  test("says the same as the test: it lies above 0 exactly when half of its error refutes 0", () => {
    const value = fc.integer({ min: -4, max: 10 }).map((tenths) => tenths / 10);
    fc.assert(
      fc.property(fc.array(value, { minLength: 3, maxLength: 12 }), (values) => {
        const p = meanTest(values, -1);
        fc.pre(Math.abs(p - 0.025) > 1e-3);
        expect(meanInterval(values, 1)[0] > 0).toBe(p < 0.025);
      }),
      { seed: 5, numRuns: 15 },
    );
  });
});
