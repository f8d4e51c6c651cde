import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../../src/sandbox/errors.ts";
import { decode, encode } from "../../src/sandbox/marshal.ts";
import { MAX_TRANSFER_ASYNC } from "../../src/sandbox/options.ts";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import { program, thrownBy } from "./programs.ts";

const sandbox = quickjs();
beforeAll(() => sandbox.load());

/** The error of a text that is refused; undefined for one that is read. */
function refusalOf(text: string, maxChars?: number): string | undefined {
  try {
    decode(text, maxChars);
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: "SandboxError", code: "not-transferable" });
    return (error as Error).message;
  }
}

const list = (unit: string, chars: number): string =>
  `[${Array.from({ length: Math.floor(chars / (unit.length + 1)) }, () => unit).join(",")}]`;
const tag = (kind: string, v: unknown): string => JSON.stringify({ $type: kind, v });

describe("a text that comes from inside", () => {
  test.each<[string, string]>([
    ["a kind that does not exist", tag("Evil", [])],
    ["a kind that every object has", tag("constructor", [])],
    ["a kind that is no text", '{"$type":["Map"],"v":[]}'],
    ["a third field", '{"$type":"Map","v":[],"w":1}'],
    ["another field", '{"$type":"Map","w":[]}'],
    ["no field", '{"$type":"undefined"}'],
    ["the prototype as a field", '{"$type":"Map","__proto__":[]}'],
    ["undefined with a value", tag("undefined", 1)],
    ["a hole outside of an array", tag("hole", null)],
    ["a hole in a record", `{"a":${tag("hole", null)}}`],
    ["a hole in a map", `{"$type":"Map","v":[[1,${tag("hole", null)}]]}`],
    ["a hole as an entry", `{"$type":"Map","v":[${tag("hole", null)}]}`],
    ["an ordinary number", tag("number", "12")],
    ["a number as a number", tag("number", 12)],
    ["a bigint as a number", tag("bigint", 5)],
    ["a bigint in other words", tag("bigint", "0x10")],
    ["an empty bigint", tag("bigint", "")],
    ["a bigint with zeros before it", tag("bigint", "-00")],
    ["a bigint that takes seconds", tag("bigint", "9".repeat(10_001))],
    ["a date out of range", tag("Date", 9e15)],
    ["a date in words", tag("Date", "2020")],
    ["a map of one number", tag("Map", [1])],
    ["a map with an entry of three", tag("Map", [[1, 2, 3]])],
    [
      "a map with a key twice",
      tag("Map", [
        [1, 2],
        [1, 3],
      ]),
    ],
    ["a map that is a record", tag("Map", { a: 1 })],
    ["a set with an item twice", tag("Set", [1, 1])],
    ["bytes in words", tag("Uint8Array", ["1"])],
    ["bytes in a record", tag("Uint8Array", { length: 1e9 })],
    ["a bigint among bytes", tag("BigInt64Array", ["9".repeat(30)])],
    ["a number among bigints", tag("BigInt64Array", [1])],
    ["typed arrays of all kinds", tag("TypedArray", [1])],
    ["a record as text", tag("record", "[]")],
    [
      "a record with a key twice",
      tag("record", [
        ["$type", 1],
        ["$type", 2],
      ]),
    ],
    ["a record with a number as key", tag("record", [[1, 1]])],
    ["a bare list", tag("bare", [])],
    ["a bare date", `{"$type":"bare","v":${tag("Date", 1)}}`],
    ["an array that grows", tag("array", [[1], { "4294967294": 1 }])],
    ["an array with a length", tag("array", [[1], { length: 4294967295 }])],
    ["an array of two kinds", tag("array", [{}, {}])],
    ["an error without a name", tag("Error", { message: "m" })],
    ["an error with a number as message", tag("Error", { name: "Error", message: 1 })],
    ["an error of no class", tag("Error", { name: "Error", message: "m", class: "Object" })],
    ["an error of a class that every object has", tag("Error", { name: "E", message: "m", class: "constructor" })],
    ["an error with a list of fields", tag("Error", { name: "Error", message: "m", fields: [1] })],
    ["a long pattern", tag("RegExp", ["a".repeat(1_001), ""])],
    ["a pattern that takes seconds to read", tag("RegExp", ["[\\p{RGI_Emoji}--\\q{a}]".repeat(40), "iv"])],
    ["patterns with many sets", list(tag("RegExp", ["\\p{L}".repeat(200), "u"]), 100_000)],
    ["no pattern", tag("RegExp", ["(", ""])],
    ["a pattern with odd flags", tag("RegExp", ["a", "gg"])],
    ["a pattern of objects", tag("RegExp", [{}, []])],
    ["no JSON", "{"],
    ["two values", "1 2"],
    ["depth", `${"[".repeat(5_000)}${"]".repeat(5_000)}`],
    ["depth in records", `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`],
    ["depth that never ends", '{"$type":"Map","v":[['.repeat(50_000)],
  ])("is refused with %s, in few words", (_, text) => {
    expect(refusalOf(text)?.length).toBeLessThan(300);
  });

  test.each<[string, string]>([
    ["small arrays", list("[]", 2_000_000)],
    ["small records", list("{}", 2_000_000)],
    ["numbers", list("1", 2_000_000)],
    ["small maps", list('{"$type":"Map","v":[]}', 2_900_000)],
    ["bigints", list(`{"$type":"bigint","v":"${"9".repeat(9_000)}"}`, 2_900_000)],
    ["errors", list('{"$type":"Error","v":{"name":"E","message":"m"}}', 2_900_000)],
    ["keys that are all different", `[${Array.from({ length: 50_000 }, (_, i) => `{"k${i}":1}`).join(",")}]`],
    ["keys with space behind them", `[${Array.from({ length: 50_000 }, (_, i) => `{"k${i}" :1}`).join(",")}]`],
    [
      "what a record as text hides",
      tag("bare", { a: list("[]", 1_000_000) })
        .replace('"[[', "[[")
        .replace(']]"', "]]"),
    ],
    ["characters", `"${"a".repeat(MAX_TRANSFER_ASYNC)}"`],
  ])("may hold only so much for asynchronous code: %s", (_, text) => {
    expect(refusalOf(text, MAX_TRANSFER_ASYNC)).toMatch(/may pass|too large/);
    expect(refusalOf(text, MAX_TRANSFER_ASYNC)?.length).toBeLessThan(300);
  });

  const records = (count: number, record: (index: number) => string): string =>
    `[${Array.from({ length: count }, (_, index) => record(index)).join(",")}]`;

  test.each<[string, (count: number) => string]>([
    ["small arrays", (count) => records(count, () => "[]")],
    ["small records", (count) => records(count, () => '{"a":[1],"b":2}')],
    ["keys that are all different", (count) => records(count, (index) => `{"k${index}":1}`)],
  ])("may hold as many more as its limit is larger: %s", (_, make) => {
    for (const text of [make(5_000), make(200_000)]) {
      expect(refusalOf(text, text.length)).toMatch(/may pass at once/);
      expect(refusalOf(text, 24 * text.length)).toBeUndefined();
    }
  });

  test("may hold for asynchronous code what programs give", () => {
    const rows = list('{"id":1,"name":"some name","tags":["a"],"left":null}', 500_000);
    for (const text of [rows, list("0.123456789012345", 1_700_000), JSON.stringify("é\n".repeat(500_000))]) {
      expect(decode(text, MAX_TRANSFER_ASYNC)).toEqual(JSON.parse(text));
    }
  });

  test("that is changed anywhere is read or refused, whatever it is", () => {
    const values = [
      [1, -0, Number.NaN, undefined, 5n, new Date(0), /a/g, new Map<unknown, unknown>([[1, { $type: 2 }]])],
      { e: new RangeError("r", { cause: new Set([1]) }), b: new Uint8Array([1, 2]), n: Object.create(null), h: [, 1] },
      Object.assign([1], { total: [new BigInt64Array([1n])] }),
    ];
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        ...'{}[]",:0-\\',
        '"$type":',
        '"v":',
        '"Map"',
        '"RegExp"',
        '"Error"',
        '"hole"',
        "null",
        '"__proto__":',
      ),
    );
    const property = fc.property(
      fc.constantFrom(...values),
      fc.nat(),
      fc.nat({ max: 12 }),
      piece,
      (value, at, cut, put) => {
        const text = encode(value, "value");
        const from = at % text.length;
        refusalOf(text.slice(0, from) + put + text.slice(from + cut));
      },
    );
    fc.assert(property, { numRuns: 2_000 });
  });

  test("made of tags at random is read or refused", () => {
    const kinds = ["Map", "Set", "Date", "RegExp", "Error", "bare", "record", "array", "hole", "bigint", "number", "x"];
    const { json } = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(null, 1, "a", "", "-0", "12", -1, 1e300),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("v", "name", "message", "fields", "class", "$type", "__proto__"), tie("json")),
        fc.record({ $type: fc.constantFrom(...kinds, "Uint8Array", "ArrayBuffer", "BigInt64Array"), v: tie("json") }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => void refusalOf(JSON.stringify(value))),
      { numRuns: 2_000 },
    );
    expect(({} as Record<string, unknown>)["v"]).toBeUndefined();
  });

  test("gives errors that tell nothing of the host", () => {
    const error = decode(tag("Error", { name: "TypeError", message: "m" })) as Error;
    expect(error.stack).toBe("TypeError: m");
    expect(Error.stackTraceLimit).toBeGreaterThan(0);
  });
});

