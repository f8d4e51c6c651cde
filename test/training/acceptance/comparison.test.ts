/** Two candidates on the same examples: counts, difference, interval and p-values, and which pairs there are. */

import fc from "fast-check";
import type { Outcome } from "tracegrad";
import { describe, expect, test } from "vitest";
import { compare, pairedDifferences, pValue, reachOf } from "../../../src/training/acceptance/comparison.ts";
import { type Rng, seeded } from "../../../src/util/rng.ts";

const outcome = (exampleId: string, score: number | undefined): Outcome => ({
  ...{ exampleId, score, feedback: "" },
  failure: score === undefined ? { of: "guide", message: "It broke." } : undefined,
});
const outcomes = (scores: readonly (number | undefined)[]): readonly Outcome[] =>
  scores.map((score, at) => outcome(`row ${at}`, score));
const byMean = { test: "mean", range: undefined } as const;

test("8 better, 4 the same and 0 worse of 12 are a difference of two thirds, with the p-value 2^-8", () => {
  const start = outcomes([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
  const candidate = outcomes(Array.from({ length: 12 }, () => 1));
  const found = compare(candidate, start, byMean);
  expect(found).toMatchObject({ pairs: 12, better: 8, same: 4, worse: 0, pWorse: 1 });
  expect(found?.difference).toBeCloseTo(2 / 3, 12);
  expect(found?.p).toBeCloseTo(2 ** -8, 8);
  expect(found?.interval[0]).toBeGreaterThan(0);
  const mirrored = compare(start, candidate, byMean);
  expect(mirrored).toMatchObject({ better: 0, same: 4, worse: 8, p: 1, pWorse: found?.p });
});

test("the candidate's order of examples does not matter", () => {
  const start = outcomes([0.1, 0.5, 0.9]);
  const candidate = outcomes([0.2, 0.5, 0.7]);
  expect(compare([...candidate].reverse(), start, byMean)).toEqual(compare(candidate, start, byMean));
});

test("a pair whose start was not judged is none; a candidate that broke the judge has the lowest score", () => {
  expect(pairedDifferences(outcomes([1, 1, 1]), outcomes([0, undefined, 1]))).toEqual([1, 0]);
  expect(pairedDifferences(outcomes([1, undefined, 1]), outcomes([0, 1, 1]))).toEqual([1, -1, 0]);
  expect(compare(outcomes([1]), outcomes([undefined]), byMean)).toBeUndefined();
});

test("scores that differ by rounding alone are the same", () => {
  expect(compare(outcomes([0.1 + 0.2]), outcomes([0.3]), byMean)).toMatchObject({ same: 1, better: 0, difference: 0 });
});

test("the reach is that of the range that was given, else of 0 to 1 and of what was seen", () => {
  expect(reachOf(outcomes([0.2, 0.4]), undefined)).toBe(1);
  expect(reachOf(outcomes([-20, 5, undefined]), undefined)).toBe(25);
  expect(reachOf(outcomes([2, 4]), [1, 5])).toBe(4);
  expect(reachOf(outcomes([7]), [1, 5])).toBe(6);
  expect(reachOf([], undefined)).toBe(1);
});

test("all tests give a chance, for all scores", () => {
  const score = fc.option(
    fc.oneof(fc.constantFrom(0, 1, 0.5, -21, 1e-300, 1e300, -1e300), fc.double({ min: 0, max: 1, noNaN: true })),
    {
      nil: undefined,
    },
  );
  const pairs = fc.array(fc.tuple(score, score), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(pairs, fc.constantFrom("mean", "symmetric", "anytime"), (scores, by) => {
      const found = compare(outcomes(scores.map(([one]) => one)), outcomes(scores.map(([, other]) => other)), {
        ...{ test: by as "mean", range: undefined },
      });
      if (found === undefined) return;
      const { p, pWorse, interval } = found;
      for (const chance of [p, pWorse]) expect(chance >= 0 && chance <= 1).toBe(true);
      expect(interval[0] <= interval[1]).toBe(true);
    }),
    { seed: 1, numRuns: 40 },
  );
});

/** The score of a candidate whose mean is that of the start, which always has `start`. */
interface Skewed {
  readonly start: number;
  readonly draw: (rng: Rng) => number;
  readonly range?: readonly [number, number];
}
const skewed: readonly (readonly [string, Skewed])[] = [
  [".9 always, against 1 nine times of ten", { start: 0.9, draw: (rng) => (rng.float() < 0.9 ? 1 : 0) }],
  [".8 always, against .9 three times of four", { start: 0.8, draw: (rng) => (rng.float() < 0.75 ? 0.9 : 0.5) }],
  ["4 always, against 5 twice of three", { start: 4, draw: (rng) => (rng.float() < 2 / 3 ? 5 : 2), range: [1, 5] }],
];

describe("of equal means with a rare large loss at most 5% are called better, by", () => {
  const errorsOf = ({ start, draw, range }: Skewed, by: "mean" | "symmetric" | "anytime", count: number) => {
    const rng = seeded("equal means");
    const runs = 300;
    let errors = 0;
    for (let run = 0; run < runs; run++) {
      const differences = Array.from({ length: count }, () => draw(rng) - start);
      const reach = range === undefined ? 1 : range[1] - range[0];
      if (pValue(differences, reach, by) <= 0.05) errors += 1;
    }
    return errors / runs;
  };

  test.each(skewed)("mean and anytime: %s", (_, context) => {
    for (const count of [5, 10, 20, 50]) {
      expect(errorsOf(context, "mean", count), `${count} examples`).toBeLessThanOrEqual(0.05);
      expect(errorsOf(context, "anytime", count), `${count} examples`).toBeLessThanOrEqual(0.05);
    }
  });

  test("symmetric: far more, as its docs say", () => {
    expect(errorsOf((skewed[0] as (typeof skewed)[number])[1], "symmetric", 10)).toBeGreaterThan(0.2);
  });
});
