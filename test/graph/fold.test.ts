import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FoldBlock, type FoldItem, fold } from "../../src/graph/fold.ts";

/** The items that blocks stand for, made again from the first two repetitions of each pattern. */
function unfold(items: readonly FoldItem[], blocks: readonly FoldBlock[]): FoldItem[] {
  const all: FoldItem[] = [];
  for (const block of blocks) {
    expect(block.at).toBe(all.length);
    if (block.kind === "single") {
      all.push(items[block.at] as FoldItem);
      continue;
    }
    const { at, period, count } = block;
    all.push(...items.slice(at, at + 2 * period));
    for (let index = at + 2 * period; index < at + count * period; index++) {
      const { shape, refs } = all[index - period] as FoldItem;
      all.push({ shape, refs: refs.map((ref) => (ref < at ? ref : ref + period)) });
    }
  }
  return all;
}

/** Lists with loops in them: patterns of random calls, repeated, between random calls. */
const lists = fc
  .array(
    fc.record({
      body: fc.array(
        fc.record({ shape: fc.constantFrom("a", "b", "c"), back: fc.array(fc.nat(12), { maxLength: 2 }) }),
        { minLength: 1, maxLength: 5 },
      ),
      count: fc.integer({ min: 1, max: 9 }),
    }),
    { maxLength: 5 },
  )
  .map((loops) => {
    const items: FoldItem[] = [];
    for (const { body, count } of loops) {
      for (let repetition = 0; repetition < count; repetition++) {
        for (const { shape, back } of body) {
          const refs = back.map((steps) => items.length - 1 - steps).filter((ref) => ref >= 0);
          items.push({ shape: `${shape}${refs.length}`, refs });
        }
      }
    }
    return items;
  });

describe("fold", () => {
  test("loses nothing: the blocks give the list back", () => {
    fc.assert(
      fc.property(lists, (items) => {
        expect(unfold(items, fold(items))).toEqual(items);
      }),
    );
  });

  test("finds a loop that carries a value on, and begins with one from outside", () => {
    const items: FoldItem[] = [{ shape: "input", refs: [] }];
    for (let step = 0; step < 400; step++) {
      items.push({ shape: "act(seen)", refs: [items.length - 1] });
      items.push({ shape: "step(action)", refs: [items.length - 1] });
    }
    expect(fold(items)).toEqual([
      { kind: "single", at: 0 },
      { kind: "repeat", at: 1, period: 2, count: 400 },
    ]);
  });

  test("writes an exception out, and goes on with the pattern after it", () => {
    const shapes = ["ask", "ask", "ask", "ask", "fail", "ask", "ask", "ask"];
    expect(fold(shapes.map((shape) => ({ shape, refs: [] })))).toEqual([
      { kind: "repeat", at: 0, period: 1, count: 4 },
      { kind: "single", at: 4 },
      { kind: "repeat", at: 5, period: 1, count: 3 },
    ]);
  });

  test("does not take calls for alike whose inputs come from elsewhere", () => {
    const items: FoldItem[] = [
      { shape: "x", refs: [] },
      { shape: "y", refs: [] },
      ...[0, 0, 1, 0].map((ref) => ({ shape: "call", refs: [ref] })),
    ];
    expect(fold(items).every(({ kind }) => kind === "single")).toBe(true);
  });

  test("takes time that grows with the list, not with its square", () => {
    const count = (length: number): number => {
      let reads = 0;
      const items = Array.from({ length }, (_, at) => ({
        get shape() {
          reads += 1;
          return at % 3 === 0 ? "a" : "b";
        },
        refs: [],
      }));
      fold(items);
      return reads;
    };
    expect(count(20_000) / count(2_000)).toBeLessThan(12);
  });
});