/** A lone half of a pair has no form in UTF-8. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

const boom = (): never => {
  throw new Error("somebody looked");
};

/** Things that do what they can to whoever looks at them. fast-check would look, so they are listed. */
function hostile(): unknown[] {
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, boom]));
  const getter = { get: boom, enumerable: true, configurable: true };
  return [
    new Proxy({}, traps),
    new Proxy(() => 1, traps),
    Object.defineProperty({}, "a", getter),
    Object.defineProperty([1], "0", getter),
    Object.defineProperty(new Error("e"), "message", getter),
    Object.defineProperty(new Error("e"), "name", getter),
    Object.assign(new Error("e"), { message: Symbol("s") }),
    Object.assign(new Error("e"), { name: {} }),
    Object.assign(new Error("e"), { message: "😀".repeat(2_000_000) }),
    Object.assign(new Error("e"), { name: "n".repeat(2_000_000) }),
    Object.setPrototypeOf(new Error("e"), null),
    Object.create(new Proxy({}, traps)),
    Object.create(Error.prototype, { message: getter, name: getter }),
    { toJSON: boom },
    Object.fromEntries(["then"].map((key) => [key, boom])),
    { toString: boom, valueOf: boom, [Symbol.toPrimitive]: boom },
    {
      get [Symbol.toStringTag](): never {
        return boom();
      },
    },
    Object.assign(
      Object.create({
        get constructor(): never {
          return boom();
        },
      }),
      { a: 1 },
    ),
    Object.assign(new Map(), { forEach: boom, entries: boom, [Symbol.iterator]: boom }),
    Object.assign(new Date(), { getTime: boom, toISOString: boom }),
    Object.assign(/a/, { exec: boom, lastIndex: {} }),
    Object.assign(new Uint8Array(2), { [Symbol.iterator]: boom }),
    Object.assign([1], { toJSON: boom, map: boom, [Symbol.iterator]: boom }),
    Symbol("s"),
    "😀".repeat(1_000_000),
    null,
    undefined,
    2n ** 100_000n,
    new Array(4_294_967_295),
  ];
}

