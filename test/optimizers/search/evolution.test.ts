/** Evolution inside `train`: what always holds of its islands, and what it achieves with a model and without one. */

import fc from "fast-check";
import { type Node, parameter, type TrainOptions, type TrainResult, train } from "tracegrad";
import { split } from "tracegrad/data";
import { spaceOf } from "tracegrad/extend";
import { code } from "tracegrad/guides";
import * as operators from "tracegrad/operators";
import { localSearch, space } from "tracegrad/optimizers";
import {
  type EvolutionCascade,
  type EvolutionOptions,
  type EvolutionParent,
  type EvolutionState,
  evolution,
  type Search,
} from "tracegrad/search";
import { afterAll, describe, expect, test } from "vitest";
import { searchLaws } from "./laws.ts";
import { bytes, expectResumable, gambler, meanOver, qualityOf, runFolders, task, tuner } from "./world.ts";

/** The search, and its state after each round. */
function watched(options: EvolutionOptions): { readonly search: Search; readonly states: EvolutionState[] } {
  const states: EvolutionState[] = [];
  const search = evolution(options);
  const round: typeof search.round = async (state, context) => {
    const after = await search.round(state, context);
    states.push(after.state);
    return after;
  };
  return { search: { ...search, round } as Search, states };
}

const membersOf = ({ islands }: EvolutionState, island: number) => islands[island]?.members ?? [];

/** Expects what holds of every run, whatever its options. */
function expectSound(options: EvolutionOptions, { candidates }: TrainResult, states: readonly EvolutionState[]): void {
  const { islands: count = 2, populationSize = 10, migration } = options;
  const start = candidates[0]?.id as string;
  const birth = new Map<string, number>();
  const fittest = new Map<string, number>();
  for (const [at, state] of states.entries()) {
    expect(state.islands).toHaveLength(count);
    for (const [island, { members, elites }] of state.islands.entries()) {
      const ids = members.map(({ candidate }) => candidate);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeLessThanOrEqual(populationSize + elites.length);
      for (const { candidate, born, fitness, cell } of members) {
        expect(fitness).toBe(candidates.find(({ id }) => id === candidate)?.validation?.mean);
        if (candidate !== start && !birth.has(candidate)) birth.set(candidate, born);
        expect(candidate === start ? island : birth.get(candidate)).toBe(born);
        // A migrant came on a ring from where it was born, in a round of migration.
        const before = at === 0 ? [] : membersOf(states[at - 1] as EvolutionState, island);
        if (born !== island && !before.some((member) => member.candidate === candidate)) {
          expect((at + 1) % (migration?.every ?? 10)).toBe(0);
          expect([1, count - 1]).toContain((island - born + count) % count);
        }
        const place = `${island}/${cell}`;
        fittest.set(place, Math.max(fittest.get(place) ?? -Infinity, fitness as number));
      }
      const cells = elites.map(({ cell }) => `${island}/${cell}`);
      expect(new Set(cells).size).toBe(cells.length);
      expect(cells.sort()).toEqual([...fittest.keys()].filter((place) => place.startsWith(`${island}/`)).sort());
      for (const { cell, candidate, fitness } of elites) {
        expect(fitness).toBe(fittest.get(`${island}/${cell}`));
        expect(members.find((member) => member.candidate === candidate)).toMatchObject({ cell, fitness });
      }
    }
  }
  for (const { id, step, parents, origin } of candidates.slice(1)) {
    const before = states[step - 2];
    const homes = Array.from({ length: count }, (_, island) => island).filter((island) => {
      const living = before === undefined ? [start] : membersOf(before, island).map(({ candidate }) => candidate);
      return parents.every((parent) => living.includes(parent)) && (birth.get(id) ?? island) === island;
    });
    expect(
      homes.length,
      `${id}, a ${origin} of round ${step}, has parents that live where it was born`,
    ).toBeGreaterThan(0);
  }
}

/** Any options that make a small run. */
const anyOptions: fc.Arbitrary<EvolutionOptions> = fc.record({
  islands: fc.integer({ min: 1, max: 4 }),
  children: fc.integer({ min: 1, max: 5 }),
  populationSize: fc.integer({ min: 1, max: 6 }),
  parent: fc.constantFrom<EvolutionParent>("weighted", "mixture", { random: 0, archive: 0, fitness: 1 }),
  operators: fc.record({ mutate: fc.constantFrom(0.3, 1), crossover: fc.constantFrom(0, 0.5) }),
  migration: fc.record({ every: fc.integer({ min: 1, max: 3 }), share: fc.constantFrom(0.1, 1) }),
  cascade: fc.constantFrom<EvolutionCascade | null>(
    null,
    { threshold: 0, examples: 2 },
    { on: "minibatch", threshold: -1 },
  ),
  features: fc.constant([{ name: "bass", value: ({ bass }) => Number(bass), low: 0, high: 100, bins: 4 }]),
});

