import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crowding } from "../../../src/optimizers/pure/crowding.ts";
import { hypervolume } from "../../../src/optimizers/pure/hypervolume.ts";
import {
  dominates,
  front,
  type Objective,
  ranks,
  type Scores,
  scalarize,
} from "../../../src/optimizers/pure/pareto.ts";

interface OptunaCase {
  readonly values: readonly (readonly number[])[];
  readonly ranks: readonly number[];
  readonly crowding: readonly (number | "inf")[];
  readonly reference: readonly number[];
  readonly hypervolume: number;
}
interface TraceCase {
  readonly objectives: readonly Objective[];
  readonly scores: readonly Scores[];
  readonly ranks: readonly number[];
  readonly dominates: readonly (readonly [number, number])[];
  readonly sums: readonly (number | "-inf")[];
}
function fixture<T>(name: string): readonly T[] {
  const data = JSON.parse(readFileSync(`test/fixtures/optimizers/${name}.json`, "utf8")) as { cases: readonly T[] };
  expect(data.cases).toHaveLength(30);
  return data.cases;
}

const aims = (dimensions: number, goal: Objective["goal"] = "maximize"): Objective[] =>
  Array.from({ length: dimensions }, (_, at) => ({ name: `o${at}`, goal }));
const scoresOf = (row: readonly number[]): Scores => Object.fromEntries(row.map((value, at) => [`o${at}`, value]));

const objectives: readonly Objective[] = [
  { name: "score", goal: "maximize", weight: 2 },
  { name: "cost", goal: "minimize" },
  { name: "length", goal: "minimize", weight: 0 },
];
const level = fc.integer({ min: 0, max: 3 });
const oneScores = fc.record({ score: level, cost: level, length: level }, { requiredKeys: [] }) as fc.Arbitrary<Scores>;
const manyScores = fc.array(oneScores, { maxLength: 12 });

describe("as the originals do", () => {
  it("ranks, crowding distances and hypervolumes are Optuna's", () => {
    for (const one of fixture<OptunaCase>("optuna-pareto")) {
      const scores = one.values.map(scoresOf);
      const objectives = aims(one.reference.length);
      expect(ranks(scores, objectives)).toEqual(one.ranks);
      const distances = crowding(scores, objectives);
      for (const [at, expected] of one.crowding.entries()) {
        expect(distances[at]).toBeCloseTo(expected === "inf" ? Number.POSITIVE_INFINITY : expected, 10);
      }
      expect(hypervolume(scores, objectives, scoresOf(one.reference))).toBeCloseTo(one.hypervolume, 10);
    }
  });

  it("dominance, ranks and weighted sums are OpenTrace's, also where scores are missing", () => {
    for (const one of fixture<TraceCase>("trace")) {
      expect(ranks(one.scores, one.objectives)).toEqual(one.ranks);
      const pairs = one.scores.flatMap((a, i) =>
        one.scores.flatMap((b, j) => (dominates(a, b, one.objectives) ? [[i, j]] : [])),
      );
      expect(pairs).toEqual(one.dominates);
      for (const [at, sum] of one.sums.entries()) {
        expect(scalarize(one.scores[at] as Scores, one.objectives)).toBeCloseTo(
          sum === "-inf" ? Number.NEGATIVE_INFINITY : sum,
          10,
        );
      }
    }
  });
});

