/** The section of trade-offs: programs by score and by each objective, with those marked that no other one beats. */

import { axes, type Frame, frameOf, round, wholeWidth } from "../axes.ts";
import { plural, scoreText, spreadText } from "../figures.ts";
import { type Html, html, visible } from "../markup.ts";
import { shortId } from "../names.ts";
import type { CandidateView } from "../run-view.ts";
import { type Measure, measured, type TradeOffs } from "../trade-offs.ts";
import { type ProgramLinks, programLink } from "./program.ts";
import { ends, headOf, table } from "./text.ts";

/** Charts of at most so many objectives: the others are in the tables. */
const mostCharts = 2;
const mostRows = 400;
/** A longer table of the front waits behind its heading. */
const mostOpen = 12;

/** The charts and the tables. */
export function tradeOffs(given: TradeOffs, leader: CandidateView | undefined, links: ProgramLinks): Html {
  const { measures, programs, front } = given;
  const aims = measures.filter(({ goal }) => goal !== undefined);
  const unknown = measures.filter(({ goal }) => goal === undefined);
  const charts = (aims.length > 0 ? aims : measures).slice(0, mostCharts);
  const more = measures.length - charts.length;
  return html`<section id="trade-offs" aria-labelledby="trade-offs-title"><h2 id="trade-offs-title">Trade-offs</h2>
<div class="card"><ul class="legend">${aims.length > 0 && html`<li class="key front">Pareto front: no other program is as good in all respects and better in one</li>`}<li class="key other">${aims.length > 0 ? "Not on the front" : "Programs"}</li></ul>
<div class="plots">${charts.map((measure) => scatter(measure, given, leader))}</div>
${more > 0 && html`<p class="none">${plural(more, "more measure")} in the tables.</p>`}
${unknown.length > 0 && html`<p class="none">The run does not say whether more or less is better of ${unknown.slice(0, 8).map(({ name }, index) => html`${index > 0 && ", "}<code>${headOf(name, 60)}</code>`)}: give <code>objectives</code> to see a front by them.</p>`}
${aims.length > 0 && html`<details id="trade-offs-front"${front.length <= mostOpen && html` open`}><summary>The front <span class="count">${plural(front.length, "program")}</span></summary>${programTable({ rows: front, measures, leader, links, caption: "Programs of the Pareto front" })}</details>`}
<details id="trade-offs-numbers"><summary>All scored programs <span class="count">${programs.length}</span></summary>${programTable({ rows: programs, measures, leader, links, caption: "All scored programs" })}</details>
</div></section>`;
}

function goalText({ goal }: Measure): string {
  return goal === undefined ? "" : goal === "maximize" ? " (more is better)" : " (less is better)";
}

function scatter(measure: Measure, { programs, front, measures }: TradeOffs, leader: CandidateView | undefined): Html {
  const points = programs.flatMap((program) => {
    const value = measured(program, measure.name);
    return value === undefined || program.mean === undefined ? [] : [{ program, value, mean: program.mean }];
  });
  const name = headOf(visible(measure.name), 40);
  if (points.length === 0) return html`<p class="none">${name} was measured of no program.</p>`;
  const size = { ...wholeWidth, width: 460, height: 320, right: 30, top: 30 };
  const frame = frameOf(
    points.map(({ value }) => value),
    points.map(({ mean }) => mean),
    size,
    false,
  );
  const hasFront = measures.some(({ goal }) => goal !== undefined);
  const members = new Set(hasFront ? front : []);
  const isFront = ({ program }: Point): boolean => members.has(program);
  const label = `Score by ${name}, ${plural(points.length, "program")}${hasFront ? `, ${plural(points.filter(isFront).length, "of them", "of them")} on the Pareto front` : ""}. The numbers are in the tables below.`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Score by ${name}"><svg class="chart scatter" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${label}">
${axes(frame, { across: `${name}${goalText(measure)}`, up: "mean validation score" })}
${points.filter((point) => !isFront(point)).map((point) => spot(point, frame, "other"))}
${points.filter(isFront).map((point) => spot(point, frame, "front"))}
${points.filter(({ program }) => program === leader).map((point) => bestRing(point, frame))}
</svg></div>`;
}

interface Point {
  readonly program: CandidateView;
  readonly value: number;
  readonly mean: number;
}

function spot({ program, value, mean }: Point, { x, y }: Frame, look: "front" | "other"): Html {
  const [left, top] = [x(value), y(mean)];
  const mark =
    look === "front"
      ? html`<path class="spot front" d="M${left} ${round(top - 6)}l6 6-6 6-6-6z"/>`
      : html`<circle class="spot other" cx="${left}" cy="${top}" r="4"/>`;
  return html`<g>${mark}<circle class="hit" cx="${left}" cy="${top}" r="9"><title>${shortId(program.id)}, round ${program.round}: score ${scoreText(mean)}, ${scoreText(value)}${look === "front" && ", on the front"}</title></circle></g>`;
}

function bestRing({ value, mean }: Point, { x, y, size }: Frame): Html {
  const [left, top] = [x(value), y(mean)];
  const isFar = left > size.width - 60;
  return html`<g class="best"><circle cx="${left}" cy="${top}" r="10"/><text x="${isFar ? left - 14 : left + 14}" y="${top + 4}" text-anchor="${isFar ? "end" : "start"}">best</text></g>`;
}

interface Rows {
  readonly rows: readonly CandidateView[];
  readonly measures: readonly Measure[];
  readonly leader: CandidateView | undefined;
  readonly links: ProgramLinks;
  readonly caption: string;
}

function programTable({ rows, measures, leader, links, caption }: Rows): Html {
  const { head, left, tail } = ends(rows, mostRows);
  const cells = [...head, ...tail].map((program) => [
    html`${programLink(program.id, links)}${program === leader && html` <span class="pill top">best</span>`}`,
    program.round === 0 ? "start" : String(program.round),
    spreadText(program),
    ...measures.map(({ name }) => scoreText(measured(program, name))),
  ]);
  const heads = [
    "Program",
    "Round",
    "Score (mean [95 % interval])",
    ...measures.map((measure) => html`${headOf(measure.name, 60)}${goalText(measure)}`),
  ];
  return html`${table(caption, heads, cells)}${left > 0 && html`<p class="none">${plural(left, "program")} left out.</p>`}`;
}