const knobSpace = Object.fromEntries(
  ["bass", "middle", "treble", "volume"].map((name) => [name, space.number({ min: 0, max: 100, step: 1 })]),
);

describe("Evolution", () => {
  searchLaws({ make: () => evolution({ islands: 2, children: 3, migration: { every: 2 } }), evaluations: 140 });

  test("of every kind keeps its islands apart, and the fittest of each cell", async () => {
    const run = async (given: EvolutionOptions, seed: number) => {
      const { search, states } = watched(given);
      const result = await train(
        task({ search, llm: gambler(seed), seed, train: 4, validation: 4 }, { budget: { steps: 5 } }),
      ).result;
      expectSound(given, result, states);
      return states.at(-1) as EvolutionState;
    };
    const seeds = fc.integer({ min: 1, max: 1_000 });
    await fc.assert(
      fc.asyncProperty(anyOptions, fc.boolean(), seeds, async (options, hasSpace, seed) => {
        await run(hasSpace ? { ...options, space: knobSpace } : options, seed);
      }),
      { numRuns: 20, seed: 7 },
    );
    const { islands } = await run({ islands: 3, children: 6, migration: { every: 2, share: 1 } }, 1);
    for (const [at, { members }] of islands.entries()) {
      expect(members.filter(({ born }) => born === at).length).toBeGreaterThan(3);
      expect(members.filter(({ born }) => born !== at).length).toBeGreaterThan(1);
    }
  });
});

/** A program of ten bits that scores by the share of ones; it has no model. */
function oneMax(options: EvolutionOptions, seed: number): TrainOptions<number, boolean[], string> {
  const bits = Array.from({ length: 10 }, (_, at) => parameter(false, { name: `bit_${at}` }));
  const domains = Object.fromEntries(bits.map(({ name }) => [name, space.boolean()]));
  return {
    agent: (): Node<boolean[]> => operators.makeList<boolean>(...bits),
    optimizer: localSearch(bits, { space: domains }),
    guide: code<number, boolean[], string>((_, output) => output.filter((bit) => bit).length / output.length),
    data: split(
      [1, 2].map((input) => ({ input, target: "" })),
      { train: 1, validation: 1 },
    ),
    search: evolution({ ...options, space: domains }),
    seed,
    acceptance: "best",
    budget: { evaluations: 80 },
  };
}

describe("without a model", () => {
  const folders = runFolders();
  afterAll(() => folders.remove());

  test("it climbs OneMax, far beyond programs by and says that it has no model", async () => {
    expect(evolution({ space: knobSpace }).name).toBe("Evolution (no LLM)");
    const best = (options: EvolutionOptions) =>
      meanOver(3, async (seed) => (await train(oneMax(options, seed)).result).best.validation?.mean as number);
    const evolved = await best({ islands: 1 });
    expect(evolved).toBeGreaterThan(0.9);
    expect(evolved).toBeGreaterThan((await best({ operators: { mutate: 0, crossover: 0, random: 1 } })) + 0.05);
  });

  test("it takes what spaceOf makes, and stays with the parameters that the space names", async () => {
    const { bass, treble } = knobSpace as Record<string, ReturnType<typeof space.boolean>>;
    const search = evolution({ space: spaceOf({ bass, treble } as typeof knobSpace) });
    const result = await train(task({ search, llm: tuner(1) }, { budget: { steps: 8 } })).result;
    expect(result.spent.llmCalls).toBe(0);
    expect(qualityOf(result.best.values)).toBeGreaterThan(qualityOf(result.baseline.values));
    for (const { values } of result.candidates) expect(values).toMatchObject({ middle: 50, volume: 50 });
  });

  test("stopped anywhere and resumed it ends as if it had not been, at any concurrency", async () => {
    const make = (changes: object) =>
      task({ search: evolution({ space: knobSpace }), llm: tuner(1) }, { budget: { steps: 4 }, ...changes });
    await expectResumable(make, folders, 3);
    const [alone, together] = [1, 16].map((concurrency) => train(make({ concurrency })).result);
    expect(bytes((await together) as TrainResult)).toBe(bytes((await alone) as TrainResult));
  });

  test("a space that was tried whole ends the run calmly", async () => {
    const small = { bass: space.choices([50, 83]), middle: space.choices([50, 12]) };
    const result = await train(task({ search: evolution({ space: small }), llm: tuner(1) }, { budget: { steps: 200 } }))
      .result;
    expect(result.best.values).toMatchObject({ bass: 83, middle: 12 });
    expect(result.candidates).toHaveLength(4);
    expect(result.reason).toBe("idle");
  });
});
