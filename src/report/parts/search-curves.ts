/** The learning curves of a search: the best candidate by round and by evaluations, and each candidate as a dot. */

import { headOf } from "../../util/cut.ts";
import { type ChartFrame, chartFrame, renderAxes, wholeWidth } from "../axes.ts";
import { bestByRound, type RoundPoint } from "../best-so-far.ts";
import { countText, scoreText, spreadText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { shortId } from "../names.ts";
import type { CandidateView, RunView } from "../run-view.ts";
import { cutMiddle, renderFold, renderHint, renderScroller, renderSection, renderTable } from "./blocks.ts";
import { type CandidateLinks, renderCandidate } from "./candidate-link.ts";

const maxRows = 200;
const size = { ...wholeWidth, width: 460, height: 300, right: 30 };

/** Both charts, and the numbers round by round. */
export function renderSearchCurves(view: RunView, leader: CandidateView | undefined, links: CandidateLinks): Html {
  const rounds = bestByRound(view).filter((point) => point.leader.mean !== undefined);
  const none = renderHint(`No scores${view.ended === undefined ? " yet" : ""}.`);
  const plots = html`${renderPlots(view, rounds, leader)}${renderNumbers(rounds, links)}`;
  const content = html`<div class="card"><ul class="legend">
<li class="key validation">Best candidate so far, validation</li><li class="key candidate">A candidate</li></ul>
${rounds.length === 0 ? none : plots}
</div>`;
  return renderSection("curves", "Learning curves", content);
}

function renderPlots(view: RunView, rounds: readonly RoundPoint[], leader: CandidateView | undefined): Html {
  const scored = view.candidates.filter(({ mean }) => mean !== undefined);
  const evaluations = new Map(rounds.map((point) => [point.round, point.evaluations]));
  const [from, to] = [rounds[0], rounds.at(-1)].map((point) => scoreText(point?.leader.mean));
  const plot = (across: string, x: SearchPlot["x"]): Html => {
    const label = `Best validation score by ${across === "rounds" ? "round" : across}, from ${from} to ${to}.`;
    return renderPlot({ rounds, scored, leader, x, across, label });
  };
  return html`<div class="plots">${plot("rounds", ({ round }) => round)}
${plot("evaluations", ({ round }) => evaluations.get(round))}</div>`;
}

interface SearchPlot {
  readonly rounds: readonly RoundPoint[];
  readonly scored: readonly CandidateView[];
  readonly leader: CandidateView | undefined;
  /** Where a round, or a candidate of it, is on the horizontal axis; undefined where that is unknown. */
  readonly x: (of: { readonly round: number }) => number | undefined;
  readonly across: string;
  readonly label: string;
}

interface SearchDot {
  readonly x: number;
  readonly mean: number;
  readonly candidate: CandidateView;
}

function renderPlot({ rounds, scored, leader, x, across, label }: SearchPlot): Html {
  const line = rounds.flatMap((point) => dotsOf(x(point), point.leader));
  const dots = scored.flatMap((candidate) => dotsOf(x(candidate), candidate));
  if (line.length === 0 || dots.length === 0) return html``;
  const all = [...line, ...dots];
  const xs = all.map((point) => point.x);
  const means = all.map((point) => point.mean);
  const frame = chartFrame(xs, means, size, true);
  const best = dots.find(({ candidate }) => candidate === leader);
  const words = `${label} The numbers are in the table below.`;
  const svg = html`<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${words}">
${renderAxes(frame, { across, tick: (value) => countText(value) })}
${dots.map((dot) => renderDot(dot, frame))}
<path class="curve validation" d="${staircase(line, frame)}"/>
${best && renderBest(best, frame)}
</svg>`;
  return renderScroller(`Learning curve by ${across}`, svg);
}

function dotsOf(x: number | undefined, candidate: CandidateView): SearchDot[] {
  return x === undefined || candidate.mean === undefined ? [] : [{ x, mean: candidate.mean, candidate }];
}

/** The best score stays level until a better one comes. */
function staircase(line: readonly SearchDot[], { x, y }: ChartFrame): string {
  return line
    .map((point, index) => `${index === 0 ? "M" : "H"}${x(point.x)}${index === 0 ? " " : "V"}${y(point.mean)}`)
    .join("");
}

function renderDot({ x: at, mean, candidate }: SearchDot, { x, y }: ChartFrame): Html {
  const [left, top] = [x(at), y(mean)];
  const { id, round, origin } = candidate;
  const words = `${shortId(id)} by ${headOf(origin, 60)}, round ${round}: ${spreadText(candidate)}`;
  return html`<g><circle class="spot candidate" cx="${left}" cy="${top}" r="3.5"/>
<circle class="hit" cx="${left}" cy="${top}" r="8"><title>${words}</title></circle></g>`;
}

function renderBest({ x: at, mean }: SearchDot, { x, y }: ChartFrame): Html {
  const [left, top] = [x(at), y(mean)];
  const isFar = left > size.width / 2;
  const [textLeft, textTop, anchor] = isFar ? [left - 13, top + 4, "end"] : [left, top + 24, "middle"];
  return html`<g class="best"><circle cx="${left}" cy="${top}" r="8"/>
<text x="${textLeft}" y="${textTop}" text-anchor="${anchor}">best ${scoreText(mean)}</text></g>`;
}

function renderNumbers(rounds: readonly RoundPoint[], links: CandidateLinks): Html {
  const { head, omitted, tail } = cutMiddle(rounds, maxRows);
  const rows = [...head, ...tail].map(({ round, evaluations, candidates, leader }) => [
    round === 0 ? "baseline" : countText(round),
    countText(evaluations),
    countText(candidates),
    renderCandidate(leader.id, links),
    spreadText(leader),
  ]);
  const heads = ["Round", "Evaluations", "Candidates", "Best", "Validation (mean [95% interval])"];
  const table = renderTable("The best candidate by round", heads, rows);
  const rest = omitted > 0 && renderHint(`${countText(omitted)} rounds left out.`);
  return renderFold({ id: "curves-numbers", summary: "Data" }, html`${table}${rest}`);
}
