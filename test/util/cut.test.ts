import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cut, cutToShare, headOf, leftOutText, shorten, within } from "../../src/util/cut.ts";
import { SourceError } from "../../src/util/errors.ts";
import { preview } from "../../src/util/preview.ts";

/** Texts whose every other character takes two units. */
const astral = fc.array(fc.constantFrom("a", "😀", "𝒳", "é"), { maxLength: 60 }).map((parts) => parts.join(""));
const isWellFormed = (text: string) => !/[\ud800-\udfff]/u.test(text);

describe("shorten", () => {
  test("leaves a text that fits as it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(shorten(text, text.length)).toBe(text);
      }),
    );
  });

  test("keeps the head and the tail, and says how much it left out between", () => {
    expect(shorten("0123456789".repeat(10), 10)).toBe("0123456… (90 characters left out) …789");
    fc.assert(
      fc.property(fc.string({ minLength: 21 }), fc.integer({ min: 1, max: 20 }), (text, limit) => {
        const [, head, left, tail] = /^([^]*)… \((\d+) characters left out\) …([^]*)$/.exec(shorten(text, limit)) ?? [];
        expect(text.startsWith(head as string) && text.endsWith(tail as string)).toBe(true);
        expect((head as string).length + Number(left) + (tail as string).length).toBe(text.length);
        expect((head as string).length + (tail as string).length).toBe(limit);
      }),
    );
  });
});

test("no text is cut inside a character, whatever cuts it", () => {
  fc.assert(
    fc.property(astral, fc.integer({ min: 0, max: 60 }), (text, limit) => {
      const parts = [headOf(text, limit), shorten(text, limit), cut(text, limit), preview({ text }, limit)];
      expect([...parts, ...within([text, text, text], limit)].every(isWellFormed)).toBe(true);
    }),
  );
});

test("texts that share a limit stay within it, and short ones stay whole", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 400 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 900 }),
      (texts, limit) => {
        const shared = cutToShare(texts, limit);
        expect(shared.join("").length).toBeLessThanOrEqual(limit);
        for (const [index, text] of texts.entries()) {
          if (text.length <= limit / texts.length) expect(shared[index]).toBe(text);
        }
      },
    ),
  );
});

test("of very many texts an even choice is kept, and a last one says how many are left out", () => {
  const texts = Array.from({ length: 1_000 }, (_, index) => `reason ${index}`);
  const kept = within(texts, 1_200);
  expect([kept[0], kept.at(-1)]).toEqual(["reason 0", "(991 more are left out.)"]);
});

test("what is left out is counted in the singular and the plural", () => {
  expect(leftOutText(1, "more use")).toBe("1 more use is left out.");
  expect(leftOutText(2, "more use")).toBe("2 more uses are left out.");
  expect(within(["a".repeat(200), "b".repeat(200)], 120).at(-1)).toBe("(1 more is left out.)");
});

test("the caret stands under its column, in a part of a long line that begins and ends between characters", () => {
  for (const before of ["", "x"]) {
    const line = `${before}${"😀".repeat(200)}`;
    for (const column of [1, 82, 83, 84, 201, 202]) {
      const { message } = new SourceError("odd", line, 1, column);
      const [, part = "", caret = ""] = message.split("\n");
      expect(isWellFormed(part)).toBe(true);
      expect(line).toContain(part);
      expect(part[caret.length - 1]).toBe(line[column - 1]);
    }
  }
});
