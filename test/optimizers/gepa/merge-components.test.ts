import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ancestorsOf } from "../../../src/math/lineage.ts";
import {
  type Components,
  type MergePool,
  mergeablePairs,
  mergeComponents,
  noMerges,
  proposeMerge,
} from "../../../src/optimizers/gepa/merge-components.ts";
import { mergeExamples, pairedExamples } from "../../../src/optimizers/gepa/merge-examples.ts";
import { seeded } from "../../../src/util/rng.ts";
import { gepa } from "./gepa-fixture.ts";

interface PlainPool {
  readonly candidates: readonly Components[];
  readonly parents: readonly (readonly number[])[];
  readonly scores: readonly number[];
}

function poolOf({ candidates, parents, scores }: PlainPool): MergePool {
  return {
    parents: new Map(parents.map((row, at) => [String(at), row.map(String)])),
    values: new Map(candidates.map((values, at) => [String(at), values])),
    scores: new Map(scores.map((score, at) => [String(at), score])),
  };
}
const tripleOf = ([first, second, ancestor]: readonly [number, number, number]) => ({
  first: String(first),
  second: String(second),
  ancestor: String(ancestor),
});
const ascending = (ids: readonly string[]) => ids.map(Number).sort((a, b) => a - b);

describe("on the states that GEPA recorded", () => {
  it.each([...gepa.merges.entries()])("state %i has the same pairs, ancestors and draws", (_, state) => {
    const pool = poolOf(state);
    const log = { triples: state.used.map(tripleOf), descriptions: [] };
    const pairs = mergeablePairs([...pool.parents.keys()].reverse(), pool, log);
    const plain = pairs.map(({ first, second, ancestors }) => ({
      pair: [Number(first), Number(second)],
      ancestors: ascending(ancestors),
    }));
    expect(plain).toEqual(state.pairs.map(({ pair, ancestors }) => ({ pair, ancestors })));
    // The weights of GEPA's draw of an ancestor are the scores, as here.
    for (const { drawn } of state.pairs) for (const [at, weight] of drawn ?? []) expect(weight).toBe(state.scores[at]);
  });

  it.each([...gepa.merges.entries()])("state %i merges to the same components", (_, state) => {
    for (const { triple, values } of state.merges) {
      expect(mergeComponents(tripleOf(triple), poolOf(state), seeded(1)).values).toEqual(values);
    }
  });

  it("hold many pairs and merges, so that agreeing means something", () => {
    expect(gepa.merges.flatMap(({ pairs }) => pairs).length).toBeGreaterThan(200);
    expect(gepa.merges.flatMap(({ merges }) => merges).length).toBeGreaterThan(200);
    expect(
      gepa.merges.flatMap(({ pairs }) => pairs).filter(({ drawn }) => (drawn?.length ?? 0) > 1).length,
    ).toBeGreaterThan(20);
  });

  it.each([...gepa.subsamples.entries()])("pick %i of examples is from the same kinds, as many of each", (_, state) => {
    const named = (rows: readonly (readonly [number, number])[]) =>
      new Map(rows.map(([id, score]) => [String(id), score]));
    const [first, second] = [named(state.first), named(state.second)];
    const kinds = pairedExamples(first, second);
    const nonEmpty = [kinds.first, kinds.second, kinds.tie].filter((kind) => kind.length > 0);
    for (const [at, kind] of nonEmpty.slice(0, state.draws.length).entries()) {
      expect(ascending(kind)).toEqual(state.draws[at]?.from);
    }
    const picked = mergeExamples(first, second, seeded(3));
    const counts = (ids: readonly string[]) => ids.length;
    const from = (ids: readonly string[], kind: readonly string[]) => ids.filter((id) => kind.includes(id));
    const common = new Set([...kinds.first, ...kinds.second, ...kinds.tie]);
    expect(new Set(picked).size).toBe(Math.min(5, common.size));
    if (common.size >= 5) {
      // Beyond the first picks the rest is from any kind, there as here.
      const least = nonEmpty.map((kind, at) => [kind, state.draws[at]?.take ?? 0] as const);
      for (const [kind, take] of least) expect(counts(from(picked, kind))).toBeGreaterThanOrEqual(take);
      expect(state.chosen).toHaveLength(picked.length);
    }
  });
});

/** Pools in which each candidate comes from one or two earlier ones. */
const pools = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.boolean(), fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }), fc.nat(4)), {
    minLength: 1,
    maxLength: 9,
  })
  .map((rows) =>
    poolOf({
      parents: rows.map(([a, b, two], at) => (at === 0 ? [] : two ? [a % at, b % at] : [a % at])),
      candidates: rows.map(([, , , versions]) =>
        Object.fromEntries(versions.map((version, at) => [`p${at}`, version])),
      ),
      scores: rows.map(([, , , , score]) => score),
    }),
  );

