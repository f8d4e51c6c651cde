import { describe, expect, it } from "vitest";
import { mean, standardError } from "../../src/util/statistics.ts";

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
