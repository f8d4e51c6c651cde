import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holds, isContainer, replaceLeaves } from "../../src/util/tree.ts";

class Leaf {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}
const leaf = (value: unknown) => new Leaf(value);
const isLeaf = (item: object) => item instanceof Leaf;
const how = { isLeaf, replace: (item: object) => (item as Leaf).value };

function pathsOf(value: unknown): string[] {
  const paths: string[] = [];
  replaceLeaves(value, { isLeaf, replace: (_leaf, path) => paths.push(path) });
  return paths;
}

describe("looking for leaves", () => {
  test("goes into arrays, plain records, maps and sets only", () => {
    class Box {
      inside = leaf(1);
    }
    class Maps extends Map<unknown, unknown> {}
    class Sets extends Set<unknown> {}
    expect([[], {}, Object.create(null)].every(isContainer)).toBe(true);
    expect([new Box(), new Map(), new Date(), null, "text", () => 1].some(isContainer)).toBe(false);
    const outside = [new Box(), new Maps([[1, leaf(1)]]), new Sets([leaf(1)]), Object.create(Map.prototype)];
    expect(outside.some((value) => holds([value], isLeaf))).toBe(false);
    const inside = [
      { a: [{ b: leaf(1) }] },
      new Map([[1, [leaf(1)]]]),
      new Map([[{ a: leaf(1) }, 1]]),
      new Set([[leaf(1)]]),
    ];
    expect(inside.every((value) => holds(value, isLeaf))).toBe(true);
    expect(holds(new Map([[{ a: 1 }, new Set(["text"])]]), isLeaf)).toBe(false);
  });

  test("ends on data that refer to themselves and on deep data", () => {
    const loop: unknown[] = [];
    loop.push(loop, { loop });
    expect(holds(loop, isLeaf)).toBe(false);
    let deep: unknown = leaf(1);
    for (let index = 0; index < 100_000; index++) deep = [deep];
    expect(holds(deep as object, isLeaf)).toBe(true);
  });
});

describe("replacing leaves", () => {
  test("keeps everything else, and changes nothing of the given value", () => {
    const value = Object.freeze({ a: Object.freeze([leaf(1), 2]), b: { c: "text" }, d: undefined });
    expect(replaceLeaves(value, how)).toEqual({ a: [1, 2], b: { c: "text" }, d: undefined });
    expect(value.a[0]).toEqual(leaf(1));
  });

  test("keeps parts without leaves as the same objects", () => {
    const plain = { counter: 0 };
    const replaced = replaceLeaves({ plain, list: [plain], one: leaf(1) }, how) as Record<string, unknown>;
    expect(replaced["plain"]).toBe(plain);
    expect(replaceLeaves(plain, how)).toBe(plain);
  });

  test("keeps shared parts shared, and cycles", () => {
    const shared = [leaf(1)];
    const value: Record<string, unknown> = { x: shared, y: shared };
    value["self"] = value;
    const replaced = replaceLeaves(value, how) as Record<string, unknown>;
    expect(replaced["x"]).toBe(replaced["y"]);
    expect(replaced["self"]).toBe(replaced);
    expect(replaced["x"]).toEqual([1]);
  });

  test("keeps a null prototype, holes and a key that is called __proto__", () => {
    const bare = Object.assign(Object.create(null) as Record<string, unknown>, { a: leaf(1) });
    expect(Object.getPrototypeOf(replaceLeaves(bare, how))).toBeNull();
    const holed = replaceLeaves([, leaf(1)], how) as unknown[];
    expect([holed.length, 0 in holed, holed[1]]).toEqual([2, false, 1]);
    const named = JSON.parse('{"__proto__": {"x": 1}}') as Record<string, unknown>;
    const replaced = replaceLeaves({ named, one: leaf(1), inner: { ...named, two: leaf(2) } }, how);
    expect(Object.getPrototypeOf(replaced)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  test("keeps maps and sets: their order, what stands in them, and their cycles", () => {
    const plain = new Map([["x", 1]]);
    const value = new Map<unknown, unknown>([
      ["a", leaf(1)],
      [leaf("b"), plain],
      [[leaf("c")], new Set([leaf(1), 2, leaf(1), [leaf(3)]])],
    ]);
    value.set("self", value);
    const replaced = replaceLeaves(value, how) as Map<unknown, unknown>;
    expect([...replaced.keys()]).toEqual(["a", "b", ["c"], "self"]);
    expect([...replaced.values()].slice(0, 3)).toEqual([1, plain, new Set([1, 2, [3]])]);
    expect(replaced.get("b")).toBe(plain);
    expect(replaced.get("self")).toBe(replaced);
    expect(value.get("a")).toEqual(leaf(1));
    expect(replaceLeaves(plain, how)).toBe(plain);
  });

  test("tells where each leaf stood", () => {
    const map = new Map<unknown, unknown>([
      ["a", leaf(1)],
      [leaf(2), leaf(3)],
      [7, new Set([leaf(4)])],
      [Symbol("s"), leaf(5)],
    ]);
    expect(pathsOf({ map })).toEqual(["map_a", "map_key_1", "map_1", "map_Symbol(s)", "map_7_0"]);
    expect(pathsOf(leaf(1))).toEqual([""]);
    replaceLeaves([leaf(1)], { isLeaf, replace: (_leaf, path) => expect(path).toBe("item_0") }, "item");
    expect(pathsOf([leaf(1), { b: [leaf(2)] }, { c: leaf(3) }])).toEqual(["0", "2_c", "1_b_0"]);
  });

  test("takes linear time on deep data and on parts that are shared over and over", () => {
    let deep: unknown = leaf(1);
    let shared: unknown = leaf(1);
    for (let index = 0; index < 50_000; index++) deep = { deep };
    for (let index = 0; index < 200; index++) shared = [shared, shared];
    let found: unknown = replaceLeaves(deep, how);
    while (typeof found === "object") found = (found as { deep: unknown }).deep;
    expect(found).toBe(1);
    expect(pathsOf(shared)).toHaveLength(2);
  });

  test("gives JSON what JSON.parse with a reviver would give", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const wrapped: unknown = JSON.parse(JSON.stringify(json), (_key, value: unknown) =>
          typeof value === "number" ? leaf(value) : value,
        );
        expect(replaceLeaves(wrapped, how)).toEqual(JSON.parse(JSON.stringify(json)));
      }),
    );
  });
});
