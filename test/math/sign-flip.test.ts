import { describe, expect, test } from "vitest";
import { signFlipTest } from "../../src/math/sign-flip.ts";
import { seeded } from "../../src/util/rng.ts";

/** The share of all assignments of signs that give at least the sum. */
function byBruteForce(differences: readonly number[]): number {
  const sum = differences.reduce((total, one) => total + one, 0);
  let count = 0;
  for (let signs = 0; signs < 2 ** differences.length; signs++) {
    const other = differences.reduce((total, one, at) => total + ((signs >> at) & 1 ? one : -one), 0);
    if (other >= sum - 1e-9) count += 1;
  }
  return count / 2 ** differences.length;
}

/** The chance of at least `wins` heads in `count` throws of a coin. */
function tail(wins: number, count: number): number {
  let [chance, sum] = [0.5 ** count, 0];
  for (let heads = 0; heads <= count; heads++) {
    if (heads >= wins) sum += chance;
    chance *= (count - heads) / (heads + 1);
  }
  return sum;
}

describe("the sign-flip test", () => {
  test("is the sign test where all differences are of one size, at any number of them", () => {
    for (const [wins, losses] of [
      [5, 0],
      [8, 3],
      [14, 6],
      [30, 0],
      [60, 40],
    ] as const) {
      const differences = [...Array<number>(wins).fill(0.1), ...Array<number>(losses).fill(-0.1), 0, 0];
      expect(signFlipTest(differences)).toBeCloseTo(tail(wins, wins + losses), 12);
    }
    // A p-value as small as many comparisons at once ask for.
    expect(signFlipTest(Array<number>(30).fill(1))).toBeCloseTo(2 ** -30, 15);
    expect(signFlipTest([])).toBe(1);
    expect(signFlipTest([0, 0])).toBe(1);
  });

  test("counts all assignments, also where it counts them on a grid", () => {
    const rng = seeded("sign-flip test");
    for (const count of [4, 12, 16, 18]) {
      const differences = Array.from({ length: count }, () => rng.float() - 0.4);
      expect(Math.abs(signFlipTest(differences) - byBruteForce(differences))).toBeLessThan(0.001);
    }
  });

  test("errs no more often than it says where both signs are equally likely, whatever the sizes", () => {
    const rng = seeded("sign-flip null");
    const sizes = [() => 1, () => rng.float(), () => 1 / (0.01 + rng.float())];
    for (const size of sizes) {
      const found = Array.from({ length: 600 }, () =>
        signFlipTest(Array.from({ length: 16 }, () => (rng.float() < 0.5 ? size() : -size()))),
      );
      expect(found.filter((p) => p <= 0.05).length / found.length).toBeLessThan(0.075);
    }
  });
});
