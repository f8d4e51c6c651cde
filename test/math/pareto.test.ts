import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dominates, type Objective, type ObjectiveScores, paretoFront, paretoRanks } from "../../src/math/pareto.ts";

interface OptunaCase {
  readonly values: readonly (readonly number[])[];
  readonly ranks: readonly number[];
  readonly reference: readonly number[];
}
interface TraceCase {
  readonly objectives: readonly Objective[];
  readonly scores: readonly ObjectiveScores[];
  readonly ranks: readonly number[];
  readonly dominates: readonly (readonly [number, number])[];
}
function fixture<T>(name: string): readonly T[] {
  const data = JSON.parse(readFileSync(`test/fixtures/optimizers/${name}.json`, "utf8")) as { cases: readonly T[] };
  expect(data.cases).toHaveLength(30);
  return data.cases;
}

const aims = (dimensions: number, goal: Objective["goal"] = "maximize"): Objective[] =>
  Array.from({ length: dimensions }, (_, at) => ({ name: `o${at}`, goal }));
const scoresOf = (row: readonly number[]): ObjectiveScores =>
  Object.fromEntries(row.map((value, at) => [`o${at}`, value]));

const objectives: readonly Objective[] = [
  { name: "score", goal: "maximize" },
  { name: "cost", goal: "minimize" },
  { name: "length", goal: "minimize" },
];
const level = fc.integer({ min: 0, max: 3 });
const oneScores = fc.record(
  { score: level, cost: level, length: level },
  { requiredKeys: [] },
) as fc.Arbitrary<ObjectiveScores>;
const manyScores = fc.array(oneScores, { maxLength: 12 });

describe("as the originals do", () => {
  it("ranks are Optuna's", () => {
    for (const one of fixture<OptunaCase>("optuna-pareto")) {
      const scores = one.values.map(scoresOf);
      const objectives = aims(one.reference.length);
      expect(paretoRanks(scores, objectives)).toEqual(one.ranks);
    }
  });

  it("dominance and ranks are OpenTrace's, also where scores are missing", () => {
    for (const one of fixture<TraceCase>("trace")) {
      expect(paretoRanks(one.scores, one.objectives)).toEqual(one.ranks);
      const pairs = one.scores.flatMap((a, i) =>
        one.scores.flatMap((b, j) => (dominates(a, b, one.objectives) ? [[i, j]] : [])),
      );
      expect(pairs).toEqual(one.dominates);
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

  it("gives nothing for not measuring", () => {
    expect(dominates({ score: 1, cost: 100, length: 0 }, { score: 1, length: 0 }, objectives)).toBe(true);
    expect(dominates({ score: 1, length: 0 }, { score: 1, cost: 100, length: 0 }, objectives)).toBe(false);
    // A name that every object has is no measurement.
    expect(dominates({}, { toString: 1 } as ObjectiveScores, [{ name: "toString", goal: "maximize" }])).toBe(false);
  });
});

describe("the front", () => {
  it("is those that no other dominates, and each other one is dominated by one on it", () => {
    fc.assert(
      fc.property(manyScores, (scores) => {
        const best = paretoFront(scores, (one) => one, objectives);
        for (const one of scores) {
          expect(best.includes(one)).toBe(!scores.some((other) => dominates(other, one, objectives)));
          if (!best.includes(one)) expect(best.some((other) => dominates(other, one, objectives))).toBe(true);
        }
        expect(best).toEqual(scores.filter((_, at) => paretoRanks(scores, objectives)[at] === 0));
      }),
    );
  });

  it("peels off rank by rank: each of rank n + 1 is dominated by one of rank n, and by none of its own", () => {
    fc.assert(
      fc.property(manyScores, (scores) => {
        const all = paretoRanks(scores, objectives);
        for (const [at, rank] of all.entries()) {
          const by = (other: number) => scores.filter((_, index) => all[index] === other);
          expect(by(rank).some((other) => dominates(other, scores[at] as ObjectiveScores, objectives))).toBe(false);
          if (rank > 0) {
            expect(by(rank - 1).some((other) => dominates(other, scores[at] as ObjectiveScores, objectives))).toBe(
              true,
            );
          }
        }
      }),
    );
  });
});

describe("bad input", () => {
  it("is refused with its name", () => {
    expect(() => dominates({ score: Number.NaN }, {}, objectives)).toThrow('The score "score" is NaN');
    expect(() => paretoRanks([{ score: 1 }, { cost: Number.POSITIVE_INFINITY }], objectives)).toThrow(
      'The score "cost" is Infinity',
    );
    expect(() => dominates({}, {}, [])).toThrow("no objective");
    expect(() => dominates({}, {}, [...objectives, ...objectives])).toThrow('Two objectives are named "score"');
    expect(() => dominates({}, {}, [{ name: "a", goal: "max" as "maximize" }])).toThrow('"a": the goal is');
  });

  it("of nothing is nothing", () => {
    expect(paretoFront([], () => ({}), objectives)).toEqual([]);
    expect(paretoRanks([], objectives)).toEqual([]);
  });
});
