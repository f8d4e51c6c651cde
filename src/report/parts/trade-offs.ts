/** The section of trade-offs: candidates by score and by each objective, with the Pareto front marked. */

import { headOf } from "../../util/cut.ts";
import { type ChartFrame, chartFrame, renderAxes, roundToTenth, wholeWidth } from "../axes.ts";
import { plural, scoreText, spreadText } from "../figures.ts";
import { type Html, html, type Markup, visible } from "../markup.ts";
import { shortId } from "../names.ts";
import type { Measure } from "../recorded-spec.ts";
import type { CandidateView } from "../run-view.ts";
import { meanOf, type TradeOffs } from "../trade-offs.ts";
import {
  cutMiddle,
  renderCount,
  renderFold,
  renderHint,
  renderPill,
  renderScroller,
  renderSection,
  renderTable,
} from "./blocks.ts";
import { type CandidateLinks, renderCandidate } from "./candidate-link.ts";

/** The most charts, one for each objective: the others are in the tables. */
const maxCharts = 2;
const maxRows = 400;
/** The most names of measures without a goal. */
const maxNames = 8;
/** A longer table of the front starts closed. */
const maxOpenRows = 12;
const size = { ...wholeWidth, width: 460, height: 320, right: 30, top: 30 };

/** The charts and the tables. */
export function renderTradeOffs(found: TradeOffs, leader: CandidateView | undefined, links: CandidateLinks): Html {
  const { measures, candidates } = found;
  const aims = measures.filter(({ goal }) => goal !== undefined);
  const charts = (aims.length > 0 ? aims : measures).slice(0, maxCharts);
  const more = measures.length - charts.length;
  const context = { measures, leader, links };
  const all = html`All scored candidates${renderCount(candidates.length)}`;
  const table = renderCandidateTable(candidates, "All scored candidates", context);
  const content = html`<div class="card">${renderLegend(aims.length > 0)}
<div class="plots">${charts.map((measure) => renderScatter(measure, found, leader))}</div>
${more > 0 && renderHint(`${plural(more, "more measure")} in the tables.`)}
${renderWithoutGoal(measures)}
${aims.length > 0 && renderFront(found, context)}
${renderFold({ id: "trade-offs-numbers", summary: all }, table)}
</div>`;
  return renderSection("trade-offs", "Trade-offs", content);
}

function renderLegend(hasFront: boolean): Html {
  const front = "Pareto front: no other candidate is as good in all respects and better in one";
  return html`<ul class="legend">${hasFront && html`<li class="key front">${front}</li>`}
<li class="key other">${hasFront ? "Not on the front" : "Candidates"}</li></ul>`;
}

function renderWithoutGoal(measures: readonly Measure[]): Html | undefined {
  const unknown = measures.filter(({ goal }) => goal === undefined).slice(0, maxNames);
  if (unknown.length === 0) return undefined;
  const names = unknown.map(({ name }, index) => html`${index > 0 && ", "}<code>${headOf(name, 60)}</code>`);
  return renderHint(html`The run does not say whether more or less is better of ${names}: set
<code>objectives</code> to see a front by them.`);
}

function renderFront({ front }: TradeOffs, context: TableContext): Html {
  const summary = html`The front${renderCount(plural(front.length, "candidate"))}`;
  const fold = { id: "trade-offs-front", summary, isOpen: front.length <= maxOpenRows };
  return renderFold(fold, renderCandidateTable(front, "Candidates of the Pareto front", context));
}

function goalText({ goal }: Measure): string {
  return goal === undefined ? "" : goal === "maximize" ? " (more is better)" : " (less is better)";
}

interface ScatterPoint {
  readonly candidate: CandidateView;
  readonly value: number;
  readonly mean: number;
}

