/** Where the candidate of a proposal comes from: its parents, its origin, and how it differs from each parent. */

import { headOf } from "../../util/cut.ts";
import { type Html, html } from "../markup.ts";
import type { CandidateView, RunView, StepView } from "../run-view.ts";
import type { ReportSelection } from "../selection.ts";
import { renderHint, renderPill } from "./blocks.ts";
import { noLinks, renderCandidate, renderCandidates } from "./candidate-link.ts";
import { type Compare, renderDifference } from "./difference.ts";
import { valueText } from "./text.ts";

const maxParents = 5;

/** `parents → candidate`, with the candidate's origin. */
export function renderAncestry({ record }: StepView, { sources }: ReportSelection): Html {
  const { parents = [], candidate, origin = "" } = record;
  const isKnown = candidate !== undefined && sources.get(candidate)?.record !== record;
  const to =
    candidate === undefined ? html`<span class="none">no candidate</span>` : renderCandidate(candidate, noLinks);
  return html`<span class="origin"><span class="pill">${headOf(origin, 60)}</span>
${renderCandidates(parents, noLinks)} <span aria-hidden="true">→</span><span class="unseen"> to </span> ${to}
${isKnown && renderPill("known before")}</span> `;
}

interface ParentContext {
  readonly view: RunView;
  readonly selection: ReportSelection;
  readonly compare: Compare;
}

/** Links to the parents, and the differences from all but the first: a step records the changes from that one. */
export function renderParents({ record }: StepView, { view, selection, compare }: ParentContext): Html | undefined {
  const { parents = [], candidate: id } = record;
  if (!selection.isSearch || parents.length === 0) return undefined;
  const byId = new Map(view.candidates.map((candidate) => [candidate.id, candidate]));
  const candidate = id === undefined ? undefined : byId.get(id);
  const others = [...new Set(parents.slice(1, maxParents))].flatMap((parentId) => {
    const parent = byId.get(parentId);
    const isOther = candidate !== undefined && parent !== undefined && parent !== candidate;
    return isOther ? [renderAgainst(parent, candidate, compare)] : [];
  });
  const title = parents.length > 1 ? "Parents" : "Parent";
  return html`${others}${renderHint(html`${title}: ${renderCandidates(parents, selection.links)}`)}`;
}

function renderAgainst(parent: CandidateView, { id, values = {} }: CandidateView, compare: Compare): Html {
  const { values: before } = parent;
  if (before === undefined) return html``;
  const names = Object.keys(values).filter(
    (name) => Object.hasOwn(before, name) && valueText(before[name]) !== valueText(values[name]),
  );
  const changes = names.map((name) => {
    const difference = renderDifference(`${name} from ${parent.id} to ${id}`, before[name], values[name], compare);
    return html`<h4><code>${name}</code></h4>${difference}`;
  });
  return html`<h3>Against ${renderCandidate(parent.id, noLinks)}</h3>
${changes.length > 0 ? changes : renderHint("No difference.")}`;
}
