import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Objective } from "../../../src/math/pareto.ts";
import {
  type Front,
  frontScores,
  frontsOf,
  nonDominated,
  removeDominated,
  updateFronts,
} from "../../../src/optimizers/gepa/instance-fronts.ts";
import {
  bestCandidate,
  parentWeights,
  sampleEpsilonGreedyParent,
  sampleParent,
  sampleTopKParent,
  topKFronts,
} from "../../../src/optimizers/gepa/parents.ts";
import { seeded } from "../../../src/util/rng.ts";
import { gepa } from "./gepa-fixture.ts";

const objectives: readonly Objective[] = [
  { name: "quality", goal: "maximize" },
  { name: "speed", goal: "maximize" },
];

/** Scores of up to 7 candidates on up to 6 examples, few enough values that ties are common. */
const worlds = fc
  .array(fc.array(fc.option(fc.integer({ min: 0, max: 3 }), { freq: 5 }), { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 7,
  })
  .map((rows) => {
    const scores = rows.map((row) => new Map(row.flatMap((score, at) => (score === null ? [] : [[`x${at}`, score]]))));
    const named = scores.map((map, at) => [`c${at}`, map as ReadonlyMap<string, number>] as const);
    const total = (map: ReadonlyMap<string, number>) => [...map.values()].reduce((sum, one) => sum + one, 0);
    return { named, fronts: frontsOf(named), aggregate: new Map(named.map(([name, map]) => [name, total(map)])) };
  });

const aggregateOf = (scores: readonly number[]) => new Map(scores.map((score, at) => [String(at), score]));
const toFronts = (rows: readonly { key: unknown; score: number; programs: readonly number[] }[]): Front[] =>
  rows.map(({ key, score, programs }) => ({ key: JSON.stringify(key), score, candidates: programs.map(String) }));
const weightsOf = (weights: ReadonlyMap<string, number>) =>
  [...weights].map(([candidate, weight]) => [Number(candidate), weight]).sort(([a = 0], [b = 0]) => a - b);

describe("on the states that GEPA recorded", () => {
  it("the fixture says where it is from and holds 30 states", () => {
    expect(gepa.origin).toContain("gepa 0.1.4 from PyPI");
    expect(gepa.fronts).toHaveLength(30);
  });

  it.each([...gepa.fronts.entries()])("state %i has the same fronts, after every kind of update", (_, state) => {
    const scores = state.evaluations.map((outcomes) => frontScores(state.kind, outcomes, objectives));
    const fronts = frontsOf(scores.map((map, at) => [String(at), map]));
    // Keys are written differently there, so fronts are compared as the set of who reached what.
    const plain = (rows: readonly Front[]) =>
      rows
        .map(({ score, candidates }) =>
          JSON.stringify([score.toFixed(12), candidates.map(Number).sort((a, b) => a - b)]),
        )
        .sort();
    expect(plain(fronts)).toEqual(plain(toFronts(state.fronts)));
    expect(fronts).toHaveLength(state.fronts.length);
  });

  it.each([...gepa.fronts.entries()])(
    "state %i loses the same dominated programs, and has the same weights",
    (_, state) => {
      const fronts = toFronts(state.fronts);
      const aggregate = aggregateOf(state.aggregate);
      const cleaned = removeDominated(fronts, aggregate);
      expect(cleaned.map(({ candidates }) => candidates.map(Number).sort((a, b) => a - b))).toEqual(state.cleaned);
      expect(
        nonDominated(fronts, aggregate)
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual(state.dominators);
      expect(weightsOf(parentWeights(fronts, aggregate))).toEqual(state.weights);
      expect(bestCandidate(aggregate)).toBe(String(state.best));
      const top = topKFronts(fronts, aggregate, state.k);
      if (state.topWeights === null) expect(top).toEqual([]);
      else expect(weightsOf(parentWeights(top, aggregate))).toEqual(state.topWeights);
    },
  );
});

describe("fronts", () => {
  it("hold exactly the best of each key, with its score", () => {
    fc.assert(
      fc.property(worlds, ({ named, fronts }) => {
        const keys = new Set(named.flatMap(([, scores]) => [...scores.keys()]));
        expect(new Set(fronts.map(({ key }) => key))).toEqual(keys);
        for (const { key, score, candidates } of fronts) {
          const best = Math.max(...named.map(([, scores]) => scores.get(key) ?? Number.NEGATIVE_INFINITY));
          expect(score).toBe(best);
          expect(candidates).toEqual(named.filter(([, scores]) => scores.get(key) === best).map(([name]) => name));
        }
      }),
    );
  });

  it("stay the same when a candidate comes twice, and are not changed in place", () => {
    fc.assert(
      fc.property(worlds, ({ named, fronts }) => {
        const before = structuredClone(fronts);
        for (const [name, scores] of named) expect(updateFronts(fronts, name, scores)).toEqual(fronts);
        expect(fronts).toEqual(before);
      }),
    );
  });

  it("are empty nowhere after the dominated are gone, and nobody left is dominated", () => {
    fc.assert(
      fc.property(worlds, ({ fronts, aggregate }) => {
        const left = removeDominated(fronts, aggregate);
        for (const { candidates } of left) expect(candidates.length).toBeGreaterThan(0);
        expect(removeDominated(left, aggregate)).toEqual(left);
        // Whoever is left is alone on some front.
        for (const one of nonDominated(fronts, aggregate)) {
          expect(left.some(({ candidates }) => candidates.length === 1 && candidates[0] === one)).toBe(true);
        }
      }),
    );
  });

  it("refuse a score that is no number and a candidate without an aggregate", () => {
    expect(() => updateFronts([], "c", new Map([["x", Number.NaN]]))).toThrow('Candidate "c" has NaN');
    expect(() => removeDominated(frontsOf([["c", new Map([["x", 1]])]]), new Map())).toThrow("no aggregate score");
  });

  it("turn costs around, leave out what was not measured, and keep keys apart", () => {
    const outcomes = [
      { exampleId: "a", score: 1, objectives: { cost: 2, quality: 0.5 } },
      { exampleId: "b", score: undefined, objectives: { cost: 4 } },
    ];
    const aims: readonly Objective[] = [
      { name: "quality", goal: "maximize" },
      { name: "cost", goal: "minimize" },
    ];
    // The mean of a quality that was measured on one of two examples would not compare.
    expect(Object.fromEntries(frontScores("hybrid", outcomes, aims))).toEqual({
      '["example","a"]': 1,
      '["objective","cost"]': -3,
    });
    expect(Object.fromEntries(frontScores("cartesian", outcomes, aims))).toEqual({
      '["example","a","quality"]': 0.5,
      '["example","a","cost"]': -2,
      '["example","b","cost"]': -4,
    });
    expect(frontScores("instance", outcomes).size).toBe(1);
    expect(() => frontScores("objective", outcomes)).toThrow("Give at least one");
  });
});

describe("drawing a parent", () => {
  const fronts = frontsOf([
    [
      "a",
      new Map([
        ["1", 1],
        ["2", 1],
        ["3", 1],
      ]),
    ],
    ["b", new Map([["4", 1]])],
    ["c", new Map([["1", 0]])],
  ]);
  const aggregate = new Map([
    ["a", 0.7],
    ["b", 0.2],
    ["c", 0.9],
  ]);
  const share = (draw: (rng: ReturnType<typeof seeded>) => string, wanted: string) => {
    const rng = seeded(4);
    return Array.from({ length: 4000 }, () => draw(rng)).filter((drawn) => drawn === wanted).length / 4000;
  };

  it("follows the number of fronts, and never gives a candidate that is on none", () => {
    expect(share((rng) => sampleParent(fronts, aggregate, rng), "a")).toBeCloseTo(0.75, 1);
    expect(share((rng) => sampleParent(fronts, aggregate, rng), "c")).toBe(0);
  });

  it("explores with probability epsilon, and takes the best otherwise", () => {
    expect(share((rng) => sampleEpsilonGreedyParent(aggregate, 0.3, rng), "c")).toBeCloseTo(0.8, 1);
    expect(share((rng) => sampleEpsilonGreedyParent(aggregate, 0, rng), "c")).toBe(1);
    expect(() => sampleEpsilonGreedyParent(aggregate, 2, seeded(1))).toThrow("0 to 1");
  });

  it("of the top k takes the best when none of them is on a front", () => {
    expect(sampleTopKParent(fronts, aggregate, 1, seeded(1))).toBe("c");
    expect(share((rng) => sampleTopKParent(fronts, aggregate, 2, rng), "a")).toBe(1);
  });

  it("without candidates is refused", () => {
    expect(() => sampleParent([], new Map(), seeded(1))).toThrow("No front has a candidate");
    expect(() => bestCandidate(new Map())).toThrow("Score one first");
  });
});
