/** The section of learning curves: the chart, its legend, and the same numbers as a table. */

import { chart, chartLabel, type Series } from "../chart.ts";
import { spreadText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import type { ScorePoint, Scores } from "../scores.ts";
import { table } from "./text.ts";

/** Mean scores over steps. */
export function curves(scores: Scores): Html {
  const { train, validation, test, best } = scores;
  const all: readonly Series[] = [
    { name: "Training", look: "train", points: train },
    { name: "Validation", look: "validation", points: validation },
    { name: "Test", look: "test", points: test },
  ];
  const series = all.filter(({ points }) => points.length > 0);
  const legend = series.map(({ name, look }) => html`<li class="key ${look}">${name}</li>`);
  const hasBand = series.some(
    ({ look, points }) => look !== "test" && points.filter(({ interval }) => interval !== undefined).length > 1,
  );
  return html`<section id="curves" aria-labelledby="curves-title"><h2 id="curves-title">Learning curves</h2>
<div class="card"><ul class="legend">${legend}${hasBand && html`<li class="hint">bands: 95 % intervals</li>`}</ul>
${chart(series, best, chartLabel(series))}
${numbers(series, best)}</div></section>`;
}

function numbers(series: readonly Series[], best: ScorePoint | undefined): Html | undefined {
  const steps = [...new Set(series.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);
  if (steps.length === 0) return undefined;
  const heads = ["Program", ...series.map(({ name }) => `${name} (mean [95 % interval])`)];
  const rows = steps.map((step) => [
    `${step === 0 ? "start" : `after step ${step}`}${step === best?.step ? " (best)" : ""}`,
    ...series.map(({ points }) => {
      return spreadText(points.find((one) => one.step === step));
    }),
  ]);
  return html`<details id="curves-numbers"><summary>The numbers</summary>${table("Mean scores by step", heads, rows)}</details>`;
}
