/** The section of proposals that were refused, each with the reason. */

import { type Html, html } from "../markup.ts";
import { stepAnchor, stepTitle } from "../names.ts";
import type { RunView, StepView } from "../run-view.ts";
import type { ReportSelection } from "../selection.ts";
import { cutMiddle, renderHint, renderSection } from "./blocks.ts";
import { renderText } from "./text.ts";

const maxRefusals = 200;

interface RefusalView {
  readonly step: StepView;
  readonly refusal: StepView["record"]["refused"][number];
}

/** The refused proposals of all steps; undefined where there are none. */
export function renderRefusals(view: RunView, { isSearch, steps }: ReportSelection): Html | undefined {
  const refusals = view.steps.flatMap((step) => step.record.refused.map((refusal) => ({ step, refusal })));
  if (refusals.length === 0) return undefined;
  const onPage = new Set(steps.items);
  const { head, omitted, tail } = cutMiddle(refusals, maxRefusals);
  const list = [...head, ...tail].map((one) => renderRefusal(one, isSearch, onPage.has(one.step)));
  const content = html`<div class="card"><ul class="refusals">${list}</ul>
${omitted > 0 && renderHint(`${omitted} left out.`)}</div>`;
  return renderSection("refused", "Refused proposals", content);
}

function renderRefusal({ step, refusal }: RefusalView, isSearch: boolean, isOnPage: boolean): Html {
  const title = stepTitle(step, isSearch);
  const link = isOnPage ? html`<a href="#${stepAnchor(step)}">${title}</a>` : title;
  const { name, reason } = refusal;
  const what = name === undefined ? html`<span class="none">the whole reply</span>` : html`<code>${name}</code>`;
  return html`<li>${link} ${what}${renderText(reason, "prose")}</li>`;
}
