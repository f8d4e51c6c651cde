import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TracegradError } from "../../src/util/errors.ts";
import { hashOf, stableStringify } from "../../src/util/json.ts";

/** The same value with the keys of every object in the reverse order of their creation. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, reversed(item)] as const);
  // `fromEntries` defines own properties, so that a `__proto__` key stays a key.
  return Object.fromEntries(entries.reverse());
}

function refusal(value: unknown): TracegradError {
  try {
    stableStringify(value);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TracegradError);
    return thrown as TracegradError;
  }
  throw new Error("nothing was thrown");
}

/** JSON values without -0, which JSON itself writes as 0. */
const jsonValues = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));

describe("stableStringify", () => {
  it("is insensitive to key order", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => stableStringify(reversed(value)) === stableStringify(value)));
  });

  it("is undone by JSON.parse on every JSON value", () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(JSON.parse(stableStringify(value))).toStrictEqual(value);
      }),
    );
  });

  it("tells __proto__ keys apart instead of losing them", () => {
    const one: unknown = JSON.parse('{"b":1,"__proto__":{"polluted":1}}');
    const other: unknown = JSON.parse('{"b":1,"__proto__":{"polluted":2}}');
    expect(stableStringify(one)).toBe('{"__proto__":{"polluted":1},"b":1}');
    expect(hashOf(one)).not.toBe(hashOf(other));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("leaves out undefined properties and calls toJSON", () => {
    expect(stableStringify({ b: undefined, a: new Date(0) })).toBe('{"a":"1970-01-01T00:00:00.000Z"}');
  });

  it("writes a value that is used twice twice", () => {
    const shared = { a: 1 };
    expect(stableStringify([shared, shared])).toBe('[{"a":1},{"a":1}]');
  });

  it.each([
    [
      "a cycle",
      () => {
        const a: Record<string, unknown> = {};
        a["b"] = [a];
        return a;
      },
      "$.b[0] is a cycle",
    ],
    ["a BigInt", () => ({ n: 1n }), "$.n is a BigInt"],
    ["a function", () => ({ "a b": [() => 1] }), '$["a b"][0] is a function'],
    ["a symbol", () => [Symbol("s")], "$[0] is a symbol"],
    ["NaN", () => ({ x: Number.NaN }), "$.x is NaN"],
    ["a Map", () => ({ m: new Map() }), "$.m is an instance of Map"],
    ["a hole in an array", () => [1, , 2], "$[1] is undefined"],
    ["undefined itself", () => undefined, "$ is undefined"],
  ] as [string, () => unknown, string][])("refuses %s and names its path", (_, make, message) => {
    const error = refusal(make());
    expect(error.code).toBe("not-json");
    expect(error.message).toContain(message);
  });

  it("refuses data too deep to walk instead of overflowing the stack", () => {
    let deep: unknown = 0;
    for (let level = 0; level < 100_000; level += 1) deep = { a: deep };
    expect(refusal(deep).message).toContain("more than 1000 levels deep");
  });
});

describe("hashOf", () => {
  it("is the SHA-256 of the canonical text", () => {
    const expected = createHash("sha256").update('{"a":1,"b":[true,null]}').digest("hex");
    expect(hashOf({ b: [true, null], a: 1 })).toBe(expected);
  });
});
