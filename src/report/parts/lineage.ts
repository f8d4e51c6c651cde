/** The section of lineage: the graph of the candidates of a search, its legend, and all of them as a table. */

import { headOf } from "../../util/cut.ts";
import { countText, plural, spreadText } from "../figures.ts";
import { lineageOf } from "../lineage.ts";
import { type Html, html, type Markup } from "../markup.ts";
import type { CandidateView } from "../run-view.ts";
import { cutMiddle, renderCount, renderFold, renderHint, renderPill, renderSection, renderTable } from "./blocks.ts";
import { renderCandidate, renderCandidates } from "./candidate-link.ts";
import { type LineageContent, renderLineageGraph } from "./lineage-graph.ts";
import { shadesOf } from "./shades.ts";

const maxRows = 400;

/** The graph, its legend, what is left out, and the table; undefined where there are no candidates. */
export function renderLineage(content: LineageContent): Html | undefined {
  const { all, inGraph, leader } = content;
  if (all.length === 0) return undefined;
  const shades = shadesOf(inGraph.map(({ mean }) => mean));
  const card = html`<div class="card"><p class="ramp lineage-ramp"><span>Validation score</span> ${shades.ramp}
<span class="path-key">path to the best</span><span class="merge-key">merged</span></p>
<p class="jump"><a href="#candidates">To the table of candidates</a></p>
${renderLineageGraph(lineageOf(inGraph), content, shades)}
${renderOmitted(all.length - inGraph.length, all.length, leader)}
${renderAll(content)}</div>`;
  return renderSection("lineage", "Lineage", card);
}

function renderOmitted(omitted: number, all: number, leader: CandidateView | undefined): Html | undefined {
  if (omitted === 0) return undefined;
  const rule = leader === undefined ? "the top scores and their ancestors" : "ancestors of the best and the top scores";
  return renderHint(`${plural(omitted, "candidate")} of ${countText(all)} left out: the graph shows ${rule}.`);
}

function renderAll({ all, leader, links }: LineageContent): Html {
  const { head, omitted, tail } = cutMiddle(all, maxRows);
  const rows = [...head, ...tail].map((candidate): readonly Markup[] => {
    const { id, round, origin, parents, mean, count } = candidate;
    return [
      html`${renderCandidate(id, links)}${renderRank(candidate, leader)}`,
      round === 0 ? "baseline" : countText(round),
      round === 0 ? "–" : headOf(origin, 60),
      parents.length === 0 ? "–" : renderCandidates(parents, links),
      mean === undefined ? "–" : spreadText(candidate),
      count === 0 ? "–" : countText(count),
    ];
  });
  const heads = ["Candidate", "Round", "Origin", "Parents", "Validation (mean [95% interval])", "Examples"];
  const table = renderTable("All candidates of the search", heads, rows);
  const rest = omitted > 0 && renderHint(`${plural(omitted, "candidate")} in the middle left out.`);
  const summary = html`All candidates${renderCount(countText(all.length))}`;
  return renderFold({ id: "candidates", summary }, html`${table}${rest}`);
}

function renderRank(candidate: CandidateView, leader: CandidateView | undefined): Html | undefined {
  if (candidate === leader) return renderPill("best", "top");
  return candidate.wasBest && candidate.round > 0 ? renderPill("was best") : undefined;
}
