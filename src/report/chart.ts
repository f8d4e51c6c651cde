/** Learning curves as SVG: lines over steps with bands of 95 % intervals, and the best point marked. */

import { axes, type Frame, frameOf, wholeWidth } from "./axes.ts";
import { changeTexts, scoreText, spreadText } from "./figures.ts";
import { type Html, html } from "./markup.ts";
import type { ScorePoint } from "./scores.ts";

/** One curve. */
export interface Series {
  /** Its name in the legend; also its look, by the style sheet's class of this name. */
  readonly name: string;
  readonly look: "train" | "validation" | "test";
  readonly points: readonly ScorePoint[];
}

/** The chart of `series`. `best` is marked on the curve it belongs to; `label` tells in words what is to be seen. */
export function chart(series: readonly Series[], best: ScorePoint | undefined, label: string): Html {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return html`<p class="none">No scores yet.</p>`;
  const scale = scaleOf(points);
  const { width, height } = scale.size;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Learning curves">
<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${axes(scale, { across: "optimizer steps", tick: (step) => (step === 0 ? "start" : String(step)) })}
${series.map((one) => band(one, scale))}
${series.map((one) => curve(one, scale))}
${best === undefined ? "" : bestMark(best, scale)}
${series.map((one) => spots(one, scale))}
</svg></div>`;
}

function scaleOf(points: readonly ScorePoint[]): Frame {
  const steps = points.map(({ step }) => step);
  const reach = points.flatMap(({ mean, interval }) => [mean, interval?.low ?? mean, interval?.high ?? mean]);
  return frameOf(steps, reach, wholeWidth, true);
}

function band({ look, points }: Series, { x, y }: Frame): Html | undefined {
  // Test data are read once or twice: there is no curve between these points.
  if (look === "test") return undefined;
  const known = points.flatMap(({ step, interval }) => (interval === undefined ? [] : [{ step, ...interval }]));
  if (known.length < 2) return undefined;
  const upper = known.map(({ step, high }) => `${x(step)},${y(high)}`);
  const lower = known.map(({ step, low }) => `${x(step)},${y(low)}`).reverse();
  return html`<polygon class="band ${look}" points="${[...upper, ...lower].join(" ")}"/>`;
}

function curve({ look, points }: Series, { x, y }: Frame): Html | undefined {
  if (points.length < 2 || look === "test") return undefined;
  return html`<polyline class="curve ${look}" points="${points.map(({ step, mean }) => `${x(step)},${y(mean)}`).join(" ")}"/>`;
}

/** A dot where a score is, with a larger invisible one around it that the mouse finds. */
function spots({ name, look, points }: Series, { x, y }: Frame): Html[] {
  return points.map((point) => {
    const [left, top] = [x(point.step), y(point.mean)];
    const mark =
      look === "test"
        ? html`<path class="spot test" d="M${left} ${top - 6}l6 6-6 6-6-6z"/>`
        : html`<circle class="spot ${look}" cx="${left}" cy="${top}" r="4"/>`;
    return html`<g>${mark}<circle class="hit" cx="${left}" cy="${top}" r="12"><title>${pointText(name, point)}</title></circle></g>`;
  });
}

function bestMark({ step, mean }: ScorePoint, { x, y, size }: Frame): Html {
  const [left, top] = [x(step), y(mean)];
  const isFar = left > size.width - 90;
  const above = top > size.top + 26;
  return html`<g class="best"><circle cx="${left}" cy="${top}" r="9"/>
<text x="${isFar ? left + 10 : left}" y="${above ? top - 16 : top + 26}" text-anchor="${isFar ? "end" : "middle"}">best ${scoreText(mean)}</text></g>`;
}

/** A point in words. */
function pointText(name: string, { step, mean, interval, count, failures }: ScorePoint): string {
  const where = step === 0 ? "start" : `after step ${step}`;
  const of = count > 0 ? `, ${count} examples` : "";
  return `${name}, ${where}: ${spreadText({ mean, interval })}${of}${failures > 0 ? `, ${failures} failed` : ""}`;
}

/** The curves in one sentence, for those who do not see them. */
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
