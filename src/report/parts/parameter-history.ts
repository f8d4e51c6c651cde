/** The section of parameters of a search: each in the baseline and in the best candidate, and the changes between. */

import { plural } from "../figures.ts";
import { ancestorsOf } from "../lineage-choice.ts";
import { type Html, html } from "../markup.ts";
import { stepTitle } from "../names.ts";
import type { CandidateView, RunView, StepView } from "../run-view.ts";
import type { ReportSelection } from "../selection.ts";
import { cutMiddle, renderCount, renderFold, renderHint, renderPill } from "./blocks.ts";
import { noLinks, renderCandidate } from "./candidate-link.ts";
import { type Compare, renderDifference } from "./difference.ts";
import { renderBaseline, renderOverall, renderParameterSection } from "./parameters.ts";

const maxVersions = 60;

/** How each parameter changed from the baseline to the best candidate. */
export function renderSearchParameters(view: RunView, selection: ReportSelection, compare: Compare): Html {
  const counts = new Map<string, number>();
  for (const { record } of view.steps) {
    for (const { name } of record.changes) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const [baseline, path] = [view.candidates[0], pathToBest(view, selection)];
  const cards = [...counts].map(([name, count], index) =>
    renderHistory({ name, count, index, baseline, path, selection, compare }),
  );
  return renderParameterSection(cards, view);
}

/** The ancestors of the best candidate, in the order in which they came, and itself. */
function pathToBest({ candidates }: RunView, { leader }: ReportSelection): readonly CandidateView[] {
  if (leader === undefined) return [];
  const path = new Set(ancestorsOf(leader, new Map(candidates.map((candidate) => [candidate.id, candidate]))));
  return candidates.filter((candidate) => path.has(candidate));
}

interface SearchHistory {
  readonly name: string;
  /** How often it changed, in all proposals. */
  readonly count: number;
  readonly index: number;
  readonly baseline: CandidateView | undefined;
  readonly path: readonly CandidateView[];
  readonly selection: ReportSelection;
  readonly compare: Compare;
}

interface SearchVersion {
  readonly candidate: CandidateView;
  readonly source: StepView;
  readonly change: { readonly before: unknown; readonly after: unknown };
}

function renderHistory(history: SearchHistory): Html {
  const { name, count, index, baseline, selection, compare } = history;
  const [before, after] = [valueIn(baseline, name), valueIn(selection.leader, name)];
  const hasBoth = before !== undefined && after !== undefined;
  const changes = `${plural(count, "change")} in all proposals`;
  return html`<article class="card"><h3><code>${name}</code>${renderCount(changes)}</h3>
${hasBoth && renderOverall(name, before.value, after.value, compare)}
<h4>Path to the best candidate</h4><div class="inner">
${before && renderBaseline(index, before.value)}
${renderVersions(history)}</div></article>`;
}

function renderVersions(history: SearchHistory): Html {
  const versions = versionsOf(history);
  if (versions.length === 0) return renderHint("No change.");
  const { head, omitted, tail } = cutMiddle(versions, maxVersions);
  return html`${head.map((version, at) => renderVersion(version, at + 1, history))}
${omitted > 0 && renderHint(`${plural(omitted, "change")} left out.`)}
${tail.map((version, at) => renderVersion(version, head.length + omitted + at + 1, history))}`;
}

function versionsOf({ name, path, selection }: SearchHistory): readonly SearchVersion[] {
  return path.flatMap((candidate) => {
    const source = selection.sources.get(candidate.id);
    const change = source?.record.changes.find((one) => one.name === name);
    return source === undefined || change === undefined ? [] : [{ candidate, source, change }];
  });
}

function renderVersion({ candidate, source, change }: SearchVersion, number: number, history: SearchHistory): Html {
  const { name, index, selection, compare } = history;
  const title = stepTitle(source, true);
  const pill = candidate === selection.leader && renderPill("best", "top");
  const summary = html`${title}, candidate ${renderCandidate(candidate.id, noLinks)}${pill}`;
  return renderFold(
    { id: `parameter-${index}-${number}`, summary },
    html`${renderDifference(`${name} in ${title.toLowerCase()}`, change.before, change.after, compare)}
${renderHint(html`Why: ${renderCandidate(candidate.id, selection.links)}`)}`,
  );
}

/** The value of a parameter in a candidate; undefined where the run did not record it. */
function valueIn(candidate: CandidateView | undefined, name: string): { readonly value: unknown } | undefined {
  const { values } = candidate ?? {};
  return values !== undefined && Object.hasOwn(values, name) ? { value: values[name] } : undefined;
}
