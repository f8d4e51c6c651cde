import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noveltyWeights, sampleIndex } from "../../src/math/weighted-sample.ts";
import { seeded } from "../../src/util/rng.ts";

const scores = fc.array(fc.double({ noNaN: true, min: -1e3, max: 1e3 }), { minLength: 1, maxLength: 10 });

describe("drawIndex", () => {
  it("draws in proportion, and never what has no weight", () => {
    const rng = seeded(1);
    const draws = Array.from({ length: 10_000 }, () => sampleIndex([0, 3, 0, 1, 0], rng));
    expect(draws.filter((at) => at === 1).length / 10_000).toBeCloseTo(0.75, 1.7);
    expect(new Set(draws)).toEqual(new Set([1, 3]));
  });

  it("refuses weights that nothing can be drawn by", () => {
    expect(() => sampleIndex([], seeded(1))).toThrow("No weight is above 0");
    expect(() => sampleIndex([0, 0], seeded(1))).toThrow("No weight is above 0");
    expect(() => sampleIndex([1, -1], seeded(1))).toThrow("Weight 1 is -1");
    expect(() => sampleIndex([Number.NaN], seeded(1))).toThrow("Weight 0 is NaN");
  });
});

describe("weights", () => {
  it("of Shinka's parents: better than the median, and seldom used", () => {
    const one = (score: number, children = 0) => ({ score, children });
    // Median 2, deviations 1, 0, 1, so MAD 1.
    const weights = noveltyWeights([one(1), one(2), one(3, 3)]);
    const expected = [1 / (1 + Math.exp(10)), 0.5, 1 / (1 + Math.exp(-10)) / 4];
    for (const [at, weight] of expected.entries()) expect(weights[at]).toBeCloseTo(weight, 12);
    expect(noveltyWeights([one(7), one(7, 1)])).toEqual([0.5, 0.25]);
    expect(noveltyWeights([])).toEqual([]);
    fc.assert(
      fc.property(scores, (values) => {
        for (const weight of noveltyWeights(values.map((score) => one(score))))
          expect(weight).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
