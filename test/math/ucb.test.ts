import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ucb1, upperBound } from "../../src/math/ucb.ts";
import { seeded } from "../../src/util/rng.ts";

const arms = fc.record({ mean: fc.double({ noNaN: true, min: 0, max: 1 }), count: fc.integer({ min: 1, max: 50 }) });

describe("upper confidence bounds", () => {
  it("are those of the formulas", () => {
    expect(upperBound({ mean: 2, count: 4 }, { total: 9, range: [0, 10] })).toBeCloseTo(
      2 + 10 * Math.sqrt(Math.log(10) / 4),
      12,
    );
    expect(upperBound({ mean: 2, count: 4 }, { total: 9, exploration: 0.1, range: [0, 10] })).toBeCloseTo(2.7587, 4);
    expect(ucb1({ mean: 0.5, count: 2 }, 8)).toBeCloseTo(0.5 + Math.sqrt((2 * Math.log(8)) / 2), 12);
    expect(ucb1({ mean: 0.5, count: 2 }, 8, 1)).toBeCloseTo(0.5 + Math.sqrt(Math.log(8) / 2), 12);
  });

  it("are no less than the mean and no more than the best score, fall with the count and rise with the total", () => {
    fc.assert(
      fc.property(arms, fc.integer({ min: 50, max: 500 }), (arm, total) => {
        const bound = upperBound(arm, { total });
        expect(bound).toBeGreaterThanOrEqual(arm.mean);
        expect(bound).toBeLessThanOrEqual(1);
        expect(upperBound({ ...arm, count: arm.count + 1 }, { total })).toBeLessThanOrEqual(bound);
        expect(ucb1({ ...arm, count: arm.count + 1 }, total)).toBeLessThan(ucb1(arm, total));
        expect(ucb1(arm, total + 1)).toBeGreaterThan(ucb1(arm, total));
      }),
    );
  });

  it("put what was never tried first", () => {
    expect(upperBound({ mean: Number.NaN, count: 0 }, { total: 5, range: [-1, 3] })).toBe(3);
    expect(ucb1({ mean: 0, count: 0 }, 5)).toBe(Number.POSITIVE_INFINITY);
  });

  it("lead a bandit to its best arm", () => {
    const rates = [0.2, 0.5, 0.8];
    const rng = seeded("bandit");
    const tried = rates.map(() => ({ mean: 0, count: 0 }));
    for (let total = 0; total < 1000; total++) {
      const bounds = tried.map((arm) => ucb1(arm, total));
      const chosen = bounds.indexOf(Math.max(...bounds));
      const arm = tried[chosen] as { mean: number; count: number };
      const reward = rng.float() < (rates[chosen] as number) ? 1 : 0;
      arm.count += 1;
      arm.mean += (reward - arm.mean) / arm.count;
    }
    expect(tried[2]?.count).toBeGreaterThan(700);
    expect(tried[0]?.count).toBeGreaterThan(5);
  });

  it("refuse what is no count, no mean and no range", () => {
    expect(() => upperBound({ mean: 1, count: -1 }, { total: 1 })).toThrow("`count`");
    expect(() => upperBound({ mean: Number.NaN, count: 1 }, { total: 1 })).toThrow("mean of an arm is NaN");
    expect(() => upperBound({ mean: 1, count: 1 }, { total: 1, range: [1, 0] })).toThrow("`range`");
    expect(() => ucb1({ mean: 1, count: 1 }, 0.5)).toThrow("`total`");
    expect(() => ucb1({ mean: 1, count: 1 }, 1, -1)).toThrow("`exploration`");
  });
});
