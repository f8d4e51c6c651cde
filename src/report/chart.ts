/** Learning curves as SVG: lines over steps with bands of 95% intervals, and the best point marked. */

import { type ChartFrame, chartFrame, renderAxes, wholeWidth } from "./axes.ts";
import { changeTexts, scoreText, spreadText } from "./figures.ts";
import { type Html, html } from "./markup.ts";
import { renderHint, renderScroller } from "./parts/blocks.ts";
import type { ScorePoint } from "./scores.ts";

/** One curve. */
export interface Series {
  /** Its name in the legend. */
  readonly name: string;
  /** A class of the style sheet. */
  readonly look: "train" | "validation" | "test";
  readonly points: readonly ScorePoint[];
}

/** The chart of `series`. `best` is marked on the curve it belongs to; `label` describes the chart in words. */
export function renderChart(series: readonly Series[], best: ScorePoint | undefined, label: string): Html {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return renderHint("No scores.");
  const frame = frameAround(points);
  const { width, height } = frame.size;
  const svg = html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${renderAxes(frame, { across: "optimizer steps", tick: (step) => (step === 0 ? "baseline" : String(step)) })}
${series.map((one) => renderBand(one, frame))}
${series.map((one) => renderCurve(one, frame))}
${best === undefined ? "" : renderBest(best, frame)}
${series.map((one) => one.points.map((point) => renderPoint(one, point, frame)))}
</svg>`;
  return renderScroller("Learning curves", svg);
}

function frameAround(points: readonly ScorePoint[]): ChartFrame {
  const steps = points.map(({ step }) => step);
  const scores = points.flatMap(({ mean, interval }) => [mean, interval?.low ?? mean, interval?.high ?? mean]);
  return chartFrame(steps, scores, wholeWidth, true);
}

function renderBand({ look, points }: Series, { x, y }: ChartFrame): Html | undefined {
  // The test data are read once or twice: there is no curve between these points.
  if (look === "test") return undefined;
  const known = points.flatMap(({ step, interval }) => (interval === undefined ? [] : [{ step, ...interval }]));
  if (known.length < 2) return undefined;
  const upper = known.map(({ step, high }) => `${x(step)},${y(high)}`);
  const lower = known.map(({ step, low }) => `${x(step)},${y(low)}`).reverse();
  return html`<polygon class="band ${look}" points="${[...upper, ...lower].join(" ")}"/>`;
}

function renderCurve({ look, points }: Series, { x, y }: ChartFrame): Html | undefined {
  if (points.length < 2 || look === "test") return undefined;
  const line = points.map(({ step, mean }) => `${x(step)},${y(mean)}`).join(" ");
  return html`<polyline class="curve ${look}" points="${line}"/>`;
}

/** A dot at a score, with a larger invisible one around it that is easy to point at. */
function renderPoint({ name, look }: Series, point: ScorePoint, { x, y }: ChartFrame): Html {
  const [left, top] = [x(point.step), y(point.mean)];
  const mark =
    look === "test"
      ? html`<path class="spot test" d="M${left} ${top - 6}l6 6-6 6-6-6z"/>`
      : html`<circle class="spot ${look}" cx="${left}" cy="${top}" r="4"/>`;
  const title = html`<title>${pointText(name, point)}</title>`;
  return html`<g>${mark}<circle class="hit" cx="${left}" cy="${top}" r="12">${title}</circle></g>`;
}

function renderBest({ step, mean }: ScorePoint, { x, y, size }: ChartFrame): Html {
  const [left, top] = [x(step), y(mean)];
  const [textLeft, anchor] = left > size.width - 90 ? [left + 10, "end"] : [left, "middle"];
  const textTop = top > size.top + 26 ? top - 16 : top + 26;
  return html`<g class="best"><circle cx="${left}" cy="${top}" r="9"/>
<text x="${textLeft}" y="${textTop}" text-anchor="${anchor}">best ${scoreText(mean)}</text></g>`;
}

/** A point in words. */
function pointText(name: string, { step, mean, interval, count, failures }: ScorePoint): string {
  const when = step === 0 ? "baseline" : `after step ${step}`;
  const of = count > 0 ? `, ${count} examples` : "";
  return `${name}, ${when}: ${spreadText({ mean, interval })}${of}${failures > 0 ? `, ${failures} failed` : ""}`;
}

/** The curves in one sentence, for readers who do not see them. */
export function chartLabel(series: readonly Series[]): string {
  const parts = series.flatMap(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { before, after, gain } = changeTexts({ mean: first.mean }, { mean: last.mean });
    return [`${name} from ${before} to ${after} (${gain})`];
  });
  return parts.length === 0
    ? "No scores."
    : `Mean scores by step: ${parts.join("; ")}. The numbers are in the table below.`;
}
