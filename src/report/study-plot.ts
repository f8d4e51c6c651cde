/**
 * What a study led to, as a picture: for each cell, the test scores of the start and of the chosen program with their
 * intervals.
 */

import type { MeanEstimate, StudyResult, StudyRow } from "../training/study/types.ts";
import { scoreText, spreadText } from "./figures.ts";
import { type Html, html } from "./markup.ts";
import { choiceText } from "./study-table.ts";
import { fitted, plainLine, widthOf } from "./terminal.ts";

const rowHeight = 34;
const top = 44;
const bottom = 44;
const plotWidth = 460;
const letter = 7.2;
const ink = "#1b1f24";
const faint = "#d0d5db";
const startColour = "#8a929c";
const learnedColour = "#0b62c4";

/** A standalone SVG with the interval of 95 % of every mean. */
export function studyPlot(result: StudyResult): string {
  const { rows } = result;
  const labels = rows.map((row) => fitted(labelOf(result, row), 48));
  const left = Math.round(Math.max(80, ...labels.map((label) => widthOf(label) * letter + 24)));
  const [width, height] = [left + plotWidth + 24, top + rows.length * rowHeight + bottom];
  const { x, marks } = scaleOf(rows, left);
  const middle = (at: number): number => top + (at + 0.5) * rowHeight;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${describe(result)}">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${legend(left)}
${marks.map(
  (mark) => html`<line x1="${x(mark)}" x2="${x(mark)}" y1="${top}" y2="${height - bottom}" stroke="${faint}"/>
<text x="${x(mark)}" y="${height - bottom + 18}" text-anchor="middle" fill="${ink}">${scoreText(mark)}</text>`,
)}
<text x="${left + plotWidth / 2}" y="${height - 8}" text-anchor="middle" fill="${ink}">score on sealed test data, mean and interval of 95 %</text>
${rows.map(
  (row, at) => html`<g>
<text x="${left - 14}" y="${middle(at) + 4}" text-anchor="end" fill="${ink}">${labels[at]}</text>
${interval(row.baseline, { x, y: middle(at) - 6, colour: startColour, name: "start" })}${interval(row.best, { x, y: middle(at) + 6, colour: learnedColour, name: "learned" })}</g>
`,
)}</svg>
`.toString();
}

function labelOf({ axes }: StudyResult, row: StudyRow): string {
  return axes.length === 0 ? row.cell : axes.map((axis) => plainLine(`${axis} ${choiceText(row, axis)}`)).join(", ");
}

/** The picture in words, for those who do not see it. */
function describe(result: StudyResult): string {
  const parts = result.rows.map((row) => {
    const { baseline, best } = row;
    return `${labelOf(result, row)}: from ${spreadText(baseline)} to ${spreadText(best)}`;
  });
  return `Scores on sealed test data. ${parts.join("; ")}.`;
}

function legend(left: number): Html {
  const entry = (x: number, colour: string, name: string): Html =>
    html`<circle cx="${x}" cy="20" r="5" fill="${colour}"/><text x="${x + 12}" y="24" fill="${ink}">${name}</text>`;
  return html`${entry(left, startColour, "start")}${entry(left + 80, learnedColour, "learned")}`;
}

interface Mark {
  readonly x: (score: number) => number;
  readonly y: number;
  readonly colour: string;
  readonly name: string;
}

function interval(estimate: MeanEstimate | undefined, { x, y, colour, name }: Mark): Html | undefined {
  if (estimate === undefined) return undefined;
  const { low, mean, high } = endsOf(estimate);
  const [from, at, to] = [x(low), x(mean), x(high)];
  return html`<g stroke="${colour}" stroke-width="2"><title>${name}: ${spreadText(estimate)}</title>
<line x1="${from}" x2="${to}" y1="${y}" y2="${y}"/><line x1="${from}" x2="${from}" y1="${y - 4}" y2="${y + 4}"/><line x1="${to}" x2="${to}" y1="${y - 4}" y2="${y + 4}"/>
<circle cx="${at}" cy="${y}" r="4.5" fill="${colour}"/></g>`;
}

function endsOf({ mean, interval }: MeanEstimate): {
  readonly low: number;
  readonly mean: number;
  readonly high: number;
} {
  return { low: interval?.low ?? mean, mean, high: interval?.high ?? mean };
}

/** Where a score stands, and the round scores to mark: all intervals fit between them. */
function scaleOf(rows: readonly StudyRow[], left: number): { x: (score: number) => number; marks: readonly number[] } {
  const ends = rows.flatMap(({ baseline, best }) =>
    [baseline, best].flatMap((one) => (one === undefined ? [] : Object.values(endsOf(one)))),
  );
  const [low, high] = ends.length === 0 ? [0, 1] : [Math.min(...ends), Math.max(...ends)];
  const rough = Math.max(high - low, Math.abs(high) * 0.01, 1e-9) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const marks = Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
  const x = (score: number): number =>
    Math.round((left + ((score / step - first) / (last - first)) * plotWidth) * 10) / 10;
  return { x, marks };
}
