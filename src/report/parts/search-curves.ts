/**
 * The section of learning curves of a search: the best program so far by round and by evaluations, each program as a
 * dot.
 */

import { axes, type Frame, frameOf, wholeWidth } from "../axes.ts";
import { bestSoFar, type RoundPoint } from "../best-so-far.ts";
import { countText, scoreText, spreadText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { shortId } from "../names.ts";
import type { CandidateView, RunView } from "../run-view.ts";
import { type ProgramLinks, programLink } from "./program.ts";
import { ends, table } from "./text.ts";

const mostRows = 200;

/** Both charts, and the numbers round by round. */
export function searchCurves(view: RunView, leader: CandidateView | undefined, links: ProgramLinks): Html {
  const course = bestSoFar(view).filter((point) => point.leader.mean !== undefined);
  const scored = view.candidates.filter(({ mean }) => mean !== undefined);
  const judged = new Map(course.map((point) => [point.round, point.judged]));
  const [first, last] = [course[0], course.at(-1)];
  const way = first && last && `from ${scoreText(first.leader.mean)} to ${scoreText(last.leader.mean)}`;
  const given = { course, scored, leader };
  return html`<section id="curves" aria-labelledby="curves-title"><h2 id="curves-title">Learning curves</h2>
<div class="card"><ul class="legend"><li class="key validation">Best program so far, validation</li><li class="key program">A program</li></ul>
${
  way === undefined
    ? html`<p class="none">No scores yet.</p>`
    : html`<div class="plots">${plot({ ...given, x: ({ round }) => round, across: "rounds", label: `Best validation score by round, ${way}.` })}
${plot({ ...given, x: ({ round }) => judged.get(round), across: "evaluations", label: `Best validation score by evaluations, ${way}.` })}</div>
${numbers(course, links)}`
}</div></section>`;
}

interface Plot {
  readonly course: readonly RoundPoint[];
  readonly scored: readonly CandidateView[];
  readonly leader: CandidateView | undefined;
  /** Where a round, or a program of it, stands; undefined where that is not known. */
  readonly x: (of: { readonly round: number }) => number | undefined;
  readonly across: string;
  readonly label: string;
}

function plot({ course, scored, leader, x, across, label }: Plot): Html {
  const line = course.flatMap((point) => pointOf(x(point), point.leader));
  const dots = scored.flatMap((program) => pointOf(x(program), program));
  if (line.length === 0 || dots.length === 0) return html``;
  const all = [...line, ...dots];
  const size = { ...wholeWidth, width: 460, height: 300, right: 30 };
  const frame = frameOf(
    all.map((point) => point.x),
    all.map((point) => point.mean),
    size,
    true,
  );
  const best = dots.find(({ program }) => program === leader);
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Learning curve by ${across}"><svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${label} The numbers are in the table below.">
${axes(frame, { across, tick: (value) => countText(value) })}
${dots.map((dot) => spot(dot, frame))}
<path class="curve validation" d="${staircase(line, frame)}"/>
${best && bestMark(best, frame)}
</svg></div>`;
}

interface Dot {
  readonly x: number;
  readonly mean: number;
  readonly program: CandidateView;
}

function pointOf(x: number | undefined, program: CandidateView): Dot[] {
  return x === undefined || program.mean === undefined ? [] : [{ x, mean: program.mean, program }];
}

/** The best so far stays what it is until the next best one. */
function staircase(line: readonly Dot[], { x, y }: Frame): string {
  return line
    .map((point, index) => `${index === 0 ? "M" : "H"}${x(point.x)}${index === 0 ? " " : "V"}${y(point.mean)}`)
    .join("");
}

function spot({ x: at, mean, program }: Dot, { x, y }: Frame): Html {
  const [left, top] = [x(at), y(mean)];
  const { id, round, origin } = program;
  return html`<g><circle class="spot program" cx="${left}" cy="${top}" r="3.5"/><circle class="hit" cx="${left}" cy="${top}" r="8"><title>${shortId(id)} by ${origin.slice(0, 60)}, round ${round}: ${spreadText(program)}</title></circle></g>`;
}

function bestMark({ x: at, mean }: Dot, { x, y, size }: Frame): Html {
  const [left, top] = [x(at), y(mean)];
  const isFar = left > size.width / 2;
  return html`<g class="best"><circle cx="${left}" cy="${top}" r="8"/><text x="${isFar ? left - 13 : left}" y="${isFar ? top + 4 : top + 24}" text-anchor="${isFar ? "end" : "middle"}">best ${scoreText(mean)}</text></g>`;
}

function numbers(course: readonly RoundPoint[], links: ProgramLinks): Html {
  const { head, left, tail } = ends(course, mostRows);
  const rows = [...head, ...tail].map(({ round, judged, programs, leader }) => [
    round === 0 ? "start" : countText(round),
    countText(judged),
    countText(programs),
    html`${programLink(leader.id, links)}`,
    spreadText(leader),
  ]);
  const heads = ["Round", "Evaluations", "Programs", "Best", "Validation (mean [95 % interval])"];
  return html`<details id="curves-numbers"><summary>The numbers</summary>${table("The best program by round", heads, rows)}${left > 0 && html`<p class="none">${countText(left)} rounds left out.</p>`}</details>`;
}
