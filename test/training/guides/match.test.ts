import fc from "fast-check";
import { exactMatch, type Guide, type Judgement, multipleChoice, regex } from "tracegrad/guides";
import { describe, expect, it } from "vitest";
import { differenceOf } from "../../../src/training/guides/difference.ts";

const ask = async (guide: Guide, output: unknown, target: unknown): Promise<Judgement> =>
  guide("input", output, target, { exampleId: "a7", signal: undefined });
const scoreOf = async (guide: Guide, output: unknown, target: unknown) => (await ask(guide, output, target)).score;

describe("exactMatch on data", () => {
  class Answer {
    year = "2026";
    readonly note = undefined;
  }
  const loop = (name: string) => {
    const made: Record<string, unknown> = { name };
    made["self"] = made;
    return made;
  };
  const groups = /(?<year>\d{4})/.exec("in 2026")?.groups;

  const equal: Record<string, readonly [unknown, unknown]> = {
    "a record without a prototype": [groups, { year: "2026" }],
    "a field that is undefined": [{ a: 1, b: undefined }, { a: 1 }],
    "an object of a class": [new Answer(), { year: "2026" }],
    "another order of fields": [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    "records in arrays": [[{ a: [groups] }], [{ a: [{ year: "2026" }] }]],
    "minus zero": [-0, 0],
    NaN: [{ a: Number.NaN }, { a: Number.NaN }],
    "maps and sets": [new Map([["a", new Set([{ b: 1 }])]]), new Map([["a", new Set([{ b: 1 }])]])],
    dates: [new Date(5), new Date(5)],
    bytes: [new Uint8Array([1]), new Uint8Array([1])],
    "a hole": [
      [1, , 2],
      [1, undefined, 2],
    ],
    cycles: [loop("a"), loop("a")],
  };
  it.each(Object.keys(equal))("calls equal what reads as equal: %s", async (name) => {
    const [one, other] = equal[name] as readonly [unknown, unknown];
    expect([await scoreOf(exactMatch(), one, other), await scoreOf(exactMatch(), other, one)]).toEqual([1, 1]);
  });

  const different: Record<string, readonly [output: unknown, target: unknown, says: string]> = {
    "a number for a text": [42, "42", 'it is the number 42, not the text "42".'],
    "a text for a number": ["42", 42, 'it is the text "42", not the number 42.'],
    "a bigint for a number": [10n, 10, "it is the bigint 10n, not the number 10."],
    "nothing for a text": [undefined, "x", 'it is nothing, not the text "x".'],
    "null for a record": [null, {}, "it is null, not the record {}."],
    "a record for its JSON": [{ a: 1 }, '{"a":1}', 'it is the record { a: 1 }, not the text "{\\"a\\":1}".'],
    "a part of another type": [
      { a: [1, { b: "2" }] },
      { a: [1, { b: 2 }] },
      'at .a.1.b: it is the text "2", not the number 2.',
    ],
    "a missing item": [[1], [1, 2], "at .1: it is nothing, not the number 2."],
    "a field too many": [{ a: 1, b: 2 }, { a: 1 }, "at .b: it is the number 2, not nothing."],
    "an item of a map": [new Map([["k", 1]]), new Map([["k", 2]]), 'at ."k": it is the number 1, not the number 2.'],
    "white space around": ["a\n", "a", 'only in white space at its start or end: it is "a\\n", not "a".'],
    "white space inside": ["a  b", "a b", 'only in white space: it is "a  b", not "a b".'],
    case: ["Yes", "yes", 'only in upper and lower case: it is "Yes", not "yes".'],
    "another form of the same letter": ["\u00e9", "e\u0301", 'cannot be seen: it is "\\u{e9}", not "e\\u{301}".'],
    "an invisible character": ["a\u200bb", "ab", 'cannot be seen: it is "a\\u{200b}b", not "ab".'],
    "cycles that differ": [loop("a"), loop("b"), 'at .name: it is the text "a", not the text "b".'],
  };
  it.each(Object.keys(different))("says what differs where the target alone does not: %s", async (name) => {
    const [output, target, says] = different[name] as (typeof different)[string];
    const { score, text } = await ask(exactMatch(), output, target);
    expect(score).toBe(0);
    expect(text).toContain(says);
    expect(text.startsWith("The answer is wrong. We expect")).toBe(true);
  });

  it("finds a difference in large and deep data, and shows no more than fits", async () => {
    const deep = (end: unknown) => {
      let value = end;
      for (let depth = 0; depth < 20_000; depth++) value = { a: value };
      return value;
    };
    expect(await scoreOf(exactMatch(), deep(1), deep(1))).toBe(1);
    expect((await ask(exactMatch(), deep(1), deep("1"))).text.length).toBeLessThan(3_000);
    const text = (await ask(exactMatch(), `${"x".repeat(5_000)} `, "x".repeat(5_000))).text;
    expect(text.length).toBeLessThan(6_000);
  });

  it("is symmetric and never calls different JSON equal", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const same = differenceOf(one, other) === undefined;
        expect(differenceOf(other, one) === undefined).toBe(same);
        expect(differenceOf(one, structuredClone(one))).toBeUndefined();
        expect(same).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)));
      }),
    );
  });

  it("refuses a normalization that gives no text", async () => {
    const guide = exactMatch({ normalize: (async (text: string) => text) as never });
    await expect(async () => ask(guide, "a", "b")).rejects.toThrow(
      /`normalize` gave has no useful text: it is a promise/,
    );
  });

  it("and the other guides say when the output is no text", async () => {
    expect((await ask(multipleChoice(), ["(B)"], "(B)")).text).toContain(
      'The output is the array ["(B)"], not a text.',
    );
    expect((await ask(regex(/4/), 42, undefined)).text).toContain(
      "The output is the number 42, where a text that matches /4/",
    );
  });
});

/** JSON with the fields of records in order, as far as they count. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? 0 : value;
  // Marked, so that an empty record is no empty array.
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { record: entries.map(([key, item]) => [key, sorted(item)]) };
}
