/**
 * Where the program of a proposal comes from: its parents, how it was made, and how it differs from the parents beside
 * the first.
 */

import { type Html, html } from "../markup.ts";
import type { CandidateView, RunView, StepView } from "../run-view.ts";
import type { ReportSelection } from "../selection.ts";
import { type Compare, difference } from "./difference.ts";
import { programLink, programList } from "./program.ts";
import { headOf, valueText } from "./text.ts";

/**
 * `parents → program`, with how it was made. Nothing links from here: a link inside of what opens a part would open it
 * too.
 */
export function parentDifference({ record }: StepView, { makers }: ReportSelection): Html {
  const { parents = [], candidate, origin = "" } = record;
  const isKnown = candidate !== undefined && makers.get(candidate)?.record !== record;
  const to = candidate === undefined ? html`<span class="none">no program</span>` : programLink(candidate, noLinks);
  return html`<span class="descent"><span class="pill">${headOf(origin, 60)}</span> ${programList(parents, noLinks)} <span aria-hidden="true">→</span><span class="unseen"> to </span> ${to}${isKnown && html` <span class="pill">known before</span>`}</span> `;
}

const noLinks: ReadonlyMap<string, string> = new Map();

interface Around {
  readonly view: RunView;
  readonly shown: ReportSelection;
  readonly compare: Compare;
}

/**
 * Links to the parents, and the differences from all but the first of them: the changes are those from the first one.
 */
export function otherParents({ record }: StepView, { view, shown, compare }: Around): Html | undefined {
  const { parents = [], candidate } = record;
  if (!shown.isSearch || parents.length === 0) return undefined;
  const byId = new Map(view.candidates.map((program) => [program.id, program]));
  const program = candidate === undefined ? undefined : byId.get(candidate);
  const others = [...new Set(parents.slice(1, mostParents))].flatMap((id) => {
    const parent = byId.get(id);
    return program === undefined || parent === undefined || parent === program
      ? []
      : [against(parent, program, compare)];
  });
  return html`${others}<p class="none">${parents.length > 1 ? "Parents" : "Parent"}: ${programList(parents, shown.links)}</p>`;
}

const mostParents = 5;

function against(parent: CandidateView, { id, values = {} }: CandidateView, compare: Compare): Html {
  const { values: before } = parent;
  if (before === undefined) return html``;
  const names = Object.keys(values).filter(
    (name) => Object.hasOwn(before, name) && valueText(before[name]) !== valueText(values[name]),
  );
  const changes = names.map(
    (name) =>
      html`<h4><code>${name}</code></h4>${difference(`${name} from ${parent.id} to ${id}`, before[name], values[name], compare)}`,
  );
  return html`<h3>Against ${programLink(parent.id, noLinks)}</h3>${changes.length > 0 ? changes : html`<p class="none">No difference.</p>`}`;
}
