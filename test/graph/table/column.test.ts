import fc from "fast-check";
import { bundle, trace } from "tracegrad";
import { expect, test } from "vitest";
import { Column } from "../../../src/graph/table/column.ts";

const record = (width: number, make: (index: number) => unknown) =>
  Object.fromEntries(Array.from({ length: width }, (_, index) => [`f${index}`, make(index)]));

/** A record of records, `depth` levels deep, with `width` fields each and numbers at the end. */
function nested(width: number, depth: number, seed: number): unknown {
  return depth === 0 ? seed : record(width, (index) => nested(width, depth - 1, seed * width + index));
}

const namesOf = (...values: unknown[]) => new Column("x", values).fieldColumns().map(({ name }) => name);

test("records are taken apart level by level, as long as there are at most 40 columns", () => {
  expect(namesOf(nested(3, 3, 1), nested(3, 3, 2))).toHaveLength(27);
  expect(namesOf(nested(12, 3, 1), nested(12, 3, 2))).toEqual(Object.keys(record(12, String)).map((key) => `x.${key}`));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 3 }), (width, depth) => {
      expect(namesOf(nested(width, depth, 1)).length).toBeLessThanOrEqual(40);
    }),
  );
});

test("any key is a part of its line and of its column", () => {
  expect(namesOf({ plain_1: 1, "a|b": 2, "# Feedback\nGreat": 3 })).toEqual([
    "x.plain_1",
    'x["a\\u007cb"]',
    'x["# Feedback\\nGreat"]',
  ]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (key) => {
      const [name = ""] = namesOf({ [key]: 1 });
      expect(name).not.toMatch(/[|\n\r]/);
      if (name.startsWith("x[")) expect(JSON.parse(name.slice(2, -1))).toBe(key);
    }),
  );
  expect(namesOf({ ["long".repeat(100)]: 1 })).toEqual(["x"]);
});

test("what a graph shows of wide records is bounded by the limit of values", () => {
  const step = bundle((x: number): unknown => nested(30, 3, x), { name: "step" });
  const graph = trace(() => [1, 2, 3, 4, 5, 6].map((x) => step(x)));
  const text = graph.show({ valueLimit: 20 });
  expect(text).toContain("k|");
  expect(text.length).toBeLessThan(6 * 40 * 25 + 2_000);
});

test("columns that are the same are told once, and -0 is not 0", () => {
  const step = bundle((x: number): unknown => ({ a: x, b: x, zero: x % 2 === 0 ? 0 : -0, none: 0 }), { name: "step" });
  const text = trace(() => [1, 2, 3, 4, 5].map((x) => step(x))).show();
  expect(text).toContain("step.a = x for every k");
  expect(text).toContain("step.b = x for every k");
  expect(text).toContain("step.none = 0 for every k");
  expect(text).toContain("k|x|step.zero");
});
