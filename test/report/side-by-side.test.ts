import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LineSide, loadCompare } from "../../src/report/side-by-side.ts";

const compare = await loadCompare();
const textOf = (side: LineSide | undefined): string | undefined => side?.pieces.map(({ text }) => text).join("");
const marked = (side: LineSide | undefined): string[] =>
  (side?.pieces ?? []).filter(({ changed }) => changed).map(({ text }) => text);

describe("two texts side by side", () => {
  it("stand line by line with their numbers, and leave out equal lines far from a change", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    const rows = compare(lines.join("\n"), lines.with(9, "line ten").join("\n"));
    expect(
      rows.map((row) => (row.kind === "skipped" ? row.count : `${row.before?.line} ${row.kind} ${row.after?.line}`)),
    ).toEqual([
      6,
      ...["7 same 7", "8 same 8", "9 same 9", "10 changed 10", "11 same 11", "12 same 12", "13 same 13"],
      7,
    ]);
  });

  it("mark the words that changed, and no word of lines that have nothing in common", () => {
    const [row] = compare("Think step by step.", "Think about it step by step.");
    if (row === undefined || row.kind === "skipped") throw new Error("A changed row was expected.");
    expect([marked(row.before), marked(row.after).join("").trim()]).toEqual([[], "about it"]);
    const [other] = compare("alpha beta gamma", "one two three");
    if (other === undefined || other.kind === "skipped") throw new Error("A changed row was expected.");
    expect([marked(other.before), marked(other.after)]).toEqual([[], []]);
  });

  it("are not compared when they differ in more than 2,000 lines, since that takes quadratic time", () => {
    const lines = (letter: string, count: number) => `${letter}\n`.repeat(count);
    const sameLines = (count: number): number =>
      compare(`${lines("a", count)}same\n`, `${lines("b", count)}same\n`).filter(({ kind }) => kind === "same").length;
    expect([sameLines(900), sameLines(1_100)]).toEqual([1, 0]);
  });

  it("do not differ in a last line break or in its kind", () => {
    for (const row of compare("a\r\nb", "a\nb\n")) expect(row.kind).not.toBe("changed");
    expect(compare("", "")).toEqual([]);
  });

  it("show of each text exactly its lines", () => {
    const word = fc.constantFrom("a", "b b", "c", "", " ", "\n", "x\ny");
    const text = fc.array(word, { maxLength: 30 }).map((words) => words.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        for (const row of compare(before, after)) {
          if (row.kind === "skipped") continue;
          if (row.before) expect(textOf(row.before)).toBe(before.split("\n")[row.before.line - 1]);
          if (row.after) expect(textOf(row.after)).toBe(after.split("\n")[row.after.line - 1]);
          if (row.kind === "same") expect(textOf(row.before)).toBe(textOf(row.after));
        }
      }),
    );
  });
});
