import fc from "fast-check";
import { expect, test } from "vitest";
import { isPlainKey, keyText, stepText } from "../../src/util/path-text.ts";

test("a step reads the field that it names, whatever the key", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.nat()), (key) => {
      const read = new Function("value", `return value${stepText(key)}`) as (value: object) => unknown;
      expect(read({ [key]: 1 })).toBe(1);
    }),
  );
  expect([stepText("price"), stepText("unit price"), stepText(3), stepText("3")]).toEqual([
    ".price",
    '["unit price"]',
    "[3]",
    '["3"]',
  ]);
});

test("a key in a record makes the field that it names", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (key) => {
      const make = new Function(`return { ${keyText(key)}: 1 }`) as () => object;
      if (key !== "__proto__") expect(Object.keys(make())).toEqual([key]);
    }),
  );
});

test("a plain key begins with no digit and holds no sign but $ and _", () => {
  expect(["price", "_", "$1", "größe", "1a", "a-b", "", "a b"].map(isPlainKey)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
