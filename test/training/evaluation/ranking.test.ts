/** Scores decide between programs only where they mean the same: failed runs, broken judges, different examples. */

import fc from "fast-check";
import { batch, bundle, type Outcome, type TrainOptions, type TrainResult, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code, type Guide } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { basicSearch, gepa, type Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { comparisonOf, lowestJudged, rankOutcomes } from "../../../src/optimizers/search/ranked.ts";
import { poolOutcomes, summarize } from "../../../src/training/evaluation/outcomes.ts";
import { chooseBest } from "../../../src/training/loop/choose-best.ts";

const loops: readonly (readonly [string, Partial<TrainOptions>])[] = [
  ["plain steps", {}],
  ["basic search", { search: basicSearch() as Search, acceptance: "best" }],
  ["GEPA", { search: gepa() as unknown as Search, acceptance: "best" }],
];

const pricing = () =>
  bundle(
    function price(size: number): number {
      return size * 3;
    },
    { trainable: true },
  );
const half = "function price(size: number): number { if (size > 2) throw new Error('not done'); return size * 3; }";
const broken = "function price(size: number): number { throw new Error('not done'); }";
const rows = Array.from({ length: 8 }, (_, index) => ({ input: index + 1, target: (index + 1) * 5 }));

/** A run from a program that works to one with the given text. */
function toward(
  source: string,
  guide: Guide<number, number, number>,
  more: Partial<TrainOptions>,
): Promise<TrainResult> {
  const price = pricing();
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { price: source } } }));
  return train({
    agent: (size: number) => price(size),
    optimizer: optoPrime(price, { llm }),
    template: more.search === undefined ? batch(4) : undefined,
    data: split(rows, { train: 4, validation: 4 }),
    guide,
    budget: { steps: 1, evaluations: 60 },
    ...(more as object),
  }).result;
}

const cost = code((_input, output: number, target: number) => -Math.abs(output - target)) as Guide<
  number,
  number,
  number
>;

describe.each(loops)("with %s", (_loop, more) => {
  test.each([
    ["on everything", broken],
    ["on some examples", half],
  ])(
    "a program that fails %s never takes the place of one that works, when scores are negative",
    async (_what, source) => {
      const { baseline, best, candidates, warnings } = await toward(source, cost, more);
      expect([best.id, candidates.length]).toEqual([baseline.id, 2]);
      expect(warnings.join()).not.toContain("so it was not chosen");
    },
  );

  test("a program that breaks the judge on the hard examples does not win by the easy ones", async () => {
    const easy = "function price(size: number): number { return size === 5 ? 15 : Number.NaN; }";
    const judging: Guide<number, number, number> = (_input, output, target) => {
      if (Number.isNaN(output)) throw new Error("no number");
      return { score: output === target ? 1 : 0, text: "" };
    };
    // The start is right on all sizes but one.
    const data = split(
      rows.map(({ input }) => ({ input, target: input === 8 ? 0 : input * 3 })),
      { train: 4, validation: 4 },
    );
    const { baseline, best, candidates, warnings } = await toward(easy, judging, { ...more, data: data as never });
    expect(best.id).toBe(baseline.id);
    // GEPA skips minibatches on which everything is right.
    if (candidates.length > 1) expect(warnings.join()).toContain("no number");
  });
});

test("a program that works takes the place of a starting one that fails, when scores are negative", async () => {
  const works = "function price(_size: number): number { return 1; }";
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { price: works } } }));
  for (const validation of [4, 0]) {
    const start = bundle(
      function price(_size: number): number {
        throw new Error("not done");
      },
      { trainable: true },
    );
    const data = split(rows, { train: 4, validation });
    const { best } = await train({
      agent: (size: number) => start(size),
      optimizer: optoPrime(start, { llm }),
      template: batch(4),
      data,
      guide: cost,
      budget: { steps: 2 },
    }).result;
    expect(best.step).toBe(1);
  }
});

