import { expect, test } from "vitest";
import { typeName } from "../../src/util/type-name.ts";

class Robot {}

test.each([
  [null, "null"],
  [undefined, "undefined"],
  [1, "number"],
  [1n, "bigint"],
  [[], "array"],
  [{}, "record"],
  [Object.create(null), "record"],
  [new Robot(), "robot"],
  [new Map(), "map"],
  [new (class {})(), "object"],
  [() => 1, "function"],
  [Object.create({ constructor: "no function" }), "object"],
] as [unknown, string][])("the type of %s is named %s", (value, name) => {
  expect(typeName(value)).toBe(name);
});
