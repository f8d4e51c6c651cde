/**
 * The section of parameters of a search: what each was at the start and is in the best program, and what changed on the
 * way there.
 */

import { plural } from "../figures.ts";
import { ancestry } from "../lineage-choice.ts";
import { type Html, html } from "../markup.ts";
import { stepTitle } from "../names.ts";
import type { CandidateView, RunView, StepView } from "../run-view.ts";
import type { ReportSelection } from "../selection.ts";
import { type Compare, difference } from "./difference.ts";
import { programLink } from "./program.ts";
import { ends, longText, valueText } from "./text.ts";

const mostVersions = 60;

/** How each parameter changed from the start to the best program. */
export function parameterHistory(view: RunView, shown: ReportSelection, compare: Compare): Html {
  const counts = new Map<string, number>();
  for (const { record } of view.steps) {
    for (const { name } of record.changes) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const way = wayTo(view, shown);
  const parts = [...counts].map(([name, count], index) =>
    history({ name, count, index, start: view.candidates[0], way }, shown, compare),
  );
  return html`<section id="parameters" aria-labelledby="parameters-title"><h2 id="parameters-title">Parameters</h2>
${parts.length > 0 ? parts : html`<p class="none">No parameter has changed yet.</p>`}</section>`;
}

/** The programs that the best one comes from, in the order in which they came, and itself. */
function wayTo({ candidates }: RunView, { leader }: ReportSelection): readonly CandidateView[] {
  if (leader === undefined) return [];
  const way = new Set(ancestry(leader, new Map(candidates.map((program) => [program.id, program]))));
  return candidates.filter((program) => way.has(program));
}

interface History {
  readonly name: string;
  /** Changes of it in all proposals. */
  readonly count: number;
  readonly index: number;
  readonly start: CandidateView | undefined;
  readonly way: readonly CandidateView[];
}

function history(given: History, shown: ReportSelection, compare: Compare): Html {
  const { name, count, index, start, way } = given;
  const versions = way.flatMap((program) => {
    const maker = shown.makers.get(program.id);
    const change = maker?.record.changes.find((one) => one.name === name);
    return maker === undefined || change === undefined ? [] : [{ program, maker, change }];
  });
  const { head, left, tail } = ends(versions, mostVersions);
  const item = (
    { program, maker, change }: Version,
    at: number,
  ): Html => html`<details id="parameter-${index}-${at + 1}"><summary>${stepTitle(maker, true)}, program ${programLink(program.id, new Map())}
${program === shown.leader && html`<span class="pill top">best</span>`}</summary>
${difference(`${name} in ${stepTitle(maker, true).toLowerCase()}`, change.before, change.after, compare)}
<p class="none">Why: ${programLink(program.id, shown.links)}</p></details>`;
  const first = valueOf(start, name);
  return html`<article class="card"><h3><code>${name}</code> <span class="count">${plural(count, "change")} in all proposals</span></h3>
${overall(given, shown, compare)}
<h4>On the way to the best program</h4><div class="inner">
${first && html`<details id="parameter-${index}-start"><summary>At the start</summary>${longText(valueText(first.value))}</details>`}
${versions.length === 0 && html`<p class="none">No change.</p>`}
${head.map(item)}${left > 0 && html`<p class="none">${plural(left, "change")} left out.</p>`}${tail.map((one, at) => item(one, head.length + left + at))}</div></article>`;
}

interface Version {
  readonly program: CandidateView;
  readonly maker: StepView;
  readonly change: { readonly before: unknown; readonly after: unknown };
}

function overall({ name, start }: History, { leader }: ReportSelection, compare: Compare): Html | undefined {
  const [before, after] = [valueOf(start, name), valueOf(leader, name)];
  if (before === undefined || after === undefined) return undefined;
  if (valueText(before.value) === valueText(after.value)) {
    return html`<p class="none">In the best program it is what it was at the start.</p>`;
  }
  return html`<h4>Start beside best</h4>${difference(name, before.value, after.value, compare)}`;
}

/** The value of a parameter in a program; undefined where the run does not tell. */
function valueOf(program: CandidateView | undefined, name: string): { readonly value: unknown } | undefined {
  const { values } = program ?? {};
  return values !== undefined && Object.hasOwn(values, name) ? { value: values[name] } : undefined;
}
