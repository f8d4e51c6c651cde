import fc from "fast-check";
import { expect, test } from "vitest";
import { Column } from "../../../src/graph/table/column.ts";
import { rareRows, rowsWithin } from "../../../src/graph/table/rows.ts";

test("the rows that nine in ten differ from are found, and no others", () => {
  const column = fc.array(fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, fc.nat(2)), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(column, (keys) => {
      const common = [0, 1, 2].find((key) => keys.filter((other) => other === key).length >= 0.9 * keys.length);
      const rare = common === undefined ? [] : [...keys.keys()].filter((row) => keys[row] !== common);
      expect(rareRows([new Column("x", keys)], keys.length)).toEqual(rare);
    }),
  );
});

test("as many rows are chosen as there may be, the ends first and then what is rare", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(99), { maxLength: 10 }), fc.integer({ min: 2, max: 99 }), (rare, most) => {
      const rows = rowsWithin(rare, 100, most);
      expect(rows).toHaveLength(most);
      expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
      expect(rows).toEqual(expect.arrayContaining([0, 99, ...rare.filter((row) => row % 99 > 0).slice(0, most - 2)]));
    }),
  );
});

test("where nothing is rare, no stretch of rows between the ends is left out that is much longer than another", () => {
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 2_000 }), fc.integer({ min: 7, max: 49 }), (count, most) => {
      const rows = rowsWithin([], count, most);
      const gaps = rows.slice(1).map((row, index) => row - (rows[index] as number) - 1);
      const between = (count - 6) / (most - 6);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(between + 1);
    }),
  );
});
