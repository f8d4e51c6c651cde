import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { preview } from "../../src/util/preview.ts";

describe("preview", () => {
  class Point {
    x = 1;
  }
  const cyclic: Record<string, unknown> = { a: 1 };
  cyclic["self"] = cyclic;

  test.each<[unknown, string]>([
    ['a "b"\n', '"a \\"b\\"\\n"'],
    [1.5, "1.5"],
    [-0, "-0"],
    [10n, "10n"],
    [undefined, "undefined"],
    [null, "null"],
    [Symbol("s"), "Symbol(s)"],
    [function run() {}, "[function run]"],
    [[1, "a", []], '[1, "a", []]'],
    [{ a: 1, "b c": { d: null } }, '{ a: 1, "b c": { d: null } }'],
    [{}, "{}"],
    [Object.create(null), "{}"],
    [
      new Map<unknown, unknown>([
        ["a", 1],
        [2, new Set([3])],
      ]),
      "Map(2) { a => 1, 2 => Set(1) [3] }",
    ],
    [new Uint8Array([1, 2]), "Uint8Array([1, 2])"],
    [new Date(0), "Date(1970-01-01T00:00:00.000Z)"],
    [new Date(Number.NaN), "Date(invalid)"],
    [new RangeError('too "far"'), 'RangeError("too \\"far\\"")'],
    [/a+/gi, "/a+/gi"],
    [new Point(), "point { x: 1 }"],
    [cyclic, "{ a: 1, self: [circular] }"],
  ])("writes %o in the style of a literal", (value, text) => {
    expect(preview(value)).toBe(text);
  });

  test("says of what cannot be read that it cannot, and shows the rest", () => {
    const getter = Object.defineProperty({}, "a", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(preview([1, getter, proxy, 2])).toBe("[1, [unreadable], [unreadable], 2]");
  });

  test("is bounded in length by the limit, and the same each time, for any data", () => {
    const data = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true });
    fc.assert(
      fc.property(data, fc.nat(300), (value, limit) => {
        const text = preview(value, limit);
        expect(text.length).toBeLessThanOrEqual(limit + 1);
        expect(preview(value, limit)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test("begins the same whatever the limit", () => {
    fc.assert(
      fc.property(fc.anything({ withMap: true, withSet: true }), fc.nat(100), (value, limit) => {
        const short = preview(value, limit).replace(/…$/, "");
        expect(preview(value, 100_000).startsWith(short)).toBe(true);
      }),
    );
  });

  test("marks what was cut", () => {
    expect(preview("a".repeat(300), 10)).toBe('"aaaaaaaaa…');
    expect(
      preview(
        Array.from({ length: 1_000 }, () => 1),
        10,
      ),
    ).toBe("[1, 1, 1, …");
  });

  test("takes no longer for large data than for small", () => {
    let reads = 0;
    const counted = (items: unknown[]): unknown =>
      new Proxy(items, {
        get: (target, key) => {
          reads += 1;
          return Reflect.get(target, key) as unknown;
        },
      });
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = counted([deep]);
    for (const value of [deep, counted(new Array(1_000_000).fill(0))]) {
      expect(preview(value).length).toBeLessThanOrEqual(201);
    }
    expect(reads).toBeLessThan(2_000);
    const quoted = vi.spyOn(JSON, "stringify");
    for (const value of ["x".repeat(50_000_000), new Error("x".repeat(50_000_000)), new Float64Array(1_000_000)]) {
      expect(preview(value).length).toBeLessThanOrEqual(201);
    }
    const longest = Math.max(...quoted.mock.calls.map(([text]) => String(text).length));
    quoted.mockRestore();
    expect(longest).toBeLessThan(210);
  });
});
