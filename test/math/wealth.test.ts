/** The wealth of a bettor on a positive mean: exact in small cases, an e-process under looks after each value. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maxWealth, wealthOf } from "../../src/math/wealth.ts";
import { type Rng, seeded } from "../../src/util/rng.ts";

const bets = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const meanOver = (of: (bet: number) => number): number => bets.reduce((sum, bet) => sum + of(bet), 0) / bets.length;

test("the wealth is the mean of the bettors' products", () => {
  expect(wealthOf([], 1)).toBe(1);
  expect(wealthOf([0, 0], 1)).toBe(1);
  expect(wealthOf([1, 1, 1], 1)).toBeCloseTo(
    meanOver((bet) => (1 + bet) ** 3),
    10,
  );
  expect(wealthOf([1, -0.5], 1)).toBeCloseTo(
    meanOver((bet) => (1 + bet) * (1 - bet / 2)),
    10,
  );
  expect(wealthOf([3], 0)).toBe(1);
});

test("the most is that of the best look, and at least 1", () => {
  expect(maxWealth([1, 1, -1], 1)).toBeCloseTo(wealthOf([1, 1], 1), 12);
  expect(maxWealth([-1, -1], 1)).toBe(1);
  expect(maxWealth([], 1)).toBe(1);
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 30 }), (values) => {
      const looks = values.map((_, at) => wealthOf(values.slice(0, at + 1), 1));
      expect(maxWealth(values, 1)).toBeCloseTo(Math.max(1, ...looks), 9);
    }),
    { seed: 1 },
  );
});

test("neither very many wins and a loss, nor numbers of any size, give anything but a number", () => {
  const wins = Array.from({ length: 5_000 }, () => 1);
  for (const wealth of [wealthOf([...wins, -1], 1), maxWealth([...wins, -1, -1], 1)]) {
    expect(Number.isFinite(wealth)).toBe(true);
    expect(wealth).toBeGreaterThan(1e200);
  }
  for (const unit of [1e-300, 1e300]) {
    expect(wealthOf([unit, -unit / 2], unit)).toBeCloseTo(wealthOf([1, -0.5], 1), 12);
  }
});

describe("when one looks after each of 200 pairs, a mean that is not above zero reaches 20 in at most 5% of cases", () => {
  test.each<[string, (rng: Rng) => number]>([
    ["fair coins", (rng) => (rng.float() < 0.5 ? 1 : -1)],
    ["mostly ties", (rng) => (rng.float() < 0.1 ? Math.sign(rng.float() - 0.5) : 0)],
    ["small gains and rare large losses", (rng) => (rng.float() < 0.9 ? 0.1 : -0.9)],
    ["graded", (rng) => 0.25 - rng.float() ** 3],
  ])("%s", (_, draw) => {
    const rng = seeded("looks");
    const runs = 1_000;
    let errors = 0;
    for (let run = 0; run < runs; run++) {
      const values = Array.from({ length: 200 }, () => draw(rng));
      if (maxWealth(values, 1) >= 20) errors += 1;
    }
    expect(errors / runs).toBeLessThanOrEqual(0.05);
  });
});