function renderScatter(measure: Measure, found: TradeOffs, leader: CandidateView | undefined): Html {
  const points = pointsOf(measure, found);
  const name = headOf(visible(measure.name), 40);
  if (points.length === 0) return renderHint(`${name} was not measured for any candidate.`);
  const values = points.map(({ value }) => value);
  const means = points.map(({ mean }) => mean);
  const frame = chartFrame(values, means, size, false);
  const front = new Set(found.measures.some(({ goal }) => goal !== undefined) ? found.front : undefined);
  const onFront = points.filter(({ candidate }) => front.has(candidate));
  const offFront = points.filter(({ candidate }) => !front.has(candidate));
  const best = points.filter(({ candidate }) => candidate === leader);
  const label = scatterLabel(name, points.length, front.size > 0 ? onFront.length : undefined);
  const box = `0 0 ${size.width} ${size.height}`;
  const svg = html`<svg class="chart scatter" viewBox="${box}" role="img" aria-label="${label}">
${renderAxes(frame, { across: `${name}${goalText(measure)}`, up: "mean validation score" })}
${offFront.map((point) => renderPoint(point, frame, "other"))}
${onFront.map((point) => renderPoint(point, frame, "front"))}
${best.map((point) => renderBest(point, frame))}
</svg>`;
  return renderScroller(`Score by ${name}`, svg);
}

function pointsOf({ name }: Measure, { candidates }: TradeOffs): readonly ScatterPoint[] {
  return candidates.flatMap((candidate) => {
    const { mean } = candidate;
    const value = meanOf(candidate, name);
    return value === undefined || mean === undefined ? [] : [{ candidate, value, mean }];
  });
}

function scatterLabel(name: string, count: number, onFront: number | undefined): string {
  const front = onFront === undefined ? "" : `, ${onFront} of them on the Pareto front`;
  return `Score by ${name}, ${plural(count, "candidate")}${front}. The numbers are in the tables below.`;
}

function renderPoint({ candidate, value, mean }: ScatterPoint, { x, y }: ChartFrame, look: "front" | "other"): Html {
  const [left, top] = [x(value), y(mean)];
  const mark =
    look === "front"
      ? html`<path class="spot front" d="M${left} ${roundToTenth(top - 6)}l6 6-6 6-6-6z"/>`
      : html`<circle class="spot other" cx="${left}" cy="${top}" r="4"/>`;
  const scores = `score ${scoreText(mean)}, ${scoreText(value)}${look === "front" ? ", on the front" : ""}`;
  const title = html`<title>${shortId(candidate.id)}, round ${candidate.round}: ${scores}</title>`;
  return html`<g>${mark}<circle class="hit" cx="${left}" cy="${top}" r="9">${title}</circle></g>`;
}

function renderBest({ value, mean }: ScatterPoint, { x, y }: ChartFrame): Html {
  const [left, top] = [x(value), y(mean)];
  const [textLeft, anchor] = left > size.width - 60 ? [left - 14, "end"] : [left + 14, "start"];
  return html`<g class="best"><circle cx="${left}" cy="${top}" r="10"/>
<text x="${textLeft}" y="${top + 4}" text-anchor="${anchor}">best</text></g>`;
}

interface TableContext {
  readonly measures: readonly Measure[];
  readonly leader: CandidateView | undefined;
  readonly links: CandidateLinks;
}

function renderCandidateTable(
  candidates: readonly CandidateView[],
  caption: string,
  { measures, leader, links }: TableContext,
): Html {
  const { head, omitted, tail } = cutMiddle(candidates, maxRows);
  const rows = [...head, ...tail].map((candidate): readonly Markup[] => [
    html`${renderCandidate(candidate.id, links)}${candidate === leader && renderPill("best", "top")}`,
    candidate.round === 0 ? "baseline" : String(candidate.round),
    spreadText(candidate),
    ...measures.map(({ name }) => scoreText(meanOf(candidate, name))),
  ]);
  const titles = measures.map((measure) => html`${headOf(measure.name, 60)}${goalText(measure)}`);
  const table = renderTable(caption, ["Candidate", "Round", "Score (mean [95% interval])", ...titles], rows);
  return html`${table}${omitted > 0 && renderHint(`${plural(omitted, "candidate")} left out.`)}`;
}
