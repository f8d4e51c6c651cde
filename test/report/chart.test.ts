import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { renderChart } from "../../src/report/chart.ts";
import {
  changeTexts,
  countText,
  dollarText,
  gainText,
  type MeanScore,
  scoreText,
  shortCount,
  spreadText,
  timeText,
} from "../../src/report/figures.ts";
import type { ScorePoint } from "../../src/report/scores.ts";

const point = (step: number, mean: number, error?: number): ScorePoint => ({
  step,
  mean,
  interval: error === undefined ? undefined : { low: mean - error, high: mean + error },
  count: 3,
  failures: 0,
});
const drawn = (points: readonly ScorePoint[], best?: ScorePoint) =>
  parseHTML(`<body>${renderChart([{ name: "Validation", look: "validation", points }], best, "label")}</body>`)
    .document;

describe("the chart", () => {
  it("stays inside its frame, whatever the scores are", () => {
    const score = fc.oneof(
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const points = fc.uniqueArray(
      fc.tuple(fc.nat(10_000), score, fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }))),
      {
        selector: ([step]) => step,
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(points, (given) => {
        const all = given
          .map(([step, mean, error]) => point(step, mean, error ?? undefined))
          .sort((a, b) => a.step - b.step);
        const document = drawn(all, all[0]);
        expect(document.querySelectorAll("circle.spot")).toHaveLength(all.length);
        for (const spot of document.querySelectorAll("circle.spot")) {
          const [x, y] = [Number(spot.getAttribute("cx")), Number(spot.getAttribute("cy"))];
          expect(x).toBeGreaterThanOrEqual(52);
          expect(x).toBeLessThanOrEqual(860);
          expect(y).toBeGreaterThanOrEqual(22 - 0.1);
          expect(y).toBeLessThanOrEqual(276 + 0.1);
        }
        expect(document.body.innerHTML).not.toMatch(/NaN|Infinity/);
        expect(document.querySelectorAll(".axis line").length).toBeLessThanOrEqual(12);
      }),
    );
  });

  it("puts higher scores higher, and later steps to the right", () => {
    const [low, high] = [...drawn([point(0, 0.2), point(4, 0.9)]).querySelectorAll("circle.spot")];
    expect(Number(high?.getAttribute("cy"))).toBeLessThan(Number(low?.getAttribute("cy")));
    expect(Number(high?.getAttribute("cx"))).toBeGreaterThan(Number(low?.getAttribute("cx")));
  });

  it("says that there is nothing where there is nothing", () => {
    expect(drawn([]).querySelector("p")?.textContent).toBe("No scores.");
  });
});

describe("figures", () => {
  it.each([
    [scoreText(0.8333), "0.83"],
    [scoreText(0), "0.00"],
    [scoreText(-0), "0.00"],
    [scoreText(0.034), "0.034"],
    [scoreText(-20.5), "−20.50"],
    [scoreText(1234.5), "1235"],
    [scoreText(0.996), "0.996"],
    [scoreText(0.99999), "0.99999"],
    [scoreText(1), "1.00"],
    [scoreText(0.1 + 0.7 + 0.2), "1.00"],
    [scoreText(0.0004), "0.0004"],
    [scoreText(-0.0004), "−0.0004"],
    [scoreText(5.6e-17), "0.000"],
    [spreadText({ mean: 0.9962, interval: { low: 0.9921, high: 1 } }), "0.9962 [0.9921, 1.0000]"],
    [spreadText({ mean: 0.6, interval: { low: 0.31, high: 0.83 } }), "0.60 [0.31, 0.83]"],
    [spreadText({ mean: 1234, interval: { low: 1209, high: 1259 } }), "1234 [1209, 1259]"],
    [spreadText({ mean: -20.3, interval: { low: -20.98, high: -19.62 } }), "−20.30 [−20.98, −19.62]"],
    [spreadText({ mean: 0.75 }), "0.75"],
    [spreadText(undefined), "–"],
    [scoreText(Number.NaN), "–"],
    [gainText(0.5), "+0.50"],
    [gainText(-0.5), "−0.50"],
    [countText(1_234_567), "1\u202f234\u202f567"],
    [shortCount(999), "999"],
    [shortCount(999_960), "1.0M"],
    [shortCount(12_345), "12.3k"],
    [dollarText(undefined), "unknown"],
    [dollarText(0), "$0.00"],
    [dollarText(0.0123), "$0.0123"],
    [dollarText(12.3), "$12.30"],
    [timeText(59.6), "1 min 00 s"],
    [timeText(7_384), "2 h 03 min"],
  ])("%s reads %s", (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe("a change of a mean", () => {
  const texts = (before: MeanScore, after: MeanScore) => Object.values(changeTexts(before, after)).join(" ");

  it("has digits that show it, the same in all three figures", () => {
    expect(texts({ mean: 0.9549 }, { mean: 0.9551 })).toBe("0.9549 0.9551 +0.0002");
    expect(texts({ mean: 0.5 }, { mean: 0.75 })).toBe("0.50 0.75 +0.25");
    expect(texts({ mean: 1234.2 }, { mean: 1234.5 })).toBe("1234.2 1234.5 +0.3");
    expect(texts({ mean: 1 }, { mean: 1 })).toBe("1.00 1.00 0.00");
    expect(texts({ mean: 0.3 }, { mean: 0.1 + 0.2 })).toBe("0.30 0.30 0.00");
    const interval = { low: 0.94, high: 0.965 };
    expect(texts({ mean: 0.95, interval }, { mean: 0.98 })).toBe("0.950 [0.940, 0.965] 0.980 +0.030");
  });

  it("adds up to the last digit, and never makes a whole number of another", () => {
    const score = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(score, score, (before, after) => {
        const read = (text: string) => Number(text.replace("−", "-"));
        const { before: from, after: to, gain } = changeTexts({ mean: before }, { mean: after });
        const [, decimals = ""] = from.split(".");
        const last = 10 ** -decimals.length;
        expect(Math.abs(read(to) - read(from) - read(gain))).toBeLessThanOrEqual(1.001 * last + 1e-9);
        for (const mean of [before, after]) {
          if (Math.abs(mean - Math.round(mean)) < 1e-8) continue;
          expect(Number.isInteger(read(scoreText(mean)))).toBe(false);
        }
      }),
    );
  });
});
