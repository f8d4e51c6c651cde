import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logNormalBelow, logNormalBetween, normalBelow, sampleCutNormal } from "../../src/math/normal.ts";
import { seeded } from "../../src/util/rng.ts";

describe("the normal distribution", () => {
  it("has the chances of the tables, in the tails too", () => {
    // By scipy.special.ndtr and log_ndtr 1.17.1.
    const chances = [
      [0, 0.5],
      [1, 0.8413447460685429],
      [-1.96, 0.024997895148220435],
      [-3, 0.0013498980316300933],
      [-5, 2.866515718791933e-7],
      [-10, 7.61985302416047e-24],
      [4, 0.99996832875816688],
    ] as const;
    for (const [x, chance] of chances) {
      expect(normalBelow(x) / chance).toBeCloseTo(1, 12);
      expect(logNormalBelow(x)).toBeCloseTo(Math.log(chance), 11);
    }
    expect(logNormalBelow(-40)).toBeCloseTo(-804.6084420137538, 8);
    expect(normalBelow(40)).toBe(1);
  });

  it("splits any interval into parts that add up", () => {
    const place = fc.double({ noNaN: true, min: -12, max: 12 });
    fc.assert(
      fc.property(place, place, place, (...places) => {
        const [a, b, c] = places.sort((x, y) => x - y) as [number, number, number];
        if (b - a < 1e-3 || c - b < 1e-3) return;
        const [left, right, whole] = [logNormalBetween(a, b), logNormalBetween(b, c), logNormalBetween(a, c)];
        expect(Math.exp(left - whole) + Math.exp(right - whole)).toBeCloseTo(1, 9);
        expect(logNormalBetween(-c, -b)).toBeCloseTo(right, 9);
      }),
    );
  });

  it("is drawn from between the bounds, as often as it says", () => {
    const cut = { mean: 1, deviation: 0.5, low: 0, high: 1.2 };
    const rng = seeded(3);
    const draws = Array.from({ length: 20_000 }, () => sampleCutNormal(cut, rng));
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThanOrEqual(1.2);
    const share = Math.exp(logNormalBetween(-2, -0.5) - logNormalBetween(-2, 0.4));
    expect(draws.filter((value) => value < 0.75).length / draws.length).toBeCloseTo(share, 1.7);
  });
});
