/** The section of learning curves: the chart, its legend, and the same numbers as a table. */

import { chartLabel, renderChart, type Series } from "../chart.ts";
import { spreadText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import type { ScorePoint, Scores } from "../scores.ts";
import { renderFold, renderSection, renderTable } from "./blocks.ts";

/** Mean scores over steps. */
export function renderCurves({ train, validation, test, best }: Scores): Html {
  const all: readonly Series[] = [
    { name: "Training", look: "train", points: train },
    { name: "Validation", look: "validation", points: validation },
    { name: "Test", look: "test", points: test },
  ];
  const series = all.filter(({ points }) => points.length > 0);
  const content = html`<div class="card">${renderLegend(series)}
${renderChart(series, best, chartLabel(series))}
${renderNumbers(series, best)}</div>`;
  return renderSection("curves", "Learning curves", content);
}

function renderLegend(series: readonly Series[]): Html {
  const hasBand = series.some(
    ({ look, points }) => look !== "test" && points.filter(({ interval }) => interval !== undefined).length > 1,
  );
  const keys = series.map(({ name, look }) => html`<li class="key ${look}">${name}</li>`);
  return html`<ul class="legend">${keys}${hasBand && html`<li class="hint">bands: 95% intervals</li>`}</ul>`;
}

function renderNumbers(series: readonly Series[], best: ScorePoint | undefined): Html | undefined {
  const steps = [...new Set(series.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);
  if (steps.length === 0) return undefined;
  const heads = ["Candidate", ...series.map(({ name }) => `${name} (mean [95% interval])`)];
  const rows = steps.map((step) => [
    `${step === 0 ? "baseline" : `after step ${step}`}${step === best?.step ? " (best)" : ""}`,
    ...series.map(({ points }) => spreadText(points.find((one) => one.step === step))),
  ]);
  return renderFold({ id: "curves-numbers", summary: "Data" }, renderTable("Mean scores by step", heads, rows));
}
