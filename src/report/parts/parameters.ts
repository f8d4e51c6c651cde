/** The section of parameters: what each was at the start and is in the best program, and all its versions. */

import { append } from "../../util/collections.ts";
import { plural } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import type { RunView } from "../run-view.ts";
import { type Compare, difference } from "./difference.ts";
import { ends, longText, valueText } from "./text.ts";

interface Version {
  readonly step: number;
  readonly before: unknown;
  readonly after: unknown;
}

const mostVersions = 60;

/** How each parameter changed. */
export function parameters(view: RunView, best: number | undefined, compare: Compare): Html {
  const histories = new Map<string, Version[]>();
  for (const { step, record } of view.steps) {
    for (const { name, before, after } of record.changes) {
      append(histories, name, { step, before, after });
    }
  }
  const parts = [...histories].map(([name, versions], index) => history({ name, versions, index, best }, compare));
  return html`<section id="parameters" aria-labelledby="parameters-title"><h2 id="parameters-title">Parameters</h2>
${parts.length > 0 ? parts : html`<p class="none">No parameter has changed yet.</p>`}</section>`;
}

interface History {
  readonly name: string;
  readonly versions: readonly Version[];
  readonly index: number;
  readonly best: number | undefined;
}

function history({ name, versions, index, best }: History, compare: Compare): Html {
  const start = versions[0]?.before;
  const found = valueAt(versions, best);
  const { head, left, tail } = ends(versions, mostVersions);
  const item = (version: Version): Html => versionOf(version, { name, index, best, versions }, compare);
  const overall =
    found === undefined
      ? ""
      : valueText(found.value) === valueText(start)
        ? html`<p class="none">In the best program it is what it was at the start.</p>`
        : html`<h4>Start beside best</h4>${difference(name, start, found.value, compare)}`;
  return html`<article class="card"><h3><code>${name}</code> <span class="count">${plural(versions.length, "change")}</span></h3>
${overall}
<h4>Step by step</h4><div class="inner">
<details id="parameter-${index}-start"><summary>At the start</summary>${longText(valueText(start))}</details>
${head.map(item)}${left > 0 && html`<p class="none">${plural(left, "change")} left out.</p>`}${tail.map(item)}</div></article>`;
}

function versionOf({ step, before, after }: Version, { name, index, best, versions }: History, compare: Compare): Html {
  const at = versions.findIndex((version) => version.step === step);
  const next = versions[at + 1];
  // The next change says what it started from: when that is another value, this one was given up in between.
  const isGivenUp = next !== undefined && valueText(next.before) !== valueText(after);
  return html`<details id="parameter-${index}-${step}"><summary>Step ${step}
${step === best && html`<span class="pill top">best</span>`}${isGivenUp && html`<span class="pill">not kept</span>`}</summary>
${difference(`${name} in step ${step}`, before, after, compare)}
<p class="none"><a href="#step-${step}">Why: step ${step}</a></p></details>`;
}

/** The value in the program of step `best`; undefined where the recorded changes do not tell it for certain. */
function valueAt(versions: readonly Version[], best: number | undefined): { value: unknown } | undefined {
  if (best === undefined) return undefined;
  const exact = versions.find(({ step }) => step === best);
  if (exact !== undefined) return { value: exact.after };
  const earlier = versions.filter(({ step }) => step < best);
  const later = versions.find(({ step }) => step > best);
  const last = earlier.at(-1);
  if (last === undefined) return { value: versions[0]?.before };
  // Steps that were taken back make the chain of values break.
  const isChain = earlier.every(
    ({ after }, at) => valueText((earlier[at + 1] ?? later)?.before ?? after) === valueText(after),
  );
  return isChain ? { value: last.after } : undefined;
}