const outcome = (exampleId: string, score: number | undefined, of?: "agent" | "guide"): Outcome => ({
  exampleId,
  score,
  feedback: "",
  failure: of === undefined ? undefined : { of, message: "" },
});
const scores = fc.array(
  fc.oneof(
    fc.double({ min: -100, max: 100, noNaN: true }).map((score) => outcome("", score)),
    fc.constant(outcome("", 0, "agent")),
    fc.constant(outcome("", undefined, "guide")),
  ),
  { minLength: 1, maxLength: 6 },
);
const numbered = (outcomes: readonly Outcome[]) => outcomes.map((one, index) => ({ ...one, exampleId: `${index}` }));

test("a failed run never gains on a judged one, and breaking the judge never gains on anything", () => {
  fc.assert(
    fc.property(scores, scores, (one, other) => {
      const length = Math.min(one.length, other.length);
      const pairs = comparisonOf(one.slice(0, length), other.slice(0, length)).differences;
      const compared = other
        .slice(0, length)
        .map((_, at) => at)
        .filter((at) => other[at]?.score !== undefined);
      expect(pairs).toHaveLength(compared.length);
      for (const [index, at] of compared.entries()) {
        const isWorse = one[at]?.failure !== undefined && other[at]?.failure === undefined;
        if (isWorse) expect(pairs[index]).toBeLessThanOrEqual(0);
      }
    }),
  );
});

test("a mean with failed runs is never above the lowest mean without them, and one with none is the plain mean", () => {
  fc.assert(
    fc.property(scores, (outcomes) => {
      const { mean } = summarize(outcomes);
      const judged = outcomes.filter(({ failure }) => failure === undefined);
      if (judged.length > 0 && outcomes.some(({ failure }) => failure?.of === "agent")) {
        expect(mean).toBeLessThanOrEqual(summarize(judged).mean + 1e-9);
      }
      expect(rankOutcomes(judged, lowestJudged(judged))).toBe(judged);
    }),
  );
});

test("the choice is among means over the same examples: where only one was not judged, it counts as the lowest score", () => {
  const candidate = (id: string, outcomes: readonly Outcome[]) => ({
    ...{ id, step: 0, values: {}, parents: [], origin: "step", trainScore: undefined },
    validation: summarize(numbered(outcomes)),
  });
  const pick = (...all: readonly (readonly Outcome[])[]) =>
    chooseBest(
      { candidates: all.map((one, at) => candidate(`${at}`, one)), failing: new Set(), state: undefined },
      "bestValidation",
    );
  const [right, wrong, unjudged] = [outcome("", 1), outcome("", 0), outcome("", undefined, "guide")];
  expect(pick([right, wrong, wrong], [right, unjudged, unjudged])).toBe(0);
  expect(pick([right, right, wrong], [right, unjudged, unjudged])).toBe(0);
  expect(pick([wrong, wrong, wrong], [right, unjudged, right])).toBe(1);
  expect(pick([unjudged, wrong, wrong], [wrong, right, wrong])).toBe(1);
  expect(pick([unjudged, right, wrong], [right, wrong, wrong])).toBe(0);
  expect(pick([unjudged, unjudged, unjudged], [right, unjudged, wrong])).toBe(1);
});

describe("repeats of one example as one outcome", () => {
  const judged = (score: number): Outcome => ({ exampleId: "a", score, feedback: "", failure: undefined });
  const failed: Outcome = { ...judged(0), failure: { of: "agent", message: "no" } };

  test("count a failed repeat the same, whichever came first", () => {
    for (const repeats of [
      [judged(1), failed],
      [failed, judged(1)],
    ]) {
      const one = poolOutcomes(repeats) as Outcome;
      expect([one.score, one.failure]).toEqual([0.5, undefined]);
      // The failed half is in the score: the whole is not pressed down to the lowest of others once more.
      expect(summarize([one, judged(0.2)]).mean).toBeCloseTo(0.35);
    }
  });

  test("give a failed repeat no more than the judged ones have, and have failed when all have", () => {
    expect(poolOutcomes([failed, judged(-2)])?.score).toBe(-2);
    expect(poolOutcomes([failed, failed])).toEqual(failed);
  });
});
