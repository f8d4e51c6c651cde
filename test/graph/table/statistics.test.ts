import { expect, test } from "vitest";
import { Column } from "../../../src/graph/table/column.ts";
import { statisticsOf } from "../../../src/graph/table/statistics.ts";

const lineOf = (values: readonly unknown[]) => statisticsOf([new Column("x", values)], 60)[1];

test("numbers that are not finite are counted, and leave the statistics of the others as they are", () => {
  expect(lineOf([1, 2, 6])).toBe("x: 1 to 6, mean 3, sum 9");
  expect(lineOf([1, Number.NaN, 2, 6, Number.NEGATIVE_INFINITY])).toBe(
    "x: 1 to 6, mean 3, sum 9, a number in 3 rows, NaN or infinite in 2",
  );
  expect(lineOf([1, null, 2, undefined, 6])).toBe("x: 1 to 6, mean 3, sum 9, a number in 3 rows");
  expect(lineOf([Number.NaN, Number.NaN])).toBe("x: 1 distinct values, most often NaN (2 rows)");
});
