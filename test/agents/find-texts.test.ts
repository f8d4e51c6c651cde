/** Texts inside of others: the first, then the longest, never two in one place. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTexts, mapStrings, replaceFound, valuesIn } from "../../src/agents/find-texts.ts";
import { fillPlaceholders, splitAtPlaceholders } from "../../src/nodes/placeholders.ts";

const word = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 });

describe("findTexts", () => {
  it("finds what a walk from place to place finds", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 30 }),
        fc.uniqueArray(word),
        (text, words) => {
          const expected: string[] = [];
          for (let at = 0; at < text.length; ) {
            const longest = words.filter((one) => text.startsWith(one, at)).sort((a, b) => b.length - a.length)[0];
            if (longest !== undefined) expected.push(`${at} ${longest}`);
            at += longest?.length ?? 1;
          }
          const found = findTexts(
            text,
            words.map((one) => ({ text: one, owner: one })),
          );
          expect(found.map(({ start, owner }) => `${start} ${owner}`)).toEqual(expected);
          expect(replaceFound(text, found, ({ owner }) => owner)).toBe(text);
        },
      ),
    );
  });
});

describe("a text with placeholders", () => {
  const text = "Dear {name}, welcome to {city}.";
  const needle = { text, owner: 0, split: splitAtPlaceholders(text) };

  it("is found with what stands for them, wherever it is", () => {
    const value = fc.string({ unit: fc.constantFrom("a", "B", " ", "\n", "é"), maxLength: 5 });
    fc.assert(
      fc.property(value, value, value, value, (before, name, city, after) => {
        const filled = `${before}Dear ${name}, welcome to ${city}.${after}`;
        const [match, ...others] = findTexts(filled, [needle]);
        expect(others).toEqual([]);
        expect(filled.slice(match?.start, match?.end)).toBe(`Dear ${name}, welcome to ${city}.`);
        const values = valuesIn(filled, match?.gaps ?? []);
        expect(values).toEqual(
          new Map([
            ["{name}", name],
            ["{city}", city],
          ]),
        );
        expect(fillPlaceholders(text, values)).toBe(filled.slice(match?.start, match?.end));
      }),
    );
  });

  it("is found each time, each as short as it can be, and not where a part of it is missing", () => {
    const twice = "Dear all. Dear A, welcome to B. Dear C, welcome to D.";
    const found = findTexts(twice, [needle]).map(({ start, end }) => twice.slice(start, end));
    expect(found).toEqual(["Dear A, welcome to B.", "Dear C, welcome to D."]);
    expect(findTexts("Dear A, goodbye to B.", [needle])).toEqual([]);
  });

  it("may begin and end with one", () => {
    const open = { text: "{a}, says {b}", owner: 0, split: splitAtPlaceholders("{a}, says {b}") };
    const gaps = [
      { name: "{a}", start: 0, end: 4 },
      { name: "{b}", start: 11, end: 14 },
    ];
    const [match, ...others] = findTexts("I go, says she", [open]);
    expect([match, others]).toEqual([{ start: 0, end: 14, owner: 0, gaps, longGaps: gaps }, []]);
  });

  it("says where the values could be divided in another way", () => {
    const open = { text: "to {a} {b}!", owner: 0, split: splitAtPlaceholders("to {a} {b}!") };
    const [match] = findTexts("to Mary Ann Lee!", [open]);
    expect(
      [match?.gaps, match?.longGaps].map((gaps) => [...valuesIn("to Mary Ann Lee!", gaps ?? []).values()]),
    ).toEqual([
      ["Mary", "Ann Lee"],
      ["Mary Ann", "Lee"],
    ]);
  });
});

describe("a word", () => {
  it("is found beside marks and ends, and not inside of other words", () => {
    const found = findTexts("art, start; art-1 éart art", [{ text: "art", owner: 0, isWord: true }]);
    expect(found.map(({ start }) => start)).toEqual([0, 12, 23]);
  });
});

describe("mapStrings", () => {
  it("gives the same object where no string changes, and changes no other part", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const data: unknown = JSON.parse(json);
        expect(mapStrings(data, (text) => text)).toBe(data);
        expect(mapStrings(data, (text) => `${text}!`)).toEqual(
          JSON.parse(json, (_, value) => (typeof value === "string" ? `${value}!` : value)),
        );
      }),
    );
  });
});