describe("a merge", () => {
  it("has of each component the version of one of its parents, and the ancestor's only where a parent kept it", () => {
    fc.assert(
      fc.property(pools, fc.nat(), (pool, seed) => {
        const merge = proposeMerge([...pool.parents.keys()], pool, { log: noMerges, rng: seeded(seed) });
        if (!merge) return;
        const { first, second, ancestor } = merge.triple;
        const of = (id: string) => pool.values.get(id) as Components;
        for (const [name, value] of Object.entries(merge.values)) {
          const [a, i, j] = [of(ancestor)[name], of(first)[name], of(second)[name]];
          expect([i, j]).toContain(value);
          expect(of(merge.sources[name] as string)[name]).toBe(value);
          if (a === i) expect(value).toBe(j);
          if (a === j) expect(value).toBe(i);
          if (a !== i && a !== j && pool.scores.get(first) !== pool.scores.get(second)) {
            const better = (pool.scores.get(first) ?? 0) > (pool.scores.get(second) ?? 0) ? i : j;
            expect(value).toBe(better);
          }
        }
        expect(ancestorsOf(first, pool.parents).has(ancestor)).toBe(true);
        expect(ancestorsOf(second, pool.parents).has(ancestor)).toBe(true);
      }),
    );
  });

  it("is not made twice: proposing on and on comes to an end, and every triple and mixture is new", () => {
    fc.assert(
      fc.property(pools, fc.nat(), (pool, seed) => {
        const rng = seeded(seed);
        let log = noMerges;
        for (let made = 0; made < 200; made++) {
          const merge = proposeMerge([...pool.parents.keys()], pool, { log, rng });
          if (!merge) return;
          log = JSON.parse(JSON.stringify(merge.log)) as typeof log;
          expect(new Set(log.descriptions).size).toBe(made + 1);
          expect(new Set(log.triples.map((triple) => JSON.stringify(triple))).size).toBe(made + 1);
        }
        expect.unreachable("no end");
      }),
      { numRuns: 50 },
    );
  });

  it("takes two changes together that neither side has", () => {
    const pool = poolOf({
      candidates: [
        { a: { x: 1 }, b: 1 },
        { a: { x: 2 }, b: 1 },
        { a: { x: 1 }, b: 2 },
      ],
      parents: [[], [0], [0]],
      scores: [0.2, 0.5, 0.4],
    });
    const merge = proposeMerge(["1", "2"], pool, { log: noMerges, rng: seeded(1) });
    expect(merge?.values).toEqual({ a: { x: 2 }, b: 2 });
    expect(merge?.sources).toEqual({ a: "1", b: "2" });
    expect(proposeMerge(["1", "2"], pool, { log: noMerges, rng: seeded(1), overlaps: () => false })).toBeUndefined();
    expect(proposeMerge(["0", "1"], pool, { log: noMerges, rng: seeded(1) })).toBeUndefined();
  });

  it("draws the ancestor by its score", () => {
    // Both 0 and 1 are ancestors of 2 and 3.
    const pool = poolOf({
      candidates: [
        { a: "0", b: "0" },
        { a: "1", b: "0" },
        { a: "1", b: "2" },
        { a: "3", b: "0" },
      ],
      parents: [[], [0], [1], [1]],
      scores: [0.1, 0.3, 0.5, 0.4],
    });
    const rng = seeded(8);
    const drawn = Array.from(
      { length: 2000 },
      () => proposeMerge(["2", "3"], pool, { log: noMerges, rng })?.triple.ancestor,
    );
    expect(drawn.filter((ancestor) => ancestor === "1").length / 2000).toBeCloseTo(0.75, 1);
  });

  it("is refused for a pool that does not hang together, naming the culprit", () => {
    const plain = { candidates: [{ a: 1 }, { a: 2 }, { b: 3 }], parents: [[], [0], [0]], scores: [0, 1, 1] };
    const chance = { log: noMerges, rng: seeded(1) };
    expect(() => proposeMerge(["1", "2"], poolOf(plain), chance)).toThrow(
      'Candidates "2" and "0" do not have the same',
    );
    expect(() => proposeMerge(["1", "2"], { ...poolOf(plain), scores: new Map() }, chance)).toThrow('"0" has no score');
    expect(() => proposeMerge(["1", "2"], { ...poolOf(plain), values: new Map() }, chance)).toThrow(
      '"0" has no values',
    );
  });
});
