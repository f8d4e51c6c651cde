/** Intervals, by what they promise: 95 of 100 hold the truth, at the sizes that users have. */

import { describe, expect, test } from "vitest";
import { crossedSummary, summaryOf, tInterval, tQuantile, wilsonInterval } from "../../src/math/intervals.ts";
import { type Rng, seeded } from "../../src/util/rng.ts";

/** Normal numbers (Box and Muller 1958). */
function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.float())) * Math.cos(2 * Math.PI * rng.float());
}

function list<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** The share of `draws` samples whose interval holds `truth`. */
function coverage(draws: number, truth: number, interval: () => { low: number; high: number } | undefined): number {
  const held = list(draws, interval).filter((one) => one !== undefined && one.low <= truth && truth <= one.high);
  return held.length / draws;
}

describe("Student's t", () => {
  test("has the quantiles of the tables, for degrees that are no whole numbers as well", () => {
    // The first ones by mpmath 1.3, the others as in any table.
    const table = [
      [1.5, 6.0166631044],
      [2.7, 3.3921483832],
      [1, 12.7062047362],
      [2, 4.3026527297],
      [4, 2.7764451052],
      [29, 2.0452296421],
      [100, 1.9839715185],
      [Number.POSITIVE_INFINITY, 1.9599639845],
    ] as const;
    for (const [degrees, reach] of table) expect(tQuantile(degrees)).toBeCloseTo(reach, 7);
  });

  test("gives intervals that hold the mean 95 times in 100, also of three values", () => {
    const rng = seeded("t intervals");
    for (const count of [3, 5, 10, 30]) {
      const share = coverage(4_000, 0.5, () => tInterval(list(count, () => 0.5 + normal(rng))));
      expect(Math.abs(share - 0.95)).toBeLessThan(0.012);
    }
  });

  test("gives none for values that do not say how they vary", () => {
    for (const values of [[], [0.3], [0.3, 0.3, 0.3]]) expect(tInterval(values)).toBeUndefined();
  });
});

describe("scores of 0 and 1", () => {
  /** The chance that the interval holds the share: the sum over all counts of successes. */
  function exactCoverage(count: number, share: number): number {
    let chance = (1 - share) ** count;
    let held = 0;
    for (let wins = 0; wins <= count; wins++) {
      const { low, high } = wilsonInterval(wins / count, count);
      if (low <= share && share <= high) held += chance;
      chance *= ((count - wins) / (wins + 1)) * (share / (1 - share));
    }
    return held;
  }

  test("have intervals that hold the share, where one standard error holds it in a third of the samples", () => {
    for (const count of [3, 5, 10, 20, 50]) {
      for (const share of [0.5, 0.7, 0.8, 0.9]) expect(exactCoverage(count, share)).toBeGreaterThan(0.89);
    }
  });

  test("never have an interval without width, and none beyond 0 and 1", () => {
    for (const count of [1, 3, 10, 1000]) {
      for (const score of [0, 1]) {
        const { mean, interval } = summaryOf(list(count, () => score));
        const { low, high } = interval ?? { low: 0, high: 0 };
        expect(mean).toBe(score);
        expect(score === 1 ? high : low).toBe(score);
        expect(high - low).toBeGreaterThan(3 / (count + 4));
        expect([low >= 0, high <= 1]).toEqual([true, true]);
      }
    }
    // The textbook's example of ten trials with six successes.
    const { low = 0, high = 0 } = summaryOf([1, 1, 1, 1, 1, 1, 0, 0, 0, 0]).interval ?? {};
    expect([low.toFixed(3), high.toFixed(3)]).toEqual(["0.313", "0.832"]);
  });
});

describe("scores from 0 to 1", () => {
  const kinds: readonly (readonly [string, number, (rng: Rng) => number])[] = [
    ["anywhere", 0.5, (rng) => rng.float()],
    ["thirds", 0.5, (rng) => Math.floor(rng.float() * 4) / 3],
    ["mostly 1", 0.8, (rng) => [0, 0.5, 0.5, 1, 1, 1, 1, 1, 1, 1][rng.integer(10)] as number],
    ["near one value", 0.9, (rng) => 0.8 + 0.2 * rng.float()],
  ];

  test("have intervals that hold the mean and stay between 0 and 1", () => {
    const rng = seeded("graded");
    for (const [, truth, draw] of kinds) {
      for (const count of [5, 10, 20]) {
        const intervals = list(2_000, () => summaryOf(list(count, () => draw(rng))).interval).filter((one) => one);
        let at = 0;
        expect(coverage(intervals.length, truth, () => intervals[at++])).toBeGreaterThan(0.92);
        for (const one of intervals) expect([(one?.low ?? -1) >= 0, (one?.high ?? 2) <= 1]).toEqual([true, true]);
      }
    }
  });

  test("have no interval where they are equal, and differences of scores are no shares", () => {
    expect(summaryOf([0.5, 0.5, 0.5]).interval).toBeUndefined();
    expect(summaryOf([7 / 15, 7 / 15, 7 / 15]).interval).toBeUndefined();
    expect(summaryOf([0, 0, 0], "differences").interval).toBeUndefined();
    expect(summaryOf([0, 1, 1], "differences").interval).toEqual(tInterval([0, 1, 1]));
  });
});

describe("the same examples in several trials", () => {
  /** Scores of 0 and 1: each trial has a program of its own quality, each example its own difficulty. */
  function trialsOf(
    rng: Rng,
    { trials, examples, spread, own }: Record<"trials" | "examples" | "spread" | "own", number>,
  ) {
    const luck = list(examples, () => rng.float());
    return list(trials, () => {
      const quality = 0.9 + spread * normal(rng);
      return luck.map((one) => ((rng.float() < own ? rng.float() : one) < quality ? 1 : 0));
    });
  }

  test("have an interval that counts examples and trials, whatever the programs of the trials share", () => {
    const rng = seeded("crossed");
    for (const trials of [3, 12]) {
      for (const [spread, own] of [
        [0, 0],
        [0, 1],
        [0.01, 0],
        [0.03, 0],
        [0.03, 0.5],
      ] as const) {
        const all = { trials, examples: 225, spread, own };
        const share = coverage(400, 0.9, () => crossedSummary(trialsOf(rng, all)).interval);
        expect(share).toBeGreaterThan(0.91);
        expect(share).toBeLessThan(0.99);
      }
    }
  });

  test("count once when all trials measured the same, as with a start that they share", () => {
    const scores = [1, 0, 1, 1, 0.5];
    const [one, three] = [summaryOf(scores), crossedSummary([scores, scores, scores])];
    expect(three.mean).toBeCloseTo(one.mean, 12);
    expect(three.standardError).toBeCloseTo(one.standardError, 12);
    expect(three.interval?.low).toBeCloseTo(one.interval?.low as number, 9);
    const perfect = crossedSummary(list(3, () => [1, 1, 1, 1, 1, 1]));
    expect(perfect.interval).toEqual(wilsonInterval(1, 6));
  });

  test("have the error of the trials where only these differ, and that of the examples where only those do", () => {
    const byTrial = crossedSummary([2, 5, 8].map((score) => list(50, () => score)));
    expect(byTrial.standardError).toBeCloseTo(3 / Math.sqrt(3), 9);
    expect(byTrial.interval?.high).toBeCloseTo(5 + (tQuantile(2) * 3) / Math.sqrt(3), 6);
  });
});
