/** The corrected score of the best of many, and what ships when the walk itself climbed on luck. */

import fc from "fast-check";
import type { Outcome } from "tracegrad";
import { describe, expect, test } from "vitest";
import { pairedDifferences, pValue } from "../../../src/training/acceptance/comparison.ts";
import { crossFit } from "../../../src/training/acceptance/cross-fit.ts";
import { type Rng, seeded } from "../../../src/util/rng.ts";

const outcomes = (scores: readonly (number | undefined)[]): readonly Outcome[] =>
  scores.map((score, at) => ({
    ...{ exampleId: `row ${at}`, score, feedback: "" },
    failure: score === undefined ? { of: "guide", message: "It broke." } : undefined,
  }));

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
const coins = (count: number, rng: Rng): readonly number[] =>
  Array.from({ length: count }, () => (rng.float() < 0.5 ? 1 : 0));

describe("the estimate", () => {
  test("of one candidate that wins everywhere is what it wins", () => {
    const found = crossFit([outcomes([0.2, 0.2, 0.2, 0.2, 0.2, 0.2]), outcomes([0.7, 0.7, 0.7, 0.7, 0.7, 0.7])]);
    expect(found?.score).toBeCloseTo(0.7, 12);
    expect(found?.gain).toBeCloseTo(0.5, 12);
  });

  test("of the start alone, and of copies of it, is the mean of its scores and no gain", () => {
    const scores = outcomes([0, 1, 1, 0, 1]);
    expect(crossFit([scores])).toEqual({ score: 0.6, gain: 0 });
    expect(crossFit([scores, scores, scores])?.gain).toBe(0);
  });

  test("needs two examples that the start was judged on", () => {
    expect(crossFit([])).toBeUndefined();
    expect(crossFit([outcomes([1]), outcomes([1])])).toBeUndefined();
    expect(crossFit([outcomes([1, undefined]), outcomes([1, 1])])).toBeUndefined();
    expect(crossFit([outcomes([0, 0]), outcomes([1, 1])])?.gain).toBe(1);
  });

  test("of a candidate that breaks the judge counts those runs as the lowest score", () => {
    expect(crossFit([outcomes([1, 0, 1]), outcomes([undefined, undefined, undefined])])?.gain).toBe(0);
  });

  test("never leaves the range of the scores, and is the same each time", () => {
    const row = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        const candidates = rows.map(outcomes);
        const found = crossFit(candidates);
        const all = rows.flat();
        expect(Number(found?.score)).toBeGreaterThanOrEqual(Math.min(...all) - 1e-9);
        expect(Number(found?.score)).toBeLessThanOrEqual(Math.max(...all) + 1e-9);
        expect(crossFit(candidates)).toEqual(found);
      }),
      { seed: 1, numRuns: 30 },
    );
  });
});

test("the best of ten equal candidates is shown far too high by its mean, and about right by the estimate", () => {
  const rng = seeded("best of ten");
  const runs = 150;
  let [shown, corrected] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const rows = Array.from({ length: 11 }, () => coins(20, rng));
    shown += Math.max(...rows.map(mean)) / runs;
    corrected += Number(crossFit(rows.map(outcomes))?.score) / runs;
  }
  expect(shown).toBeGreaterThan(0.65);
  expect(Math.abs(corrected - 0.5)).toBeLessThan(0.03);
});

test("children of the best, a tenth of their answers anew, on an exact metric: half of the examples set apart keep the 5%", () => {
  const rng = seeded("adaptive");
  const runs = 200;
  let [apart, onTheSame] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const start = coins(200, rng);
    let best = start;
    for (let child = 0; child < 100; child++) {
      const scores = best.map((score) => (rng.float() < 0.1 ? (rng.float() < 0.5 ? 1 : 0) : score));
      if (mean(scores.slice(0, 100)) > mean(best.slice(0, 100))) best = scores;
    }
    const differences = pairedDifferences(outcomes(best), outcomes(start));
    if (pValue(differences.slice(100), 1, "mean") <= 0.05) apart += 1;
    if (pValue(differences.slice(0, 100), 1, "mean") <= 0.05 / 100) onTheSame += 1;
  }
  expect(apart / runs).toBeLessThanOrEqual(0.05);
  // Why they are set apart: a share of alpha for each child does not pay for a walk on the examples that decide.
  expect(onTheSame / runs).toBeGreaterThan(0.5);
});
