import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { decode, encode } from "../../src/sandbox/marshal.ts";
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
  ["holes of arrays", [[, 1], [1, , undefined], new Array(3)]],
  ["an array with more than items", Object.assign([1, 2], { total: 3, __proto__: null, note: undefined })],
  ["what `match` gives", "ab12".match(/(?<letters>[a-z]+)(\\d+)/)],
  [
    "a record without a prototype",
    Object.assign(Object.create(null), { constructor: 1, ["__proto__"]: 2, a: undefined }),
  ],
  ["where a regular expression goes on", Object.assign(/a/g, { lastIndex: 3 })],
  ["an error with fields", Object.assign(new Error("full"), { code: "ENOSPC", errno: -28, path: undefined })],
  ["an error of several", new AggregateError([new Error("a"), 2], "both", { cause: 1 })],
  ["an error by another name", Object.defineProperty(new TypeError("t"), "name", { value: "RangeError" })],
  ["a record of tags", { $type: "record", v: [["$type", 1]] }],
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

  test("of another realm pass like those of this one", () => {
    const made = runInNewContext(`({
      record: { a: [1, { b: -0 }] }, date: new Date(5), map: new Map([[1, new Set([2])]]), error: new TypeError("t"),
      bytes: new Uint8Array([7]), pattern: /a/g, plain: new Error("p"),
    })`);
    expect(through(made)).toStrictEqual({
      ...{ record: { a: [1, { b: -0 }] }, date: new Date(5), map: new Map([[1, new Set([2])]]) },
      ...{ error: new TypeError("t"), bytes: new Uint8Array([7]), pattern: /a/g, plain: new Error("p") },
    });
    const Order = runInNewContext("class Order extends Map {}; Order");
    expect(thrownBy(() => through([new Order()])).message).toMatch(/^args\[0\]\[0\] is an instance of Order;/);
  });

  test("pass as copies that may be written to", () => {
    const frozen = Object.freeze({ list: Object.freeze([1]) });
    const push = program("function push(x) { x.list.push(2); x.more = true; return x }");
    expect(session.call(push, [frozen])).toStrictEqual({ list: [1, 2], more: true });
    expect(frozen).toStrictEqual({ list: [1] });
  });

  test("of some size pass", () => {
    const numbers = Array.from({ length: 100_000 }, (_, i) => i / 7);
    const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `n${id}`, tags: ["a"], left: null }));
    const words = Object.fromEntries(numbers.map((_, i) => [`word ${i}`, i]));
    for (const value of [numbers, rows, words, "é".repeat(1_000_000), new Uint8Array(500_000)]) {
      expect(through(value)).toEqual(value);
    }
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
    ["a getter", { a: [throwing] }, /^args\[0\]\.a\[0\]\.secret is an accessor; pass its value/],
    ["a setter", { set late(_: unknown) {} }, /^args\[0\]\.late is an accessor/],
    ["a proxy", [new Proxy({ a: 1 }, {})], /^args\[0\]\[0\] is a Proxy[^;]*; pass a copy of its data/],
    ["a proxy of an array", new Proxy([], {}), /^args\[0\] is a Proxy/],
    ["a revoked proxy", revoked(), /^args\[0\] is a Proxy/],
    [
      "an object of a class",
      { list: [new Order(1)] },
      /^args\[0\]\.list\[0\] is an instance of Order; only plain data/,
    ],
    ["a null prototype behind a class", Object.create(Object.create(null)), /is an object with a prototype of its own/],
    ["a subclass of Array", new Stack(), /^args\[0\] is an instance of Stack;/],
    ["a subclass of Map", new Map([[1, new Counts()]]), /^args\[0\]\[0\]\[1\] is an instance of Counts;/],
    ["an error of a class", new HttpError("h"), /^args\[0\] is an instance of HttpError;/],
    ["a number in a box", Object(5), /^args\[0\] is an instance of Number;/],
    [
      "a buffer",
      { file: Buffer.from("ab") },
      /^args\[0\]\.file is an instance of Buffer;.* `new Uint8Array\(buffer\)`/,
    ],
    ["a URL", new URL("http://a.b"), /^args\[0\] is an instance of URL;/],
    ["a blob", new Blob(["a"]), /^args\[0\] is an instance of Blob;/],
    ["a view", new DataView(new ArrayBuffer(1)), /^args\[0\] is an instance of DataView;/],
    ["shared memory", new SharedArrayBuffer(1), /^args\[0\] is an instance of SharedArrayBuffer;/],
    ["bytes that were given away", transferred(), /^args\[0\] is an instance of Uint8Array;/],
    ["what only looks like a date", Object.create(Date.prototype), /^args\[0\] is an instance of Date;/],
    ["a weak map", new WeakMap(), /^args\[0\] is an instance of WeakMap;/],
    ["a symbol as key", { a: { [Symbol("s")]: 1 } }, /^args\[0\]\.a has a property whose key is a symbol/],
    ["a symbol as key of an array", [Object.assign([1], { [Symbol("s")]: 1 })], /^args\[0\]\[0\] has a property whose/],
    [
      "what is not enumerable",
      Object.defineProperty({}, "hidden", { value: 1 }),
      /has a property that is not enumerable/,
    ],
    ["a map with fields", Object.assign(new Map(), { a: 1 }), /^args\[0\] has properties beside its data/],
    ["bytes with fields", Object.assign(new Uint8Array(2), { a: 1 }), /^args\[0\] has properties beside its data/],
    [
      "a function in a field of an error",
      Object.assign(new Error("e"), { retry: () => 1 }),
      /^args\[0\]\.retry is a function/,
    ],
    ["the arguments of a function", argumentsOf(), /^args\[0\] has a property whose key is a symbol/],
    ["an accessor in an array", Object.defineProperty([], "late", { get: () => 1 }), /^args\[0\]\.late is an accessor/],
    ["a huge bigint", 2n ** 40_000n, /^args\[0\] is a bigint of more than 32768 bits/],
    ["a key that is cut in a character", { [`${"k".repeat(59)}😀`]: Symbol.iterator }, /^args\[0\]\.k{59} is a symbol/],
  ])("on the way in: %s", (_, value, message) => {
    const error = thrownBy(() => through(value));
    expect(error.message).toMatch(message);
    expect(error.code).toBe("not-transferable");
  });

  test.each<[string, string, RegExp]>([
    ["a function", "{ a: () => 1 }", /`f` returned what cannot pass: the result\.a is a function/],
    ["a symbol", "[Symbol.iterator]", /the result\[0\] is a symbol/],
    ["a promise", "Promise.resolve(1)", /the result is a promise/],
    ["a getter", "{ get now() { return 1 } }", /the result\.now is an accessor/],
    ["an object of a class", "[new (class Order { net = 1 })()]", /the result\[0\] is an instance of Order;/],
    ["a subclass of Error", "new (class Bad extends Error {})('b')", /the result is an instance of Bad;/],
    ["a symbol as key", "({ [Symbol.iterator]: 1 })", /the result has a property whose key is a symbol/],
    ["a map with fields", "Object.assign(new Map(), { a: 1 })", /the result has properties beside its data/],
    ["a date in a proxy", "new Proxy(new Date(), {})", /the result is an instance of Date;/],
    ["a cycle", "(() => { const a = {}; a.a = a; return a })()", /the result\.a contains itself/],
    ["depth", "(() => { let d = []; for (let i = 0; i < 2e5; i++) d = [d]; return d })()", /nested deeper than 200/],
    ["a huge string", "'x'.repeat(20_000_001)", /has 20000001 characters, which makes the value too/],
    ["a text that grows", "'\\x01'.repeat(3_400_000)", /is 20400002 characters as JSON; at most 20000000/],
    ["a huge array", "new Array(2e7)", /has 20000000 items, which makes the value too large/],
    ["a generator", "(function* () {})()", /is an object with a prototype of its own/],
  ])("on the way out: %s", (_, expression, message) => {
    const error = thrownBy(() => session.call(program(`function f() { return ${expression} }`), []));
    expect(error.message).toMatch(message);
    expect(error.code).toBe("not-transferable");
  });

  test("a graph of shared parts that would grow without end is refused, not written out", () => {
    let shared: unknown = 1;
    for (let i = 0; i < 60; i++) shared = [shared, shared];
    expect(thrownBy(() => encode(shared, "value", 1_000_000)).message).toMatch(/too large to pass/);
  });

  test("an array of proxies is refused before any of them is asked", () => {
    const asked: string[] = [];
    const spy = new Proxy({}, new Proxy({}, { get: (_, trap) => void asked.push(String(trap)) }));
    expect(thrownBy(() => through([[{ a: spy }]])).message).toMatch(/^args\[0\]\[0\]\[0\]\.a is a Proxy/);
    expect(asked).toEqual([]);
  });
});

class Order {
  readonly net: number;
  constructor(net: number) {
    this.net = net;
  }
}
class Stack extends Array {}
class Counts extends Map {}
class HttpError extends Error {}

function argumentsOf(this: unknown): IArguments {
  return arguments;
}

function transferred(): Uint8Array {
  const bytes = new Uint8Array(3);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
