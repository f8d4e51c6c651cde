/** The verdict at the head of the report, and how the run uses its validation examples. */

import { type Html, html } from "../markup.ts";
import { planText } from "../plan-text.ts";
import type { RunView } from "../run-view.ts";
import { verdictText } from "../verdict-text.ts";

/** The verdict of a run that has ended; of one under way, what its validation examples are for. */
export function verdictPart({ verdict, spec }: Pick<RunView, "verdict" | "spec">): Html | undefined {
  if (verdict === undefined) return planPart(spec);
  const { head, look, sentences } = verdictText(verdict);
  const [first, ...others] = sentences;
  return html`<div class="verdict ${look}"><p class="finding">${head}</p><p>${prose(capital(first))}</p>
${others.map((sentence) => html`<p>${prose(sentence)}</p>`)}</div>`;
}

/** How the run uses its validation examples; undefined where its spec does not say. */
export function planPart(spec: unknown): Html | undefined {
  const plan = planText(spec);
  return plan === undefined ? undefined : html`<p class="plan">${prose(plan)}</p>`;
}

/** What stands in backticks is code. */
function prose(text: string): readonly Html[] {
  return text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** The first sentence goes on from the head, which stands apart here. */
function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
