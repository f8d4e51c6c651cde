import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { DOMParser } from "linkedom";
import type { StudyResult, TrainResult } from "tracegrad";
import type { MeanEstimate, StudyRow } from "tracegrad/report";
import {
  csvTable,
  markdownTable,
  resultText,
  studyFigures,
  studyPlot,
  studyTable,
  textTable,
  valueDiff,
} from "tracegrad/report";
import { describe, expect, it } from "vitest";
import { noRoles } from "./sample.ts";

const hostile = "<script>x</script> \"&' \u001b[31mred | `a`\u202e";
const spent = {
  steps: 0,
  llmCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  usd: 0,
  evaluations: 0,
  seconds: 0,
  possiblyPaid: 0,
  byRole: noRoles,
};

/** Figures are held together by spaces that do not break. */
const spaced = (text: string): string => text.replaceAll("\u00a0", " ");

function estimate(mean: number, reach?: number): MeanEstimate {
  const interval = reach === undefined ? undefined : { low: mean - reach, high: mean + reach };
  return { mean, standardError: reach === undefined ? undefined : reach / 2, interval, values: [mean] };
}

function row(more: Partial<StudyRow>): StudyRow {
  const nothing = {
    trials: [],
    baseline: undefined,
    best: undefined,
    gain: undefined,
    validation: undefined,
    errors: [],
  };
  return { cell: "only", choice: {}, ...nothing, ...more };
}

function result(rows: readonly StudyRow[], axes: readonly string[] = ["batch"]): StudyResult {
  return { axes, rows, trials: 3, seed: 0, complete: true, spent };
}

const two = result([
  row({
    choice: { batch: 1 },
    baseline: estimate(0.114, 0.007),
    best: estimate(0.183, 0.049),
    gain: estimate(0.069, 0.04),
  }),
  row({ choice: { batch: 3 }, errors: ["no key", hostile] }),
]);

describe("the table of a study", () => {
  it("shows means with their intervals, how many trials are finished, and what went wrong", () => {
    expect(spaced(textTable(studyTable(two))).split("\n")).toEqual([
      expect.stringMatching(
        /^batch +baseline \[95%\] +learned \[95%\] +gain \[95%\] +validation \(used to choose\) +trials +not finished because$/,
      ),
      expect.stringMatching(/^─/),
      expect.stringMatching(
        /^ +1 +0\.1140 \[0\.1070, 0\.1210\] +0\.183 \[0\.134, 0\.232\] +0\.069 \[0\.029, 0\.109\] +– +1\/3$/,
      ),
      expect.stringMatching(/^ +3 +– +– +– +– +0\/3 +no key; .*red/),
      "",
    ]);
    expect(textTable(studyTable(two))).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}]/u);
    expect(markdownTable(studyTable(two))).not.toContain("<script>");
  });

  it("has every figure whole in the CSV", () => {
    const [first, second] = parse(csvTable(studyFigures(two)), { columns: true }) as Record<string, string>[];
    expect(first).toMatchObject({
      batch: "1",
      n: "1",
      baseline: "0.114",
      baseline_se: "0.0035",
      baseline_low: "0.107",
      learned: "0.183",
      gain_se: "0.02",
    });
    expect(second).toMatchObject({ batch: "3", n: "0", baseline: "", learned: "" });
  });
});

