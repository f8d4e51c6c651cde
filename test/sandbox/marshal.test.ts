import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { decode, encode } from "../../src/sandbox/marshal.ts";
import { takeTools } from "../../src/sandbox/marshal-tools.ts";
import { encodeWith } from "../../src/sandbox/marshal-write.ts";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import type { SandboxSession } from "../../src/sandbox/sandbox.ts";
import { program, thrownBy } from "./programs.ts";

const sandbox = quickjs();
let session: SandboxSession;
beforeAll(async () => {
  await sandbox.load();
  session = sandbox.open();
});

const identity = program("function identity(x) { return x }");
/** Host to guest and back. */
const through = (value: unknown): unknown => session.call(identity, [value]);

class Point {
  readonly x = 1;
  readonly y: number;
  #secret = 3;
  constructor(y: number) {
    this.y = y + this.#secret - 3;
  }
}

const cause = new TypeError("inner");
const odd: [string, unknown][] = [
  ["undefined", undefined],
  ["NaN and infinities", [Number.NaN, Infinity, -Infinity]],
  ["minus zero", -0],
  ["minus zero in a record", { a: [0, -0] }],
  ["BigInts", [1n, -(2n ** 200n)]],
  ["a date", new Date(12345)],
  ["an invalid date", new Date(Number.NaN)],
  [
    "a map with any keys",
    new Map<unknown, unknown>([
      [{ a: 1 }, undefined],
      ["k", new Map([[1, -0]])],
    ]),
  ],
  ["a set", new Set([1, "a", undefined, new Set([2n])])],
  ["a regular expression", /a[^\n]+"\/(?<n>b)/giu],
  ["bytes", new Uint8Array([0, 1, 255])],
  ["typed arrays", [new Float64Array([1.5, -0, Number.NaN, Infinity]), new BigInt64Array([-1n]), new Int16Array([-7])]],
  ["clamped bytes and single floats", [new Uint8ClampedArray([9]), new Float32Array([0.5])]],
  ["an array buffer", new Uint8Array([1, 2, 3]).buffer],
  ["an error with a cause", new RangeError("outer", { cause })],
  ["a hole", [undefined, 1]],
  ["records that look like tags", { $type: "Date", v: 0 }],
  ["a tag within a tag", { $type: "undefined", v: { $type: "number", v: "NaN", w: undefined } }],
  ["lone surrogates, NUL and line separators", "\ud800\0\u2028 \udfff\ud83d\ude00"],
  ["odd keys", { "": 1, constructor: 2, "a.b": undefined, '"$type":': 1 }],
];

describe("values in and out", () => {
  test.each(odd)("pass unchanged: %s", (_, value) => {
    const back = through(value);
    expect(back).toStrictEqual(value);
    expect(Object.is(back, value) || typeof value !== "number").toBe(true);
  });

  test("that are generated pass unchanged", () => {
    const leaf = fc.oneof(
      ...[fc.double(), fc.string({ unit: "binary" }), fc.boolean(), fc.constantFrom(null, undefined, -0)],
      ...[fc.bigInt(), fc.date({ noInvalidDate: false }), fc.uint8Array(), fc.float64Array(), fc.integer()],
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constant("$type"), fc.constant("v")), tie("value"), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
        fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 3 }).map((pairs) => new Map(pairs)),
        fc.uniqueArray(fc.oneof(fc.integer(), fc.string()), { maxLength: 3 }).map((items) => new Set<unknown>(items)),
      ),
    }));
    const property = fc.property(value, (input) => {
      expect(through(input)).toStrictEqual(input);
      expect(decode(encode(input, "value"))).toStrictEqual(input);
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("plain values pass as the very text of JSON.stringify", () => {
    const property = fc.property(fc.jsonValue(), (value) => {
      // JSON itself loses -0, so such a value is tagged.
      fc.pre(!/-0(?![.\d])/.test(fc.stringify(value)) && !JSON.stringify(value).includes('"$type":'));
      expect(encode(value, "value")).toBe(JSON.stringify(value));
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("arrive as values of the sandbox's own classes", () => {
    const source = `function kinds(...x) {
      return x.map((v) => v === undefined ? "undefined" : Object.prototype.toString.call(v) + (v instanceof Object))
    }`;
    const values = [new Date(0), new Map(), new Set(), /a/, new Uint8Array(1), new Error("e"), undefined, { a: 1 }];
    const expected = ["Date", "Map", "Set", "RegExp", "Uint8Array", "Error"].map((kind) => `[object ${kind}]true`);
    expect(session.call(program(source), values)).toEqual([...expected, "undefined", "[object Object]true"]);
  });

  test("of classes pass as records of their own data", () => {
    expect(through(new Point(2))).toStrictEqual({ x: 1, y: 2 });
    expect(through(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 });
    expect(through([Object(5), Object("s"), Object(true)])).toStrictEqual([5, "s", true]);
    expect(through(Buffer.from("ab"))).toStrictEqual(new Uint8Array([97, 98]));
  });

  test("with an own __proto__ keep it as data and get no other prototype", () => {
    for (const rest of ['"a":1', '"b":{"$type":1}']) {
      const value = JSON.parse(`{"__proto__":{"polluted":true},${rest}}`);
      value.c = rest.includes("$type") ? undefined : 1;
      const back = through(value) as Record<string, unknown>;
      expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
      expect(Object.keys(back)).toEqual(Object.keys(value));
      expect(back["polluted"]).toBeUndefined();
    }
    const made = session.call(
      program('function made() { return JSON.parse(\'{"__proto__": {"bad": 1}, "u": 1}\') }'),
      [],
    );
    expect((made as Record<string, unknown>)["bad"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["bad"]).toBeUndefined();
  });
});

describe("what cannot pass is refused by its path", () => {
  const cyclic: { list: unknown[] } = { list: [] };
  cyclic.list.push({ back: cyclic });
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const throwing = {
    get secret(): never {
      throw new Error("closed");
    },
  };
  test.each<[string, unknown, RegExp]>([
    ["a function", { a: [1, () => 1] }, /^args\[0\]\.a\[1\] is a function.*`scope` option/],
    ["a symbol", [Symbol("s")], /^args\[0\]\[0\] is a symbol/],
    ["a cycle", cyclic, /^args\[0\]\.list\[0\]\.back contains itself/],
    ["depth", deep, /^args(\[0\])+… is nested deeper than 200 levels/],
    ["a promise", { p: Promise.resolve(1) }, /^args\[0\]\.p is a promise; await it/],
    ["a weak map", new WeakMap(), /^args\[0\] is a WeakMap/],
    ["a getter that throws", throwing, /^args cannot be read: closed/],
    ["a revoked proxy", revoked(), /^args cannot be read/],
  ])("on the way in: %s", (_, value, message) => {
    const error = thrownBy(() => through(value));
    expect(error.message).toMatch(message);
    expect(error.code).toBe("not-transferable");
  });

  test.each<[string, string, RegExp]>([
    ["a function", "{ a: () => 1 }", /`f` returned what cannot pass: the result\.a is a function/],
    ["a symbol", "[Symbol.iterator]", /the result\[0\] is a symbol/],
    ["a promise", "Promise.resolve(1)", /the result is a promise/],
    ["a cycle", "(() => { const a = {}; a.a = a; return a })()", /the result\.a contains itself/],
    ["depth", "(() => { let d = []; for (let i = 0; i < 2e5; i++) d = [d]; return d })()", /nested deeper than 200/],
    ["a huge string", "'x'.repeat(20_000_001)", /is 20000003 characters as JSON; at most 20000000/],
    ["a huge array", "new Array(2e7)", /has 20000000 items, which makes the value too large/],
    ["a generator", "(function* () {})()", /is a Generator/],
  ])("on the way out: %s", (_, expression, message) => {
    const error = thrownBy(() => session.call(program(`function f() { return ${expression} }`), []));
    expect(error.message).toMatch(message);
    expect(error.code).toBe("not-transferable");
  });

  test("a graph of shared parts that would grow without end is refused, not written out", () => {
    let shared: unknown = 1;
    for (let i = 0; i < 60; i++) shared = [shared, shared];
    expect(encodeWith(takeTools(), shared, "value", 1_000_000).problem).toMatch(/too large to pass/);
  });

  test("text that no marshal has written cannot forge a value", () => {
    for (const text of [
      '{"$type":"bigint","v":5}',
      '{"$type":"Evil","v":[]}',
      '{"$type":"Map","v":[1]}',
      "{",
      '{"$type":"record","v":"[]"}',
    ]) {
      expect(thrownBy(() => decode(text)).code).toBe("not-transferable");
    }
    expect(thrownBy(() => decode(`${"[".repeat(5000)}${"]".repeat(5000)}`)).message).toMatch(/nested too deep/);
    expect(thrownBy(() => decode(`{"$type":"bigint","v":"${"9".repeat(500_000)}"}`)).code).toBe("not-transferable");
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
