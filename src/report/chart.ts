/** Learning curves as SVG: lines over steps with bands of one standard error, and the best point marked. */

import { gainText, scoreText, spreadText } from "./figures.ts";
import { type Html, html } from "./markup.ts";
import type { ScorePoint } from "./scores.ts";

/** One curve. */
export interface Series {
  /** Its name in the legend; also its look, by the style sheet's class of this name. */
  readonly name: string;
  readonly look: "train" | "validation" | "test";
  readonly points: readonly ScorePoint[];
}

const size = { width: 880, height: 320, left: 52, right: 20, top: 22, bottom: 44 } as const;

interface Scale {
  readonly x: (step: number) => number;
  readonly y: (score: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

/** The chart of `series`. `best` is marked on the curve it belongs to; `label` tells in words what is to be seen. */
export function chart(series: readonly Series[], best: ScorePoint | undefined, label: string): Html {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return html`<p class="none">No scores yet.</p>`;
  const scale = scaleOf(points);
  const { width, height } = size;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Learning curves">
<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${axes(scale)}
${series.map((one) => band(one, scale))}
${series.map((one) => curve(one, scale))}
${best === undefined ? "" : bestMark(best, scale)}
${series.map((one) => spots(one, scale))}
</svg></div>`;
}

function scaleOf(points: readonly ScorePoint[]): Scale {
  const steps = points.map(({ step }) => step);
  const [first, last] = [least(steps), Math.max(most(steps), least(steps) + 1)];
  const lows = points.map(({ mean, error = 0 }) => mean - error);
  const highs = points.map(({ mean, error = 0 }) => mean + error);
  const yTicks = ticks(least(lows), most(highs), 5);
  const [low, high] = [yTicks[0] as number, yTicks.at(-1) as number];
  const { width, height, left, right, top, bottom } = size;
  return {
    x: (step) => round(left + ((step - first) / (last - first)) * (width - left - right)),
    y: (score) => round(height - bottom - partOf(score, low, high) * (height - top - bottom)),
    xTicks: ticks(first, last, 12).filter((step) => Number.isInteger(step) && step >= first && step <= last),
    yTicks,
  };
}

/** Where `value` lies between `low` (0) and `high` (1). Halves, since the difference of huge numbers is infinite. */
function partOf(value: number, low: number, high: number): number {
  return (value / 2 - low / 2) / (high / 2 - low / 2);
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** About `count` round values from at most `low` to at least `high`. */
function ticks(low: number, high: number, count: number): number[] {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  // Numbers at the edge of what can be counted with: there is nothing round between them.
  if (largest > 1e300) return high > low ? [low, high] : [Math.min(low, 0), Math.max(high, 0)];
  const isFlat = high - low <= Math.max(largest * 1e-9, 1e-12);
  const span = isFlat ? Math.max(largest, 1) * 0.2 : high - low;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const from = Math.floor(low / step + 1e-9);
  const to = Math.max(Math.ceil(high / step - 1e-9), from + 1);
  return Array.from({ length: to - from + 1 }, (_, index) => Number(((from + index) * step).toPrecision(12)));
}

function axes({ x, y, xTicks, yTicks }: Scale): Html {
  const { width, height, left, right, bottom } = size;
  return html`<g class="axis">
${yTicks.map(
  (score) => html`<line x1="${left}" x2="${width - right}" y1="${y(score)}" y2="${y(score)}"/>
<text x="${left - 10}" y="${y(score) + 4}" text-anchor="end">${scoreText(score)}</text>`,
)}
${xTicks.map((step) => html`<text x="${x(step)}" y="${height - bottom + 20}" text-anchor="middle">${step === 0 ? "start" : step}</text>`)}
<text class="title" x="${round((left + width - right) / 2)}" y="${height - 4}" text-anchor="middle">optimizer steps</text>
</g>`;
}

function band({ look, points }: Series, { x, y }: Scale): Html | undefined {
  // Test data are read once or twice: there is no curve between these points.
  if (look === "test") return undefined;
  const known = points.filter((point): point is ScorePoint & { error: number } => point.error !== undefined);
  if (known.length < 2) return undefined;
  const upper = known.map(({ step, mean, error }) => `${x(step)},${y(mean + error)}`);
  const lower = known.map(({ step, mean, error }) => `${x(step)},${y(mean - error)}`).reverse();
  return html`<polygon class="band ${look}" points="${[...upper, ...lower].join(" ")}"/>`;
}

function curve({ look, points }: Series, { x, y }: Scale): Html | undefined {
  if (points.length < 2 || look === "test") return undefined;
  return html`<polyline class="curve ${look}" points="${points.map(({ step, mean }) => `${x(step)},${y(mean)}`).join(" ")}"/>`;
}

/** A dot where a score is, with a larger invisible one around it that the mouse finds. */
function spots({ name, look, points }: Series, { x, y }: Scale): Html[] {
  return points.map((point) => {
    const [left, top] = [x(point.step), y(point.mean)];
    const mark =
      look === "test"
        ? html`<path class="spot test" d="M${left} ${top - 6}l6 6-6 6-6-6z"/>`
        : html`<circle class="spot ${look}" cx="${left}" cy="${top}" r="4"/>`;
    return html`<g>${mark}<circle class="hit" cx="${left}" cy="${top}" r="12"><title>${pointText(name, point)}</title></circle></g>`;
  });
}

function bestMark({ step, mean }: ScorePoint, { x, y }: Scale): Html {
  const [left, top] = [x(step), y(mean)];
  const isFar = left > size.width - 90;
  const above = top > size.top + 26;
  return html`<g class="best"><circle cx="${left}" cy="${top}" r="9"/>
<text x="${isFar ? left + 10 : left}" y="${above ? top - 16 : top + 26}" text-anchor="${isFar ? "end" : "middle"}">best ${scoreText(mean)}</text></g>`;
}

/** A point in words. */
function pointText(name: string, { step, mean, error, count, failures }: ScorePoint): string {
  const where = step === 0 ? "start" : `after step ${step}`;
  const of = count > 0 ? `, ${count} examples` : "";
  return `${name}, ${where}: ${spreadText(mean, error)}${of}${failures > 0 ? `, ${failures} failed` : ""}`;
}

/** The curves in one sentence, for those who do not see them. */
export function chartLabel(series: readonly Series[]): string {
  const parts = series.flatMap(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [`${name} from ${scoreText(first.mean)} to ${scoreText(last.mean)} (${gainText(last.mean - first.mean)})`];
  });
  return parts.length === 0
    ? "No scores."
    : `Mean scores by step: ${parts.join("; ")}. The numbers are in the table below.`;
}
