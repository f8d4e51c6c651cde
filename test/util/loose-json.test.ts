import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { problemText, readJson } from "../../src/util/loose-json.ts";

const values = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const problemIn = (text: string) => {
  const read = readJson(text);
  return "problem" in read ? problemText(text, read) : read.value;
};

/** JSON as models write it: a comma behind each last item, and line breaks and tabs of strings as they are. */
function loose(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value).replace(/\\\\|\\n|\\r|\\t/g, raw);
  if (Array.isArray(value)) return `[${value.map((item) => `${loose(item)},`).join("\n")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `\n ${loose(key)} : ${loose(item)},`);
  return `{${entries.join("")}}`;
}
const raw = (escape: string) => ({ "\\n": "\n", "\\r": "\r", "\\t": "\t" })[escape] ?? escape;

describe("readJson", () => {
  it("reads all JSON as JSON.parse does", () => {
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 2, "\t"), (value, space) => {
        expect(readJson(JSON.stringify(value, null, space))).toMatchObject({ value });
      }),
      { numRuns: 500 },
    );
  });

  it("reads nothing that JSON.parse reads otherwise", () => {
    const parts = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "\\",
      "a",
      "1",
      "-",
      ".",
      "e",
      "0",
      "true",
      "null",
      " ",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          return;
        }
        const read = readJson(text);
        if ("problem" in read) expect(read.problem).toContain("twice");
        else expect(read.value).toEqual(parsed);
      }),
      { numRuns: 5_000 },
    );
  });

  it("allows raw line breaks and a comma behind the last item", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(readJson(loose(value))).toMatchObject({ value });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["", "it ends where a value should be (line 1, column 1)"],
    ['{"a": 1', 'it ends where "," or "}" should be (line 1, column 8)'],
    ['{"a": 1,\n "a": 2}', 'it gives "a" twice (line 2, column 2)'],
    ["{'a': 1}", `there is "'" where a name in double quotes or "}" should be (line 1, column 2)`],
    ['{"a": "\\d"}', "a text has the escape \\d, which JSON has not; a backslash is written \\\\ (line 1, column 7)"],
    ['{"a": "x', "a text begins and does not end (line 1, column 7)"],
    ['["\u0000"]', "a text has a control character (line 1, column 2)"],
    ["[1,,]", 'there is "," where a value should be (line 1, column 4)'],
    ["[,]", 'there is "," where a value should be (line 1, column 2)'],
    ["[01]", 'there is "1" where "," or "]" should be (line 1, column 3)'],
    ["True", 'there is "T" where a value should be (line 1, column 1)'],
    ["1 2", "there is more text behind the value (line 1, column 2)"],
    ["[".repeat(1_001), "it is nested more than 1000 levels deep (line 1, column 1001)"],
  ])("refuses %j with the place", (text, problem) => expect(problemIn(text)).toBe(problem));

  it("makes own properties of all names", () => {
    const read = readJson('{"__proto__": {"polluted": true}}') as { readonly value: object };
    expect(Object.keys(read.value)).toEqual(["__proto__"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
