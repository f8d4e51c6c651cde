/** What ships: candidates that are no better, that are better, and that were chosen by luck, by each rule. */

import { describe, expect, test } from "vitest";
import { crossFit } from "../../../src/training/acceptance/cross-fit.ts";
import { type Metric, run, type Setting } from "./candidates.ts";

/** The share of runs that ship a candidate. */
async function shipped(setting: Setting, runs = 100): Promise<number> {
  let count = 0;
  for (let seed = 0; seed < runs; seed++) {
    const { best } = await run({ ...setting, seed });
    count += best.step === 0 ? 0 : 1;
  }
  return count / runs;
}

const even: Metric = (_, noise) => (noise < 0.5 ? 1 : 0);
const rare: Metric = (_, noise) => (noise < 0.1 ? 1 : 0);
const smooth: Metric = (_, noise) => noise ** 3;
/** The candidate gains a little on nine examples of ten, and loses as much on the tenth. */
const skewed: Metric = (candidate, noise) => (candidate === 0 ? 0.9 : noise < 0.9 ? 1 : 0);

describe("of candidates that are no better, at most 5% of the runs ship one that is proven", () => {
  test.each<[string, Metric, number]>([
    ["fair coins", even, 1],
    ["fair coins, the best of ten", even, 10],
    ["coins that are mostly 0", rare, 5],
    ["graded scores", smooth, 5],
    ["many small gains and a rare large loss", skewed, 1],
  ])("%s", async (_, metric, candidates) => {
    const setting = { metric, candidates, examples: 40, acceptance: { ship: "proven" as const } };
    expect(await shipped(setting)).toBeLessThanOrEqual(0.05);
  });
});

test("the test for symmetry takes many small gains with a rare large loss for a proof, as its docs say", async () => {
  const acceptance = { ship: "proven", test: "symmetric" } as const;
  expect(await shipped({ metric: skewed, examples: 20, acceptance }, 100)).toBeGreaterThan(0.08);
});

test.each(["mean", "symmetric", "anytime"] as const)(
  "a candidate that is better is proven by the test %s",
  async (by) => {
    const better: Metric = (candidate, noise) => (noise < (candidate === 1 ? 0.85 : 0.5) ? 1 : 0);
    const acceptance = { ship: "proven", test: by } as const;
    expect(await shipped({ metric: better, examples: 160, acceptance }, 40)).toBeGreaterThan(0.8);
  },
);

test("the examples that decide have steered nothing: the search sees, and pays for, only the others", async () => {
  const { candidates, baseline, best, spent } = await run({
    metric: (candidate) => candidate,
    examples: 20,
    candidates: 2,
    acceptance: { ship: "proven" },
  });
  const steering = baseline.validation?.outcomes.map(({ exampleId }) => exampleId) ?? [];
  const deciding = baseline.decision?.outcomes.map(({ exampleId }) => exampleId) ?? [];
  expect([steering.length, deciding.length]).toEqual([10, 10]);
  expect(new Set([...steering, ...deciding]).size).toBe(20);
  expect(best).toBe(candidates[2]);
  expect(candidates[1]?.decision).toBeUndefined();
  expect(spent.evaluations).toBe(3 * 10 + 2 * 10);
});

test("judging stops on the examples that decide as soon as the rest cannot prove anything", async () => {
  const winsOn =
    (example: number): Metric =>
    (candidate, _, input) =>
      candidate === 1 && input === example ? 1 : 0.5;
  const setting = { examples: 40, acceptance: { ship: "proven" } as const };
  const first = await run({ ...setting, metric: winsOn(0) });
  const steering = Number(first.baseline.validation?.outcomes[0]?.exampleId);
  const { best, baseline, verdict } = await run({ ...setting, metric: winsOn(steering) });
  expect(best).toBe(baseline);
  expect(verdict?.score).toBeGreaterThan(0.5);
  // Twenty decide, and five wins are a proof: after sixteen draws there are only four left.
  expect(baseline.decision?.outcomes).toHaveLength(16);
});

test("a candidate that is only likely better ships by the estimate on examples that did not choose it", async () => {
  const metric: Metric = (candidate, _, input) => (candidate === 1 && input % 4 === 0 ? 1 : 0.9);
  const { best, verdict } = await run({ metric, examples: 8, acceptance: { ship: "likely" } });
  expect(best.step).toBe(1);
  expect(verdict?.validation.finding).toBe("better but not proven");
  expect(
    await shipped({ metric: even, examples: 40, candidates: 10, acceptance: { ship: "best" } }, 40),
  ).toBeGreaterThan(0.85);
  expect(
    await shipped({ metric: even, examples: 40, candidates: 10, acceptance: { ship: "likely" } }, 40),
  ).toBeLessThan(0.7);
});

test("the same scores in another order are no more and no less", async () => {
  const tenths = [0.1, 0.7, 0.3, 0.6, 0.9];
  const shifted: Metric = (candidate, _, input) => tenths[(input + candidate * 2) % 5] as number;
  const { best, verdict } = await run({ metric: shifted, examples: 5, acceptance: { ship: "best" } });
  expect(best.step).toBe(0);
  expect(verdict?.validation.finding).toBe("no difference");
});

test("examples that decide are added up without rounding", async () => {
  // A clear win on the first example; tenths up on odd ones, by 2.8e-17 too much, and down on even ones.
  const score = [
    [0, 0.3, 0.7],
    [1, 0.4, 0.6],
  ] as const;
  const metric: Metric = (candidate, _, input) =>
    (score[candidate] as readonly number[])[input === 1 ? 0 : 2 - (input % 2)] as number;
  let balanced = 0;
  for (let seed = 0; seed < 25; seed++) {
    const acceptance = { ship: "likely", decisionShare: 0.5 } as const;
    const { best, baseline } = await run({ metric, examples: 8, acceptance, seed });
    const inputs = baseline.decision?.outcomes.map(({ exampleId }) => Number(exampleId)) ?? [];
    if (inputs.length === 0) continue;
    const tenths = inputs.reduce((sum, input) => sum + (input === 1 ? 10 : input % 2 === 1 ? 1 : -1), 0);
    balanced += tenths === 0 ? 1 : 0;
    expect([inputs, best.step]).toEqual([inputs, tenths > 0 ? 1 : 0]);
  }
  expect(balanced).toBeGreaterThan(2);
});

test("a candidate that differs from the start by rounding alone has no gain, whichever examples choose", () => {
  const outcomes = (scores: readonly number[]) =>
    scores.map((score, at) => ({ exampleId: `${at}`, score, feedback: "", failure: undefined }));
  const [start, candidate] = [outcomes(Array<number>(9).fill(0.3)), outcomes(Array<number>(9).fill(0.1 + 0.2))];
  expect(crossFit([start, candidate])).toEqual({ score: expect.closeTo(0.3, 12), gain: 0 });
});
