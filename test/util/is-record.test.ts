import { expect, it } from "vitest";
import { isObject, isRecord } from "../../src/util/is-record.ts";

it.each([{}, Object.create(null), new Date(), new Map(), new (class A {})()])("takes %o as a record", (value) => {
  expect(isRecord(value)).toBe(true);
});

it.each([null, undefined, 1, "a", [], [1], () => undefined])("does not take %o as a record", (value) => {
  expect(isRecord(value)).toBe(false);
});

it("takes an array, but neither null nor a function, as an object", () => {
  expect([[], {}, null, () => undefined].map(isObject)).toEqual([true, true, false, false]);
});