describe("dominance", () => {
  it("is a strict partial order", () => {
    fc.assert(
      fc.property(oneScores, oneScores, oneScores, (a, b, c) => {
        expect(dominates(a, a, objectives)).toBe(false);
        if (dominates(a, b, objectives)) expect(dominates(b, a, objectives)).toBe(false);
        if (dominates(a, b, objectives) && dominates(b, c, objectives)) expect(dominates(a, c, objectives)).toBe(true);
      }),
    );
  });

  it("is seen by every sum of positive weights", () => {
    fc.assert(
      fc.property(
        oneScores,
        oneScores,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
        (a, b, w) => {
          const weighted = objectives.map((objective, at) => ({ ...objective, weight: w[at] as number }));
          if (!dominates(a, b, objectives)) return;
          // Both can be -Infinity, when both lack something.
          expect(scalarize(a, weighted)).toBeGreaterThanOrEqual(scalarize(b, weighted));
        },
      ),
    );
  });

  it("gives nothing for not measuring", () => {
    expect(dominates({ score: 1, cost: 100, length: 0 }, { score: 1, length: 0 }, objectives)).toBe(true);
    expect(dominates({ score: 1, length: 0 }, { score: 1, cost: 100, length: 0 }, objectives)).toBe(false);
    expect(scalarize({ score: 1, length: 0 }, objectives)).toBe(Number.NEGATIVE_INFINITY);
    expect(scalarize({ score: 1, cost: 3 }, objectives)).toBe(-1);
    // A name that every object has is no measurement.
    expect(scalarize({}, [{ name: "toString", goal: "maximize" }])).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("the front", () => {
  it("is those that no other dominates, and each other one is dominated by one on it", () => {
    fc.assert(
      fc.property(manyScores, (scores) => {
        const best = front(scores, (one) => one, objectives);
        for (const one of scores) {
          expect(best.includes(one)).toBe(!scores.some((other) => dominates(other, one, objectives)));
          if (!best.includes(one)) expect(best.some((other) => dominates(other, one, objectives))).toBe(true);
        }
        expect(best).toEqual(scores.filter((_, at) => ranks(scores, objectives)[at] === 0));
      }),
    );
  });

  it("peels off rank by rank: each of rank n + 1 is dominated by one of rank n, and by none of its own", () => {
    fc.assert(
      fc.property(manyScores, (scores) => {
        const all = ranks(scores, objectives);
        for (const [at, rank] of all.entries()) {
          const by = (other: number) => scores.filter((_, index) => all[index] === other);
          expect(by(rank).some((other) => dominates(other, scores[at] as Scores, objectives))).toBe(false);
          if (rank > 0) {
            expect(by(rank - 1).some((other) => dominates(other, scores[at] as Scores, objectives))).toBe(true);
          }
        }
      }),
    );
  });
});

describe("the hypervolume", () => {
  it("is the share of random points that are dominated", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(level, level, level), { maxLength: 8 }), (rows) => {
        // On whole numbers the volume is the count of unit cubes below some point.
        const cubes = [0, 1, 2].flatMap((x) => [0, 1, 2].flatMap((y) => [0, 1, 2].map((z) => [x, y, z] as const)));
        const below = cubes.filter(([x, y, z]) => rows.some((row) => row[0] > x && row[1] > y && row[2] > z));
        expect(hypervolume(rows.map(scoresOf), aims(3), scoresOf([0, 0, 0]))).toBe(below.length);
        // The same, told as costs.
        const costs = rows.map((row) => scoresOf(row.map((value) => 3 - value)));
        expect(hypervolume(costs, aims(3, "minimize"), scoresOf([3, 3, 3]))).toBe(below.length);
      }),
    );
  });

  it("never falls with another point, and rises with one that nobody dominates or equals", () => {
    fc.assert(
      fc.property(manyScores, oneScores, (scores, more) => {
        const reference = { score: -1, cost: 4, length: 4 };
        const [before, after] = [scores, [...scores, more]].map((all) => hypervolume(all, objectives, reference));
        const isNew =
          Object.keys(more).length === 3 &&
          !scores.some((one) => dominates(one, more, objectives) || isEqual(one, more));
        if (isNew) expect(after).toBeGreaterThan(before as number);
        else expect(after).toBe(before);
      }),
    );
  });
});

function isEqual(a: Scores, b: Scores): boolean {
  return objectives.every(({ name }) => a[name] === b[name]);
}

describe("bad input", () => {
  it("is refused with its name", () => {
    expect(() => dominates({ score: Number.NaN }, {}, objectives)).toThrow('The score "score" is NaN');
    expect(() => ranks([{ score: 1 }, { cost: Number.POSITIVE_INFINITY }], objectives)).toThrow(
      'The score "cost" is Infinity',
    );
    expect(() => scalarize({}, [])).toThrow("no objective");
    expect(() => scalarize({}, [...objectives, ...objectives])).toThrow('Two objectives are named "score"');
    expect(() => scalarize({}, [{ name: "a", goal: "max" as "maximize" }])).toThrow('"a": the goal is');
    expect(() => scalarize({}, [{ name: "a", goal: "maximize", weight: -1 }])).toThrow('"a": the weight');
    expect(() => hypervolume([], objectives, { score: 1 })).toThrow('The reference has no "cost"');
  });

  it("of nothing is nothing", () => {
    expect(front([], () => ({}), objectives)).toEqual([]);
    expect(ranks([], objectives)).toEqual([]);
    expect(crowding([], objectives)).toEqual([]);
    expect(hypervolume([], objectives, { score: 0, cost: 1, length: 1 })).toBe(0);
  });
});
