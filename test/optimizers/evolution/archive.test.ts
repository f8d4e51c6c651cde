import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellOf, type Elite, type FeatureAxis, placeElite } from "../../../src/optimizers/evolution/archive.ts";
import { ringMigrations } from "../../../src/optimizers/evolution/islands.ts";

const axes: readonly FeatureAxis[] = [
  { name: "length", low: 0, high: 100, bins: 10 },
  { name: "diversity", low: -1, high: 1, bins: 4 },
];

describe("a grid of elites", () => {
  it("has equally wide cells, and takes what is beyond a bound into the last one", () => {
    expect(cellOf({ length: 0, diversity: -1 }, axes)).toBe("0,0");
    expect(cellOf({ length: 9.99, diversity: -0.5 }, axes)).toBe("0,1");
    expect(cellOf({ length: 100, diversity: 1 }, axes)).toBe("9,3");
    expect(cellOf({ length: -5, diversity: 50 }, axes)).toBe("0,3");
  });

  it("holds of each cell the fittest, the first of equal ones", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ cell: fc.constantFrom("0", "1", "2"), fitness: fc.integer({ min: 0, max: 4 }) })),
        (rows) => {
          const entries = rows.map((row, at) => ({ ...row, candidate: `c${at}` }));
          const elites = entries.reduce<readonly Elite[]>(placeElite, []);
          for (const { cell, candidate } of elites) {
            const own = entries.filter((entry) => entry.cell === cell);
            const best = Math.max(...own.map(({ fitness }) => fitness));
            expect(candidate).toBe(own.find(({ fitness }) => fitness === best)?.candidate);
          }
          expect(elites.map(({ cell }) => cell)).toEqual([...new Set(entries.map(({ cell }) => cell))]);
          // Whoever changes nothing leaves the same array.
          for (const elite of elites) expect(placeElite(elites, { ...elite, candidate: "late" })).toBe(elites);
        },
      ),
    );
  });

  it("refuses features without a number, and axes without room", () => {
    expect(() => cellOf({ length: 1 }, axes)).toThrow('Feature "diversity" is undefined');
    expect(() => cellOf({ length: Number.NaN, diversity: 0 }, axes)).toThrow('Feature "length" is NaN');
    expect(() => cellOf({ a: 1 }, [{ name: "a", low: 1, high: 1, bins: 2 }])).toThrow("Give a low below its high");
    expect(() => cellOf({ a: 1 }, [{ name: "a", low: 0, high: 1, bins: 0 }])).toThrow("`bins`");
    expect(() => placeElite([], { cell: "0", candidate: "c", fitness: Number.NaN })).toThrow('fitness of "c" is NaN');
  });
});

describe("migration on a ring", () => {
  const islanders = fc.array(
    fc.record({
      candidate: fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"),
      island: fc.integer({ min: 0, max: 3 }),
      fitness: fc.integer({ min: 0, max: 5 }),
      migrant: fc.boolean(),
    }),
    { maxLength: 20 },
  );

  it("goes to neighbours only, never to where one lives, and migrants do not go on", () => {
    fc.assert(
      fc.property(islanders, (all) => {
        for (const { candidate, from, to } of ringMigrations(all, { islands: 4 })) {
          expect([1, 3]).toContain((to - from + 4) % 4);
          expect(all.some((one) => one.island === to && one.candidate === candidate)).toBe(false);
          const own = all.filter(({ island, migrant }) => island === from && !migrant);
          const fitness = Math.max(...own.filter((one) => one.candidate === candidate).map((one) => one.fitness));
          // With a tenth of at most 20, at most two are sent: nobody is passed over for a worse one.
          expect(own.filter((one) => one.fitness > fitness).length).toBeLessThan(2);
        }
      }),
    );
  });

  it("sends the fittest of each island, at least one, to both sides", () => {
    const all = [
      { candidate: "a", island: 0, fitness: 1 },
      { candidate: "b", island: 0, fitness: 2 },
      { candidate: "c", island: 1, fitness: 0 },
    ];
    expect(ringMigrations(all, { islands: 3 })).toEqual([
      { candidate: "b", from: 0, to: 1 },
      { candidate: "b", from: 0, to: 2 },
      { candidate: "c", from: 1, to: 2 },
      { candidate: "c", from: 1, to: 0 },
    ]);
    expect(ringMigrations(all.slice(0, 2), { islands: 2, share: 1 })).toHaveLength(2);
    expect(ringMigrations(all.slice(0, 2), { islands: 1 })).toEqual([]);
  });

  it("refuses islanders of nowhere and shares that are none", () => {
    expect(() => ringMigrations([{ candidate: "a", island: 3, fitness: 0 }], { islands: 3 })).toThrow(
      '"a" lives on island 3',
    );
    expect(() => ringMigrations([], { islands: 3, share: 0 })).toThrow("`share`");
  });
});