describe("the plot of a study", () => {
  it("is an SVG of its own that shows every mean, whatever the labels hold", () => {
    const score = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const anyEstimate = fc.option(
      fc.record({
        mean: score,
        reach: fc.option(fc.double({ min: 0, max: 1e3, noNaN: true }), { nil: undefined }),
      }),
      { nil: undefined },
    );
    const anyRow = fc.record({
      label: fc.oneof(fc.string({ unit: "binary" }), fc.constant(hostile)),
      start: anyEstimate,
      best: anyEstimate,
    });
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 5 }), (rows) => {
        const filled = (one: { mean: number; reach: number | undefined } | undefined) =>
          one === undefined ? undefined : estimate(one.mean, one.reach);
        const svg = studyPlot(
          result(
            rows.map(({ label, start, best }) =>
              row({ choice: { batch: label }, baseline: filled(start), best: filled(best) }),
            ),
          ),
        );
        const page = new DOMParser().parseFromString(svg, "image/svg+xml");
        expect(page.querySelectorAll("script")).toHaveLength(0);
        const means = rows.flatMap(({ start, best }) => [start, best]).filter((one) => one !== undefined);
        expect(page.querySelectorAll("title")).toHaveLength(means.length);
        const width = Number(page.documentElement?.getAttribute("width"));
        for (const line of page.querySelectorAll("line")) {
          for (const name of ["x1", "x2"]) {
            const at = Number(line.getAttribute(name));
            expect(at >= 0 && at <= width).toBe(true);
          }
        }
      }),
    );
  });

  it("puts the larger score to the right", () => {
    const svg = studyPlot(
      result([row({ choice: { batch: 1 }, baseline: estimate(0.2, 0.01), best: estimate(0.7, 0.01) })]),
    );
    const spots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="[\d.]+" r="4\.5"/g)].map(([, x]) => Number(x));
    expect(spots).toHaveLength(2);
    expect(spots[0]).toBeLessThan(spots[1] as number);
  });
});

describe("the difference of two programs", () => {
  const program = (name: string, values: Record<string, unknown>) => ({ name, values });

  it("shows changed lines of texts, changed data, and parameters that only one has", async () => {
    const before = program("a", { text: "one\ntwo", same: 1, list: [1], gone: "x" });
    const text = await valueDiff(before, program("b", { text: "one\n2", same: 1, list: [1, 2], extra: true }));
    expect(text).not.toContain("same");
    expect(text.split("\n").filter((line) => /^[-+][^-+]/.test(line))).toEqual(
      expect.arrayContaining(["-two", "+2", "+  2", "-x", "+true"]),
    );
    expect(text).toContain("+++ b: gone (missing)");
    expect(await valueDiff(before, before)).toBe("");
  });

  it("shows no control characters and no secrets", async () => {
    const key = `sk-${"a".repeat(30)}`;
    const text = await valueDiff(program("a", { p: "" }), program("b\u001b[2J", { p: `${hostile}\n${key}` }));
    expect(text).toContain("red");
    expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}]/u);
    expect(text).not.toContain(key);
  });

  it("is there in time for long texts that have nothing in common", async () => {
    const long = (word: string) => Array.from({ length: 20_000 }, (_, at) => `${word} ${at}`).join("\n");
    const text = await valueDiff(program("a", { p: long("old") }), program("b", { p: long("new") }));
    expect(text.split("\n").filter((line) => line.startsWith("-old"))).toHaveLength(20_000);
  });
});

it("the result of a run is a few safe lines", () => {
  const start = {
    id: "a",
    step: 0,
    values: {},
    parents: [],
    origin: "start",
    trainScore: undefined,
    validation: undefined,
  };
  const test = { outcomes: [], mean: 0.5, standardError: 0.1, interval: { low: 0.3, high: 0.7 }, failures: 0 };
  const byRole = {
    agent: { llmCalls: 4, inputTokens: 1_000, outputTokens: 200, usd: 0.1 },
    optimizer: { llmCalls: 3, inputTokens: 2_000, outputTokens: 500, usd: undefined },
    judge: noRoles.judge,
  };
  const found: TrainResult = {
    baseline: start,
    best: { ...start, step: 2 },
    candidates: [start],
    reason: "patience",
    verdict: undefined,
    spent: { ...spent, steps: 3, llmCalls: 7, usd: 0.5, byRole },
    test: { baseline: test, best: { ...test, mean: 0.75, interval: { low: 0.55, high: 0.95 } } },
    warnings: [hostile],
  };
  const text = spaced(resultText(found));
  expect(text).toMatch(/^finished after 3 steps: .*; the candidate of step 2 ships\n/);
  expect(text).toMatch(/^test +0\.50 \[0\.30, 0\.70\] → 0\.75 \[0\.55, 0\.95\] \(\+0\.25\)/m);
  expect(text).toMatch(/7 model calls.*\$0\.50/);
  expect(text).toMatch(
    /^agent +4 model calls, 1\.2k tokens, \$0\.10\noptimizer +3 model calls, 2\.5k tokens, cost unknown\n/m,
  );
  expect(text).not.toContain("judge");
  expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}]/u);
  expect(text).not.toContain("validation");
});
