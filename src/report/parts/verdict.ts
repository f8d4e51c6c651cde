/** The verdict at the head of the report, and how the run uses its validation examples. */

import { type Html, html } from "../markup.ts";
import { planText } from "../plan-text.ts";
import type { RunView } from "../run-view.ts";
import { verdictText } from "../verdict-text.ts";

/** The verdict of a run that has ended; of one under way, what its validation examples are for. */
export function renderVerdict({ verdict, spec }: Pick<RunView, "verdict" | "spec">): Html | undefined {
  if (verdict === undefined) return renderPlan(spec);
  const { head, look, sentences } = verdictText(verdict);
  const [first, ...others] = sentences;
  return html`<div class="verdict ${look}"><p class="finding">${head}</p><p>${withCode(capitalize(first))}</p>
${others.map((sentence) => html`<p>${withCode(sentence)}</p>`)}</div>`;
}

/** How the run uses its validation examples; undefined where its spec does not say. */
export function renderPlan(spec: unknown): Html | undefined {
  const plan = planText(spec);
  return plan === undefined ? undefined : html`<p class="plan">${withCode(plan)}</p>`;
}

/** Text in backticks is code. */
function withCode(text: string): readonly Html[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** The first sentence continues the head as text; here it is on a line below it. */
function capitalize(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
