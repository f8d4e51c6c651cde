import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvTable, markdownTable, textTable } from "../../src/report/table.ts";

const study = {
  columns: ["template", "batch", "score"],
  rows: [
    ["batch", 3, 0.8125],
    ["episodic | 25", 1, -0.5],
    ["全体", 15, undefined],
  ],
} as const;

describe("textTable", () => {
  it("pads columns by the width on a terminal, numbers to the right", () => {
    expect(textTable(study)).toBe(
      [
        "template       batch   score",
        "─────────────  ─────  ──────",
        "batch              3  0.8125",
        "episodic | 25      1    -0.5",
        "全体              15",
        "",
      ].join("\n"),
    );
  });

  it("takes escape sequences, links and line breaks out of cells", () => {
    const cell = "\u001b[31mred\u001b[0m \u001b]8;;https://example.com\u0007link\u001b]8;;\u0007\rover\nnext";
    expect(textTable({ columns: ["a"], rows: [[cell]] }).split("\n")[2]).toBe("red link over next");
  });
});

describe("markdownTable", () => {
  it("keeps each cell in its cell", () => {
    expect(markdownTable(study).split("\n").slice(0, 4)).toEqual([
      "| template | batch | score |",
      "| --- | --: | --: |",
      "| batch | 3 | 0.8125 |",
      "| episodic \\| 25 | 1 | -0.5 |",
    ]);
  });

  it("turns off markup, links and HTML in cells", () => {
    const table = markdownTable({ columns: ["a"], rows: [["`x` [y](javascript:1) <img onerror=1>\n**b**"]] });
    expect(table.split("\n")[2]).toBe("| \\`x\\` \\[y\\](javascript:1) &lt;img onerror=1&gt;<br>\\*\\*b\\*\\* |");
  });

  it("has as many lines as rows, and as many cells as columns, whatever is in them", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ unit: "binary" }), { minLength: 2, maxLength: 2 })), (rows) => {
        const lines = markdownTable({ columns: ["a", "b"], rows })
          .trimEnd()
          .split("\n");
        expect(lines).toHaveLength(rows.length + 2);
        for (const line of lines) expect(line.replace(/\\[\\|]/g, "").split("|")).toHaveLength(4);
      }),
    );
  });
});

describe("csvTable", () => {
  it.each(["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1", "\n=1"])(
    "makes no formula of %j",
    (cell) => {
      const [, [text]] = parse(csvTable({ columns: ["a"], rows: [[cell]] })) as [string[], [string]];
      expect(text).toBe(`'${cell}`);
    },
  );

  it("leaves numbers as numbers, also those below zero", () => {
    expect(csvTable({ columns: ["a", "b"], rows: [[-0.5, "-1e3"]] })).toBe("a,b\r\n-0.5,-1e3\r\n");
  });

  it("gives back every text to a reader of CSV, but for the mark and NUL", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string({ unit: "binary" })), { minLength: 1 }), (rows) => {
        const read = parse(csvTable({ columns: ["a", "b"], rows }), { record_delimiter: "\r\n" }) as string[][];
        expect(read.slice(1).map((row) => row.map(bare))).toEqual(rows.map((row) => row.map(bare)));
      }),
    );
    function bare(text: string): string {
      return text.replaceAll("\0", "").replace(/^'(?=[\s\u00a0\ufeff]*[=+\-@＝＋－＠]|[\t\r\n])/, "");
    }
  });
});
