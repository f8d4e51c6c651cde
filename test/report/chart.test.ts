import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { chart } from "../../src/report/chart.ts";
import { countText, dollarText, gainText, scoreText, shortCount, timeText } from "../../src/report/figures.ts";
import type { ScorePoint } from "../../src/report/scores.ts";

const point = (step: number, mean: number, error?: number): ScorePoint => ({
  step,
  mean,
  error,
  count: 3,
  failures: 0,
});
const drawn = (points: readonly ScorePoint[], best?: ScorePoint) =>
  parseHTML(`<body>${chart([{ name: "Validation", look: "validation", points }], best, "label")}</body>`).document;

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
    expect(drawn([]).querySelector("p")?.textContent).toBe("No scores yet.");
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
