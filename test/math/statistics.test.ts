import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { differenceOf, mean, roundingOf, standardError, sumBeyond } from "../../src/math/statistics.ts";

describe("mean and standardError", () => {
  it("are those of the textbook", () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    // The sample's variance is 32 / 7.
    expect(standardError([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7 / 8), 12);
    expect(standardError([3, 3, 3])).toBe(0);
    expect(mean([1e16, 1, -1e16])).toBeCloseTo(1 / 3, 12);
  });

  it("do not guess: no mean of nothing, no error of one value, no number that is none", () => {
    expect(() => mean([])).toThrow("Give at least one");
    expect(standardError([1])).toBeNaN();
    expect(standardError([])).toBeNaN();
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, "0.9" as unknown as number]) {
      expect(() => mean([1, bad])).toThrow(`Value 1 is ${bad}`);
      expect(() => standardError([1, bad])).toThrow(`Value 1 is ${bad}`);
    }
  });
});

/** Scores as judges give them: tenths, thirds, percentages of any size. */
const score = fc.oneof(
  fc.integer({ min: -50, max: 50 }).map((tenths) => tenths / 10),
  fc.integer({ min: 0, max: 30 }).map((thirds) => thirds / 3),
  fc.integer({ min: 0, max: 1000 }).map((cents) => 1e6 + cents / 100),
);

describe("sums compare exactly", () => {
  test("the same scores in another order add up to the same", () => {
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 40 }), fc.infiniteStream(fc.nat()), (scores, numbers) => {
        const order = scores.map((one) => ({ one, at: numbers.next().value as number }));
        const other = order.sort((a, b) => a.at - b.at).map(({ one }) => one);
        const differences = scores.map((one, at) => differenceOf(one, other[at] as number));
        expect(sumBeyond(differences, roundingOf([...scores, ...other]))).toBe(0);
      }),
    );
  });

  test("decimals that do not add up as doubles do so here, and a thousandth more is more", () => {
    expect(0.1 + 0.2 - 0.3).toBeGreaterThan(0);
    expect(differenceOf(0.1 + 0.2, 0.3)).toBe(0);
    for (const size of [0, 1, -20, 1e6]) expect(differenceOf(size + 0.001, size)).toBeCloseTo(0.001, 9);
    expect(differenceOf(0, Number.NEGATIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(differenceOf(Number.NEGATIVE_INFINITY, 0)).toBe(Number.NEGATIVE_INFINITY);
    const many = Array.from({ length: 1000 }, () => 1);
    expect(sumBeyond([...many.map(() => 0), 0.001], roundingOf([...many, ...many, 0.001]))).toBe(0.001);
  });
});
