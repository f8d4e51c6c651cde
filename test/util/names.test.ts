import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { identifier, UniqueNames } from "../../src/util/names.ts";

const names = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "a",
    "a_1",
    "a_1_1",
    "a_2",
    "",
    "__proto__",
    "constructor",
    "toString",
    "class",
    "1",
    "🦊",
    "undefined",
  ),
);

function isIdentifier(text: string): boolean {
  try {
    new Function(`"use strict"; let ${text} = 1; return { ${text} };`);
    return true;
  } catch {
    return false;
  }
}

describe("an identifier", () => {
  test("is valid JavaScript whatever it is made of, short, and a key that does not vanish", () => {
    fc.assert(
      fc.property(names, (name) => {
        const made = identifier(name);
        expect(isIdentifier(made)).toBe(true);
        expect(made.length).toBeLessThanOrEqual(65);
        expect(Object.keys({ [made]: 1 })).toEqual([made]);
        const assigned: Record<string, unknown> = {};
        assigned[made] = { mark: 1 };
        expect(Object.keys(assigned)).toEqual([made]);
      }),
      { numRuns: 500 },
    );
  });

  test("of an identifier is that identifier", () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(identifier(identifier(name))).toBe(identifier(name));
      }),
    );
  });

  test.each([
    ["extract", "extract"],
    ["messages.create", "messages_create"],
    ["class", "class_"],
    ["9 lives", "_9_lives"],
    ["", "value"],
    ["__proto__", "value"],
  ])("of %j is %j", (text, made) => {
    expect(identifier(text)).toBe(made);
  });
});

describe("unique names", () => {
  test("are never handed out twice, and the first taker gets the plain one", () => {
    fc.assert(
      fc.property(fc.array(names, { maxLength: 60 }), (bases) => {
        const unique = new UniqueNames();
        const taken = bases.map((base) => unique.take(base));
        expect(new Set(taken).size).toBe(taken.length);
        for (const [index, name] of taken.entries()) {
          const isFirst = !taken.slice(0, index).includes(identifier(bases[index] as string));
          if (isFirst) expect(name).toBe(identifier(bases[index] as string));
        }
      }),
    );
  });

  test("count up from 1 and step over names that are taken", () => {
    const unique = new UniqueNames();
    expect(["a", "a_1", "a", "a", "a_1"].map((base) => unique.take(base))).toEqual(["a", "a_1", "a_2", "a_3", "a_1_1"]);
  });

  test("take no longer the more there are", () => {
    const unique = new UniqueNames();
    const looks = vi.spyOn(Set.prototype, "has");
    for (let index = 0; index < 2_000; index++) unique.take("x");
    const count = looks.mock.calls.length;
    looks.mockRestore();
    expect(unique.take("x")).toBe("x_2000");
    expect(count).toBeLessThanOrEqual(2 * 2_000);
  });
});
