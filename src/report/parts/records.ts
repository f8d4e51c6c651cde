/** The last sections: what the run spent, how it was set up, and its events as they came. */

import type { Spent } from "../../training/types.ts";
import { headOf } from "../../util/cut.ts";
import { countText, dollarText, roleTexts, timeText } from "../figures.ts";
import { type Html, html, type Markup } from "../markup.ts";
import type { LogLine, RunView } from "../run-view.ts";
import { cutMiddle, renderCount, renderFold, renderHint, renderSection, renderTable } from "./blocks.ts";
import { renderText, valueText } from "./text.ts";
import { renderPlan } from "./verdict.ts";

const maxAccounts = 100;
const maxLines = 1_000;

/** What the run had spent after each step or round. */
export function renderCost(view: RunView): Html {
  const accounts = differentAccounts(view.spent);
  const last = accounts.at(-1);
  const { head, tail } = cutMiddle(accounts, maxAccounts);
  const content =
    last === undefined
      ? renderHint("Nothing spent.")
      : html`${renderRoles(last)}<h3>By round</h3>${renderAccounts([...head, ...tail])}${renderDoubt(last)}`;
  return renderSection(
    "cost",
    "Cost",
    html`<div class="card figures">
${content}
</div>`,
  );
}

/** A run records the same account after its last round and at its end. */
function differentAccounts(spent: readonly Spent[]): readonly Spent[] {
  return spent.filter(({ llmCalls, evaluations, steps }, index, all) => {
    const next = all[index + 1];
    return next?.llmCalls !== llmCalls || next.evaluations !== evaluations || next.steps !== steps;
  });
}

function renderAccounts(accounts: readonly Spent[]): Html {
  const heads = ["Steps", "Model calls", "Tokens in", "Tokens out", "Cost", "Evaluations", "Time"];
  const rows = accounts.map((spent, index) => [
    // What comes after the last step is the sealed test.
    accounts[index - 1]?.steps === spent.steps ? "end" : countText(spent.steps),
    countText(spent.llmCalls),
    countText(spent.inputTokens),
    countText(spent.outputTokens),
    dollarText(spent.usd),
    countText(spent.evaluations),
    timeText(spent.seconds),
  ]);
  return renderTable("What the run had spent, round by round", heads, rows);
}

function renderDoubt({ possiblyPaid }: Spent): Html | undefined {
  if (!(possiblyPaid > 0)) return undefined;
  return renderHint(
    `${countText(possiblyPaid)} calls were interrupted and may be billed; they count at their maximum.`,
  );
}

/** Who made the calls; none for old journals, which do not record roles. */
function renderRoles({ byRole }: Spent): Html | undefined {
  if (byRole === undefined) return undefined;
  const rows = roleTexts.map(([role, name]) => {
    const { llmCalls, inputTokens, outputTokens, usd } = byRole[role];
    return [name, countText(llmCalls), countText(inputTokens), countText(outputTokens), dollarText(usd)];
  });
  const heads = ["Role", "Model calls", "Tokens in", "Tokens out", "Cost"];
  return html`<div class="names"><h3>By role</h3>${renderTable("Who made the model calls", heads, rows)}</div>`;
}

/** How the loop was set up, as JSON. */
export function renderSetup({ spec }: RunView): Html {
  const json = spec === undefined ? renderHint("Not recorded.") : renderText(valueText(spec));
  const fold = renderFold({ look: "card", id: "spec-json", summary: "How the loop was set up (JSON)" }, json);
  return renderSection("spec", "Set-up", html`${renderPlan(spec)}${fold}`);
}

/** The events as they came. */
export function renderLog({ log }: RunView): Html {
  const { head, omitted, tail } = cutMiddle(log, maxLines);
  const lines: Markup =
    omitted > 0
      ? html`${renderLines(head, 1)}${renderHint(`${countText(omitted)} events left out.`)}
${renderLines(tail, log.length - tail.length + 1)}`
      : renderLines(head, 1);
  const summary = html`All events${renderCount(countText(log.length))}`;
  return renderSection("log", "Events", renderFold({ look: "card", id: "log-lines", summary }, lines));
}

function renderLines(lines: readonly LogLine[], first: number): Html {
  const items = lines.map(({ type, text }) => html`<li class="${type}"><b>${type}</b> ${headOf(text, 400)}</li>`);
  return html`<ol class="log"${first > 1 && html` start="${first}"`}>${items}</ol>`;
}
