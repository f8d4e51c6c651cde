/** The section of parameters: what each was in the baseline and is in the best candidate, and all its versions. */

import { append } from "../../util/collections.ts";
import { plural } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import type { RunView } from "../run-view.ts";
import { cutMiddle, renderCount, renderFold, renderHint, renderPill, renderSection } from "./blocks.ts";
import { type Compare, renderDifference } from "./difference.ts";
import { renderText, valueText } from "./text.ts";

interface StepVersion {
  readonly step: number;
  readonly before: unknown;
  readonly after: unknown;
}

const maxVersions = 60;

/** How each parameter changed. */
export function renderParameters(view: RunView, best: number | undefined, compare: Compare): Html {
  const histories = new Map<string, StepVersion[]>();
  for (const { step, record } of view.steps) {
    for (const { name, before, after } of record.changes) {
      append(histories, name, { step, before, after });
    }
  }
  const cards = [...histories].map(([name, versions], index) =>
    renderHistory({ name, versions, index, best, compare }),
  );
  return renderParameterSection(cards, view);
}

/** The section around the cards of the parameters that changed. */
export function renderParameterSection(cards: readonly Html[], { ended }: RunView): Html {
  const none = renderHint(`No parameter has changed${ended === undefined ? " yet" : ""}.`);
  return renderSection("parameters", "Parameters", cards.length > 0 ? cards : none);
}

interface StepHistory {
  readonly name: string;
  readonly versions: readonly StepVersion[];
  readonly index: number;
  readonly best: number | undefined;
  readonly compare: Compare;
}

function renderHistory(history: StepHistory): Html {
  const { name, versions, index, best, compare } = history;
  const before = versions[0]?.before;
  const found = valueAt(versions, best);
  const { head, omitted, tail } = cutMiddle(versions, maxVersions);
  const render = (version: StepVersion): Html => renderVersion(version, history);
  return html`<article class="card"><h3><code>${name}</code>${renderCount(plural(versions.length, "change"))}</h3>
${found !== undefined && renderOverall(name, before, found.value, compare)}
<h4>Step by step</h4><div class="inner">
${renderBaseline(index, before)}
${head.map(render)}${omitted > 0 && renderHint(`${plural(omitted, "change")} left out.`)}${tail.map(render)}
</div></article>`;
}

/** The value of the baseline, closed. `index` is the number of the parameter in the page. */
export function renderBaseline(index: number, value: unknown): Html {
  return renderFold({ id: `parameter-${index}-start`, summary: "Baseline" }, renderText(valueText(value)));
}

/** The value in the baseline beside that in the best candidate. */
export function renderOverall(name: string, before: unknown, after: unknown, compare: Compare): Html {
  if (valueText(after) === valueText(before)) return renderHint("Unchanged in the best candidate.");
  return html`<h4>Baseline vs. best</h4>${renderDifference(name, before, after, compare)}`;
}

function renderVersion({ step, before, after }: StepVersion, history: StepHistory): Html {
  const { name, index, best, versions, compare } = history;
  const next = versions[versions.findIndex((version) => version.step === step) + 1];
  // The next change says what it started from: another value means that this one was given up in between.
  const isGivenUp = next !== undefined && valueText(next.before) !== valueText(after);
  const pills = html`${step === best && renderPill("best", "top")}${isGivenUp && renderPill("not kept")}`;
  return renderFold(
    { id: `parameter-${index}-${step}`, summary: html`Step ${step}${pills}` },
    html`${renderDifference(`${name} in step ${step}`, before, after, compare)}
${renderHint(html`<a href="#step-${step}">Why: step ${step}</a>`)}`,
  );
}

/** The value in the candidate of step `best`; undefined where the recorded changes leave it open. */
function valueAt(versions: readonly StepVersion[], best: number | undefined): { value: unknown } | undefined {
  if (best === undefined) return undefined;
  const exact = versions.find(({ step }) => step === best);
  if (exact !== undefined) return { value: exact.after };
  const earlier = versions.filter(({ step }) => step < best);
  const later = versions.find(({ step }) => step > best);
  const last = earlier.at(-1);
  if (last === undefined) return { value: versions[0]?.before };
  // Steps that were taken back break the chain of values.
  const isChain = earlier.every(
    ({ after }, index) => valueText((earlier[index + 1] ?? later)?.before ?? after) === valueText(after),
  );
  return isChain ? { value: last.after } : undefined;
}
