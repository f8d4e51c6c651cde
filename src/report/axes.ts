/** The frame of a chart: round ticks, scales from values to positions, axes with their titles. */

import { scoreText } from "./figures.ts";
import { type Html, html, type Markup } from "./markup.ts";

/** The size of a chart and its margins, in units of its view box. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The size of a chart over the whole width. */
export const wholeWidth: ChartSize = { width: 880, height: 320, left: 52, right: 20, top: 22, bottom: 44 };

/** Where values are on a chart. */
export interface ChartFrame {
  readonly size: ChartSize;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

/**
 * A frame around all of `xs` and `ys`, of which there is at least one each. Whole numbers get whole ticks, and no room
 * at the sides.
 */
export function chartFrame(
  xs: readonly number[],
  ys: readonly number[],
  size: ChartSize,
  isWhole: boolean,
): ChartFrame {
  const [first, last] = [minOf(xs), Math.max(maxOf(xs), minOf(xs) + (isWhole ? 1 : 0))];
  const xTicks = isWhole
    ? makeTicks(first, last, 12).filter((one) => Number.isInteger(one) && one >= first && one <= last)
    : makeTicks(first, last, 8);
  const [from, to] = isWhole ? [first, last] : [xTicks[0] as number, xTicks.at(-1) as number];
  const yTicks = makeTicks(minOf(ys), maxOf(ys), 5);
  const [low, high] = [yTicks[0] as number, yTicks.at(-1) as number];
  const { width, height, left, right, top, bottom } = size;
  return {
    size,
    x: (value) => roundToTenth(left + shareOf(value, from, to) * (width - left - right)),
    y: (value) => roundToTenth(height - bottom - shareOf(value, low, high) * (height - top - bottom)),
    xTicks,
    yTicks,
  };
}

/** Where `value` is between `low` (0) and `high` (1). Halves, since the difference of huge numbers is infinite. */
function shareOf(value: number, low: number, high: number): number {
  return (value / 2 - low / 2) / (high / 2 - low / 2);
}

/** Not `Math.min(...values)`: a call takes only so many arguments. */
function minOf(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function maxOf(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}

/** To a tenth of a unit: nobody sees anything finer. */
export function roundToTenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** About `count` round values from at most `low` to at least `high`. */
function makeTicks(low: number, high: number, count: number): number[] {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  // Numbers near the largest one that a number can be: there is nothing round between them.
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

/** The words at the axes. */
export interface AxisWords {
  /** Below the horizontal axis. */
  readonly across: Markup;
  /** Above the vertical one; none where the chart's heading says it. */
  readonly up?: Markup;
  /** A value of the horizontal axis. Default: `scoreText`. */
  readonly tick?: (value: number) => string;
}

/** The lines and figures of both axes. */
export function renderAxes(frame: ChartFrame, { across, up, tick = scoreText }: AxisWords): Html {
  const { size, x, xTicks, yTicks } = frame;
  const { width, height, left, right, bottom } = size;
  const figures = xTicks.map((value) => {
    return html`<text x="${x(value)}" y="${height - bottom + 20}" text-anchor="middle">${tick(value)}</text>`;
  });
  const middle = roundToTenth((left + width - right) / 2);
  return html`<g class="axis">
${yTicks.map((score) => renderGridLine(score, frame))}
${figures}
<text class="title" x="${middle}" y="${height - 4}" text-anchor="middle">${across}</text>
${up === undefined ? "" : html`<text class="title" x="${left - 10}" y="12">${up}</text>`}
</g>`;
}

function renderGridLine(score: number, { size: { width, left, right }, y }: ChartFrame): Html {
  const height = y(score);
  return html`<line x1="${left}" x2="${width - right}" y1="${height}" y2="${height}"/>
<text x="${left - 10}" y="${height + 4}" text-anchor="end">${scoreText(score)}</text>`;
}
