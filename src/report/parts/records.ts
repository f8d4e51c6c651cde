/** The last sections: what the run spent, its description, and its events as they came. */

import type { Spent } from "../../training/types.ts";
import { countText, dollarText, roleTexts, timeText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import type { RunView } from "../run-view.ts";
import { ends, longText, table, valueText } from "./text.ts";
import { planPart } from "./verdict.ts";

const mostAccounts = 100;
const mostLines = 1_000;

/** What the run had spent after each round. */
export function cost(view: RunView): Html {
  // A run tells the same account after its last round and at its end.
  const different = view.spent.filter(({ llmCalls, evaluations, steps }, index, all) => {
    const next = all[index + 1];
    return next?.llmCalls !== llmCalls || next.evaluations !== evaluations || next.steps !== steps;
  });
  const { head, tail } = ends(different, mostAccounts);
  const all = [...head, ...tail];
  const last = all.at(-1);
  const heads = ["Steps", "Model calls", "Tokens in", "Tokens out", "Cost", "Evaluations", "Time"];
  const rows = all.map((spent) => [
    countText(spent.steps),
    countText(spent.llmCalls),
    countText(spent.inputTokens),
    countText(spent.outputTokens),
    dollarText(spent.usd),
    countText(spent.evaluations),
    timeText(spent.seconds),
  ]);
  const doubt = (last?.possiblyPaid ?? 0) > 0;
  return html`<section id="cost" aria-labelledby="cost-title"><h2 id="cost-title">Cost</h2><div class="card figures">
${last && roles(last)}
${last === undefined ? html`<p class="none">Nothing was recorded yet.</p>` : html`<h3>By round</h3>${table("What the run had spent, round by round", heads, rows)}`}
${doubt && html`<p class="none">${countText(last?.possiblyPaid)} calls were under way when a process died; they count at the most they can have cost.</p>`}
</div></section>`;
}

/** Who made the calls; none for journals that were written before roles were told apart. */
function roles({ byRole }: Spent): Html | undefined {
  if (byRole === undefined) return undefined;
  const rows = roleTexts.map(([role, name]) => {
    const { llmCalls, inputTokens, outputTokens, usd } = byRole[role];
    return [name, countText(llmCalls), countText(inputTokens), countText(outputTokens), dollarText(usd)];
  });
  const heads = ["Role", "Model calls", "Tokens in", "Tokens out", "Cost"];
  return html`<div class="names"><h3>By role</h3>${table("Who made the model calls", heads, rows)}</div>`;
}

/** How the loop was set up, as JSON. */
export function spec(view: RunView): Html {
  return html`<section id="spec" aria-labelledby="spec-title"><h2 id="spec-title">Loop</h2>
${planPart(view.spec)}<details class="card" id="spec-json"><summary>How the loop was set up (JSON)</summary>${view.spec === undefined ? html`<p class="none">Not recorded.</p>` : longText(valueText(view.spec))}</details></section>`;
}

/** The events log. */
export function log(view: RunView): Html {
  const { head, left, tail } = ends(view.log, mostLines);
  const line = ({ type, text }: RunView["log"][number]): Html =>
    html`<li class="${type}"><b>${type}</b> ${text.slice(0, 400)}</li>`;
  return html`<section id="log" aria-labelledby="log-title"><h2 id="log-title">Events</h2>
<details class="card" id="log-lines"><summary>All events <span class="count">${countText(view.log.length)}</span></summary>
<ol class="log">${head.map(line)}</ol>${left > 0 && html`<p class="none">${countText(left)} events left out.</p><ol class="log" start="${view.log.length - tail.length + 1}">${tail.map(line)}</ol>`}</details></section>`;
}
