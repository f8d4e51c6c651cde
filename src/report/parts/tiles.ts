/** The tiles of the summary: how far the run came, and what it took. */

import type { Spent } from "../../training/types.ts";
import { countText, dollarText, plural, shortCount, timeText } from "../figures.ts";
import { type Html, html, type Markup } from "../markup.ts";
import { isSearch } from "../recorded-spec.ts";
import type { RunView } from "../run-view.ts";

/** Steps or candidates, model calls, cost and time. */
export function renderTiles(view: RunView): Html {
  const spent = view.spent.at(-1);
  const tokens = spent && `${shortCount(spent.inputTokens)} in, ${shortCount(spent.outputTokens)} out`;
  return html`<dl class="tiles">${isSearch(view) ? renderCandidateCount(view) : renderStepCount(view)}
${renderTile("Model calls", countText(spent?.llmCalls), tokens ?? nothing(view))}
${spent === undefined ? renderTile("Cost", "–", nothing(view)) : renderSpent(spent)}
${renderTile("Time", timeText(spent?.seconds), spent ? plural(spent.evaluations, "evaluation") : "")}</dl>`;
}

function renderTile(name: string, value: Markup, note: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`;
}

function nothing({ ended }: RunView): string {
  return ended === undefined ? "none yet" : "none recorded";
}

function renderCandidateCount(view: RunView): Html {
  const { candidates, steps, rounds } = view;
  const note = `${plural(steps.length, "proposal")} in ${plural(rounds, "round")}${resumeText(view)}`;
  return renderTile("Candidates", countText(candidates.length), note);
}

function renderStepCount(view: RunView): Html {
  const changed = view.steps.filter(({ record }) => record.changes.length > 0).length;
  const what = changed === 0 ? "no step changed anything" : `${changed} changed a parameter`;
  return renderTile("Steps", countText(view.rounds), `${view.rounds === 0 ? "none yet" : what}${resumeText(view)}`);
}

function resumeText({ resumes }: RunView): string {
  return resumes.length > 0 ? `, resumed ${plural(resumes.length, "time")}` : "";
}

/** Recorded answers and scripts report no tokens: then zero dollars mean nothing. */
function renderSpent({ usd, inputTokens, outputTokens }: Spent): Html {
  if (usd == null) return renderTile("Cost", dollarText(usd), "no price set for a model");
  if (inputTokens + outputTokens === 0) return renderTile("Cost", "not counted", "no tokens reported");
  return renderTile("Cost", dollarText(usd), usd === 0 ? "the models cost nothing" : "at the prices of the run");
}
