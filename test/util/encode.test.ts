import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode, type Json, Opaque } from "../../src/util/encode.ts";

const throughText = (value: unknown) => decode(JSON.parse(JSON.stringify(encode(value))) as Json);

/**
 * All of `value` as text: types, holes, -0 and every order show. `isDeepStrictEqual` is no judge of any data: it takes
 * two invalid dates for different in Node 20, and compares no order of keys.
 */
const wholeText = (value: unknown) =>
  inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity });

describe("encode", () => {
  test("leaves JSON as it is", () => {
    const noTag = (value: unknown) => !JSON.stringify(value).includes("$type");
    fc.assert(
      fc.property(fc.jsonValue().filter(noTag), (value) => {
        // JSON has a -0 that JSON.stringify loses.
        const json = JSON.parse(JSON.stringify(value)) as Json;
        expect(encode(json)).toEqual(json);
      }),
    );
  });

  test("and decode give back any data, through a file", () => {
    const data = fc.anything({
      key: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("$type", "__proto__", "constructor", "toJSON")),
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(data, (value) => {
        expect(wholeText(throughText(value))).toBe(wholeText(value));
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["NaN", Number.NaN],
    ["Infinity", Infinity],
    ["-Infinity", -Infinity],
    ["-0", -0],
    ["a large bigint", -(2n ** 200n)],
    ["a date", new Date("2024-02-29T12:00:00.001Z")],
    ["an invalid date", new Date(Number.NaN)],
    ["an invalid date as a key", new Map([[new Date(Number.NaN), false]])],
    ["a regular expression", /a\/b+/giu],
    [
      "a map",
      new Map<unknown, unknown>([
        [{ a: 1 }, new Set([undefined])],
        [Number.NaN, -0],
      ]),
    ],
    ["an ArrayBuffer", new Uint8Array([1, 2, 255]).buffer],
    ["a part of a buffer", new Float64Array([1, -0, Number.NaN]).subarray(1)],
    ["a BigInt64Array", new BigInt64Array([-1n])],
    ["a Buffer", Buffer.from("bytes")],
    ["a record with $type", { $type: "map", entries: [], other: { $type: undefined } }],
    ["NUL and half a surrogate pair", { "\0": "\ud800", "\udfff": "\0" }],
  ])("keeps %s", (_, value) => {
    expect(throughText(value)).toStrictEqual(value);
    expect(encode(decode(encode(value)))).toEqual(encode(value));
  });

  test("keeps an own __proto__ key, which sets no prototype", () => {
    const value: unknown = JSON.parse('{"__proto__": {"evil": true}, "$type": {"__proto__": 1}}');
    const again = throughText(value) as object;
    expect(Object.keys(again)).toEqual(["__proto__", "$type"]);
    expect(Object.getPrototypeOf(again)).toBe(Object.prototype);
    expect("evil" in again).toBe(false);
    expect(encode(again)).toEqual(encode(value));
  });

  test("keeps the name and message of an error", () => {
    const again = throughText(new RangeError("too far")) as Error;
    expect(again).toBeInstanceOf(Error);
    expect(`${again}`).toBe("RangeError: too far");
    expect(encode(again)).toEqual({ $type: "error", name: "RangeError", message: "too far" });
  });

  test("gives holes of an array as undefined, and leaves symbol keys out", () => {
    expect(throughText([1, , 3])).toStrictEqual([1, undefined, 3]);
    expect(throughText({ a: 1, [Symbol("b")]: 2 })).toStrictEqual({ a: 1 });
  });

  class Point {
    x = 1;
  }
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const revokedFunction = Proxy.revocable(() => 1, {});
  revokedFunction.revoke();
  const detached = new Uint8Array([1]).buffer;
  structuredClone(detached, { transfer: [detached] });

  test.each<[string, unknown, string]>([
    ["a function", function run() {}, "function"],
    ["a symbol", Symbol("s"), "symbol"],
    ["a class instance", new Point(), "point"],
    ["a subclass of Map", new (class Registry extends Map {})(), "registry"],
    ["a promise", Promise.resolve(1), "promise"],
    ["a weak map", new WeakMap(), "weakMap"],
  ])("keeps a preview of %s", (_, value, type) => {
    const again = throughText({ value }) as { value: Opaque };
    expect(again.value).toBeInstanceOf(Opaque);
    expect(again.value.type).toBe(type);
    expect(again.value.preview).not.toBe("");
    expect(encode(again)).toEqual(encode({ value }));
  });

  test.each<[string, unknown]>([
    [
      "a getter that throws",
      {
        get a() {
          throw new Error("no");
        },
      },
    ],
    [
      "a proxy that throws",
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
    ],
    ["a revoked proxy", revoked.proxy],
    ["a revoked proxy of a function", revokedFunction.proxy],
    [
      "an error whose message throws",
      Object.defineProperty(new Error("a"), "message", {
        get() {
          throw new Error("no");
        },
      }),
    ],
    [
      "an array of a length that is no number",
      new Proxy([], { get: (target, key) => (key === "length" ? Number.NaN : Reflect.get(target, key)) }),
    ],
    ["a sparse array of four billion items", new Array(2 ** 32 - 1)],
    [
      "a function without a readable name",
      Object.defineProperty(() => 1, "name", {
        get() {
          throw new Error("no");
        },
      }),
    ],
  ])("does not throw for %s, and keeps what stands beside it", (_, value) => {
    expect(throughText([value, 1])).toEqual([expect.any(Opaque), 1]);
  });

  test("keeps what a detached buffer still holds: nothing", () => {
    expect(throughText([detached, 1])).toEqual([expect.anything(), 1]);
  });

  test("marks cycles where they close", () => {
    const value: { self?: unknown; list: unknown[] } = { list: [] };
    value.self = value;
    value.list.push(value.list, value);
    const cycle = { $type: "opaque", type: "cycle", preview: "[circular]" };
    expect(encode(value)).toEqual({ list: [cycle, cycle], self: cycle });
  });

  test("encodes what stands in two places twice: that is no cycle", () => {
    const shared = { a: 1 };
    expect(encode([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  test.each<[string, (inner: unknown) => unknown]>([
    ["arrays", (inner) => [inner]],
    ["records", (inner) => ({ inner })],
    ["tagged records", (inner) => ({ $type: inner })],
    ["maps", (inner) => new Map([["inner", inner]])],
    ["sets", (inner) => new Set([inner])],
  ])("ends at 200 levels of %s, and reads them back", (_, wrap) => {
    const nested = (levels: number) => {
      let value: unknown = "end";
      for (let level = 0; level < levels; level++) value = wrap(value);
      return value;
    };
    expect(JSON.stringify(encode(nested(200)))).toContain('"end"');
    expect(
      JSON.stringify(throughText(nested(200)), (_key, item: unknown) =>
        item instanceof Map || item instanceof Set ? [...item] : item,
      ),
    ).toContain('"end"');
    expect(JSON.stringify(encode(nested(201)))).toContain('"opaque"');
    expect(encode(decode(encode(nested(100_000))))).toEqual(encode(nested(100_000)));
  });

  test("is bounded for data that share parts, which stand for more than any memory holds", () => {
    let value: unknown = 1;
    for (let level = 0; level < 100; level++) value = [value, value];
    // Without a bound it would never end.
    expect(Array.isArray(encode(value))).toBe(true);
  });
});

describe("decode", () => {
  test("never throws, and gives an opaque value for a tag that encode does not make", () => {
    const tag = fc.constantFrom(
      "number",
      "bigint",
      "date",
      "regexp",
      "bytes",
      "error",
      "opaque",
      "map",
      "set",
      "record",
      "future",
    );
    const tagged = fc
      .tuple(
        tag,
        fc.dictionary(
          fc.constantFrom("value", "source", "flags", "of", "base64", "name", "type", "entries", "items"),
          fc.jsonValue(),
        ),
      )
      .map(([$type, fields]) => ({ ...fields, $type }));
    fc.assert(
      fc.property(tagged, (json) => {
        expect(() => decode(json as Json)).not.toThrow();
        encode(decode(json as Json));
      }),
      { numRuns: 500 },
    );
    const bad: Json[] = [
      { $type: "future" },
      { $type: 5 },
      { $type: { toString: 1 } },
      { $type: "bigint", value: "1.5" },
      { $type: "number", value: "2" },
      { $type: "regexp", source: "(", flags: "" },
      { $type: "bytes", of: "Float64Array", base64: "AA==" },
      { $type: "bytes", of: "constructor", base64: "" },
      { $type: "map", entries: 1 },
    ];
    for (const json of bad) expect(decode(json)).toBeInstanceOf(Opaque);
  });

  test("ends at 200 levels", () => {
    let json: Json = 1;
    for (let level = 0; level < 100_000; level++) json = [json];
    expect(() => decode(json)).not.toThrow();
  });
});
