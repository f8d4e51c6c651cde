/** The result of a study as a picture: for each cell, the test scores of the baseline and of what was learned. */

import type { MeanEstimate, StudyResult, StudyRow } from "../training/study/types.ts";
import { scoreText, spreadText } from "./figures.ts";
import { type Html, html } from "./markup.ts";
import { choiceText } from "./study-table.ts";
import { fitText, plainLine, widthOf } from "./terminal.ts";

const rowHeight = 34;
const top = 44;
const bottom = 44;
const plotWidth = 460;
const letterWidth = 7.2;
const maxLabelLength = 48;
const ink = "#1b1f24";
const faint = "#d0d5db";
const baselineColour = "#8a929c";
const learnedColour = "#0b62c4";

/** A standalone SVG with the interval of 95% of every mean. */
export function studyPlot(result: StudyResult): string {
  const { rows } = result;
  const labels = rows.map((row) => fitText(labelOf(result, row), maxLabelLength));
  const left = Math.round(Math.max(80, ...labels.map((label) => widthOf(label) * letterWidth + 24)));
  const [width, height] = [left + plotWidth + 24, top + rows.length * rowHeight + bottom];
  const scale = scaleOf(rows, left);
  const size = html`viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const font = html`font-family="system-ui, sans-serif" font-size="13"`;
  const svg = html`<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} role="img" aria-label="${altText(result)}">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${renderLegend(left)}
${scale.marks.map((mark) => renderMark(mark, scale, height))}
${renderAxisTitle(left, height)}
${rows.map((row, index) => renderRow(row, labels[index] ?? "", index, scale))}</svg>
`;
  return svg.toString();
}

function labelOf({ axes }: StudyResult, row: StudyRow): string {
  return axes.length === 0 ? row.cell : axes.map((axis) => plainLine(`${axis} ${choiceText(row, axis)}`)).join(", ");
}

/** The picture in words, for readers who do not see it. */
function altText(result: StudyResult): string {
  const parts = result.rows.map((row) => {
    const { baseline, best } = row;
    return `${labelOf(result, row)}: from ${spreadText(baseline)} to ${spreadText(best)}`;
  });
  return `Scores on sealed test data. ${parts.join("; ")}.`;
}

function renderLegend(left: number): Html {
  const entry = (x: number, colour: string, name: string): Html =>
    html`<circle cx="${x}" cy="20" r="5" fill="${colour}"/><text x="${x + 12}" y="24" fill="${ink}">${name}</text>`;
  return html`${entry(left, baselineColour, "baseline")}${entry(left + 100, learnedColour, "learned")}`;
}

/** Where scores are, and the round scores to mark. */
interface PlotScale {
  readonly left: number;
  readonly x: (score: number) => number;
  readonly marks: readonly number[];
}

function renderMark(mark: number, { x }: PlotScale, height: number): Html {
  const left = x(mark);
  return html`<line x1="${left}" x2="${left}" y1="${top}" y2="${height - bottom}" stroke="${faint}"/>
<text x="${left}" y="${height - bottom + 18}" text-anchor="middle" fill="${ink}">${scoreText(mark)}</text>`;
}

function renderAxisTitle(left: number, height: number): Html {
  const title = "score on sealed test data, mean and interval of 95%";
  return html`<text x="${left + plotWidth / 2}" y="${height - 8}" text-anchor="middle" fill="${ink}">${title}</text>`;
}

function renderRow({ baseline, best }: StudyRow, label: string, index: number, { left, x }: PlotScale): Html {
  const middle = top + (index + 0.5) * rowHeight;
  return html`<g>
<text x="${left - 14}" y="${middle + 4}" text-anchor="end" fill="${ink}">${label}</text>
${renderInterval(baseline, { x, y: middle - 6, colour: baselineColour, name: "baseline" })}
${renderInterval(best, { x, y: middle + 6, colour: learnedColour, name: "learned" })}</g>
`;
}

interface IntervalLook {
  readonly x: (score: number) => number;
  readonly y: number;
  readonly colour: string;
  readonly name: string;
}

function renderInterval(estimate: MeanEstimate | undefined, { x, y, colour, name }: IntervalLook): Html | undefined {
  if (estimate === undefined) return undefined;
  const { low, mean, high } = boundsOf(estimate);
  const [from, at, to] = [x(low), x(mean), x(high)];
  return html`<g stroke="${colour}" stroke-width="2"><title>${name}: ${spreadText(estimate)}</title>
<line x1="${from}" x2="${to}" y1="${y}" y2="${y}"/>
<line x1="${from}" x2="${from}" y1="${y - 4}" y2="${y + 4}"/><line x1="${to}" x2="${to}" y1="${y - 4}" y2="${y + 4}"/>
<circle cx="${at}" cy="${y}" r="4.5" fill="${colour}"/></g>`;
}

interface Bounds {
  readonly low: number;
  readonly mean: number;
  readonly high: number;
}

function boundsOf({ mean, interval }: MeanEstimate): Bounds {
  return { low: interval?.low ?? mean, mean, high: interval?.high ?? mean };
}

/** A scale on which all intervals fit. */
function scaleOf(rows: readonly StudyRow[], left: number): PlotScale {
  const scores = rows.flatMap(({ baseline, best }) =>
    [baseline, best].flatMap((one) => (one === undefined ? [] : Object.values(boundsOf(one)))),
  );
  const [low, high] = scores.length === 0 ? [0, 1] : [Math.min(...scores), Math.max(...scores)];
  const rough = Math.max(high - low, Math.abs(high) * 0.01, 1e-9) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const marks = Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
  const x = (score: number): number =>
    Math.round((left + ((score / step - first) / (last - first)) * plotWidth) * 10) / 10;
  return { left, x, marks };
}