/** The same, and inside of other things. */
function hostileAnywhere(): unknown[] {
  return hostile().flatMap((one) => [
    one,
    [1, one],
    { a: { b: one } },
    new Map([["k", one]]),
    new Error("outer", { cause: one }),
  ]);
}

describe("what the host passes", () => {
  test("is passed or refused with a reason, and never asked anything", () => {
    for (const value of hostileAnywhere()) {
      let text: string | undefined;
      try {
        text = encode(value, "value");
      } catch (error) {
        expect(error).toMatchObject({ name: "SandboxError", code: "not-transferable" });
        expect((error as Error).message).toMatch(/^value/);
        expect((error as Error).message).not.toMatch(/somebody looked/);
        expect((error as Error).message.length).toBeLessThan(300);
      }
      if (text !== undefined) decode(text);
    }
  });

  test("is an error of few words for whatever was thrown", () => {
    for (const thrown of hostileAnywhere()) {
      const text = encode(errorOf(thrown), "the error");
      expect(text.length).toBeLessThan(30_000);
      const error = decode(text) as Error;
      expect(error).toBeInstanceOf(Error);
      expect(error.message.length).toBeLessThan(5_000);
      expect(error.name.length).toBeLessThan(200);
      for (const part of [error.name, error.message]) expect(part).toBe(wellFormed(part));
    }
  });

  test("is seen inside by the code that called, as an error", () => {
    const session = sandbox.open();
    const source = "function f() { try { fail() } catch (e) { return [e instanceof Error, e.name, e.message] } }";
    for (const thrown of hostileAnywhere()) {
      const fail = () => {
        throw thrown;
      };
      const [isError, ...texts] = session.call(program(source, { scope: { fail } }), []) as unknown[];
      expect([isError, ...texts.map((text) => typeof text)]).toEqual([true, "string", "string"]);
      expect(String(texts[1]).length).toBeLessThan(5_000);
    }
    session.close();
  });

  test("fails the call of asynchronous code, and nothing else", async () => {
    const session = sandbox.open();
    const source = "async function f() { return await give() }";
    const gives = hostile().flatMap((thing): (() => unknown)[] => [
      () => thing,
      () => {
        throw thing;
      },
      async () => {
        throw thing;
      },
    ]);
    const calls = gives.map((give) => session.callAsync(program(source, { scope: { give } }), []));
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ name: "SandboxError" });
    }
    expect(await session.callAsync(program("async function f() { return 1 }"), [])).toBe(1);
    session.close();
  });
});

test("an object that throws inside when it is read fails the call", () => {
  const session = sandbox.open();
  const sources = [
    "function f() { return new Proxy({}, { ownKeys() { throw new Error('closed') } }) }",
    "function f() { return new Proxy([], { get() { throw new Error('closed') } }) }",
  ];
  for (const source of sources) {
    expect(thrownBy(() => session.call(program(source), []))).toMatchObject({ code: "guest-error" });
  }
  session.close();
});
