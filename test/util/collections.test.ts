import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { append, getOrSet, groupBy } from "../../src/util/collections.ts";

describe("getOrSet", () => {
  it("makes a value once and gives it from then on", () => {
    const map = new Map<string, object>();
    const first = getOrSet(map, "a", () => ({}));
    expect(getOrSet(map, "a", () => ({}))).toBe(first);
    expect(map.get("a")).toBe(first);
  });

  it("fills a WeakMap as well", () => {
    const key = {};
    const map = new WeakMap<object, number>();
    expect(getOrSet(map, key, () => 1)).toBe(1);
    expect(map.get(key)).toBe(1);
  });

  it("stores nothing when making throws", () => {
    const map = new Map<string, number>();
    expect(() =>
      getOrSet(map, "a", () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(map.has("a")).toBe(false);
  });
});

describe("append", () => {
  it("begins a list, then adds to the same list", () => {
    const map = new Map<string, number[]>();
    append(map, "a", 1);
    const list = map.get("a");
    append(map, "a", 2);
    expect(map.get("a")).toBe(list);
    expect(list).toEqual([1, 2]);
  });
});

describe("groupBy", () => {
  it("keeps every item once, in order, under its key", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 })), (items) => {
        const indexed = items.map((key, index) => ({ key, index }));
        const groups = groupBy(indexed, ({ key }) => key);
        expect([...groups.keys()]).toEqual([...new Set(items)]);
        for (const [key, group] of groups) expect(group).toEqual(indexed.filter((item) => item.key === key));
      }),
    );
  });
});
