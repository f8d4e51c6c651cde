import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FoldList, fold } from "../../src/graph/fold.ts";
import type { Pattern } from "../../src/graph/pattern.ts";

/** One call. */
interface Item {
  readonly shape: string;
  readonly refs: readonly number[];
}

function listOf(items: readonly Item[]): FoldList {
  const shapes = [...new Set(items.map(({ shape }) => shape))];
  const from = [0];
  for (const { refs } of items) from.push((from.at(-1) as number) + refs.length);
  return {
    shapes: Uint32Array.from(items, ({ shape }) => shapes.indexOf(shape)),
    from: Uint32Array.from(from),
    refs: Uint32Array.from(items.flatMap(({ refs }) => refs)),
  };
}

/** The items that patterns stand for, made again from the first two repetitions of each, and the others. */
function unfold(items: readonly Item[], patterns: readonly Pattern[]): Item[] {
  const all: Item[] = [];
  for (const { at, period, count } of patterns) {
    expect(at).toBeGreaterThanOrEqual(all.length);
    all.push(...items.slice(all.length, at + 2 * period));
    for (let index = at + 2 * period; index < at + count * period; index++) {
      const { shape, refs } = all[index - period] as Item;
      all.push({ shape, refs: refs.map((ref) => (ref < at ? ref : ref + period)) });
    }
  }
  return [...all, ...items.slice(all.length)];
}

/** Lists with loops in them: patterns of random calls, repeated, between random calls. */
const lists = fc
  .array(
    fc.record({
      body: fc.array(
        fc.record({ shape: fc.constantFrom("a", "b", "c"), back: fc.array(fc.nat(12), { maxLength: 2 }) }),
        { minLength: 1, maxLength: 5 },
      ),
      count: fc.integer({ min: 1, max: 12 }),
    }),
    { maxLength: 5 },
  )
  .map((loops) => {
    const items: Item[] = [];
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
  test("loses nothing: the patterns give the list back", () => {
    fc.assert(
      fc.property(lists, (items) => {
        expect(unfold(items, fold(listOf(items)).patterns)).toEqual(items);
      }),
    );
  });

  test("takes no repetition whose input is from outside again for one that carries a value on", () => {
    const items: Item[] = ["a", "b"].map((shape) => ({ shape, refs: [] }));
    // The first two calls take the second input, the others what was made in the repetition before the last.
    for (const ref of [1, 1, 3, 5]) items.push({ shape: "call", refs: [ref] }, { shape: "rest", refs: [] });
    expect(unfold(items, fold(listOf(items)).patterns)).toEqual(items);
  });

  test("finds a loop that carries a value on, and begins with one from outside", () => {
    const items: Item[] = [{ shape: "input", refs: [] }];
    for (let step = 0; step < 400; step++) {
      items.push({ shape: "act(seen)", refs: [items.length - 1] });
      items.push({ shape: "step(action)", refs: [items.length - 1] });
    }
    expect(fold(listOf(items)).patterns).toEqual([{ at: 1, period: 2, count: 400 }]);
  });

  test("writes an exception out, and goes on with the pattern after it", () => {
    const shapes = ["ask", "ask", "ask", "ask", "fail", "ask", "ask", "ask", "ask"];
    expect(fold(listOf(shapes.map((shape) => ({ shape, refs: [] })))).patterns).toEqual([
      { at: 0, period: 1, count: 4 },
      { at: 5, period: 1, count: 4 },
    ]);
  });

  test("does not take calls for alike whose inputs come from elsewhere", () => {
    const items: Item[] = [
      { shape: "x", refs: [] },
      { shape: "y", refs: [] },
      ...[0, 0, 1, 0].map((ref) => ({ shape: "call", refs: [ref] })),
    ];
    expect(fold(listOf(items)).patterns).toEqual([]);
  });

  test("takes time that grows with the list, not with its square", () => {
    const count = (length: number): number => {
      let reads = 0;
      const items = Array.from({ length }, (_, at) => ({ shape: at % 3 === 0 ? "a" : "b", refs: [] }));
      const { shapes, ...rest } = listOf(items);
      const watched = new Proxy(shapes, {
        get(target, key) {
          reads += 1;
          const found: unknown = Reflect.get(target, key, target);
          return typeof found === "function" ? found.bind(target) : found;
        },
      });
      fold({ ...rest, shapes: watched });
      return reads;
    };
    expect(count(20_000) / count(2_000)).toBeLessThan(12);
  });
});
