import { expect, test } from "vitest";
import { freezeDeep } from "../../src/util/freeze.ts";

test("arrays and records are frozen at any depth, and nothing else is", () => {
  const date = new Date(0);
  const value = freezeDeep({ list: [{ deep: [1] }], date, text: "a" });
  expect([value, value.list, value.list[0], value.list[0]?.deep].every(Object.isFrozen)).toBe(true);
  expect(Object.isFrozen(date)).toBe(false);
  expect([freezeDeep("a"), freezeDeep(null), freezeDeep(undefined)]).toEqual(["a", null, undefined]);
});

test("data that lead back to themselves or are 100,000 deep are frozen too", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  expect(Object.isFrozen(freezeDeep(cyclic))).toBe(true);
  let deep: unknown[] = [];
  const innermost = deep;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  freezeDeep(deep);
  expect(Object.isFrozen(innermost)).toBe(true);
});
