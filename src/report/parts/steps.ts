/**
 * The section of steps: for each one the reasons, the changes, the feedback, the learning graph and the conversation.
 */

import { plural, scoreText, spreadText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { stepAnchor, stepTitle } from "../names.ts";
import type { RunView, StepView } from "../run-view.ts";
import { evaluationsOf } from "../scores.ts";
import type { ReportSelection } from "../selection.ts";
import { conversation } from "./conversation.ts";
import { type Compare, difference } from "./difference.ts";
import { otherParents, parentDifference } from "./other-parents.ts";
import { ends, longText } from "./text.ts";

/** What the steps are drawn with. */
export interface StepTools {
  readonly compare: Compare;
  /** Learning graphs as URLs of images. */
  readonly drawings: ReadonlyMap<StepView, string>;
}

const mostRefusals = 200;

/** The steps that are shown, the best one open. */
export function steps(view: RunView, shown: ReportSelection, tools: StepTools): Html {
  const { items, left, gap } = shown.steps;
  const scoreOf = scoresBy(view, shown);
  const part = (step: StepView): Html => stepPart(step, { score: scoreOf(step), view, shown, tools });
  const [head, tail] = gap === undefined ? [[], items] : [items.slice(0, gap), items.slice(gap)];
  const why =
    gap === undefined ? `: shown are those that led to the programs of the lineage graph, and the latest ones` : "";
  return html`<section id="steps" aria-labelledby="steps-title"><h2 id="steps-title">${shown.isSearch ? "Proposals" : "Steps"}</h2>
${items.length === 0 && html`<p class="none">No step was taken yet.</p>`}
${items.length > 0 && html`<p class="buttons" hidden><button type="button" data-open="steps">Open all</button> <button type="button" data-close="steps">Close all</button></p>`}
${head.map(part)}${left > 0 && html`<p class="none">${plural(left, shown.isSearch ? "proposal" : "step")} left out${why}.</p>`}${tail.map(part)}</section>`;
}

/** The validation score of what a step led to, as text. */
function scoresBy(view: RunView, { isSearch }: ReportSelection): (step: StepView) => string | undefined {
  if (isSearch) {
    const programs = new Map(view.candidates.map((program) => [program.id, program]));
    return ({ record }) => {
      const program = record.candidate === undefined ? undefined : programs.get(record.candidate);
      return program?.mean === undefined ? undefined : spreadText(program);
    };
  }
  const after = new Map(evaluationsOf(view, "validation").map(({ step, result }) => [step, result]));
  return ({ step }) => {
    const result = after.get(step);
    return result && spreadText(result);
  };
}

interface Around {
  readonly score: string | undefined;
  readonly view: RunView;
  readonly shown: ReportSelection;
  readonly tools: StepTools;
}

function stepPart(given: StepView, { score, view, shown, tools }: Around): Html {
  const { changes, refused, exchanges, reasoning, feedback, trainScore } = given.record;
  const [id, title] = [stepAnchor(given), stepTitle(given, shown.isSearch)];
  const isBest = given === shown.best;
  const what =
    changes.length > 0
      ? changes.map(({ name }) => html` <code>${name}</code>`)
      : html` <span class="none">no change</span>`;
  const train = html`<span>train ${scoreText(trainScore)}</span>`;
  return html`<details class="card step" id="${id}"${isBest && html` open`}><summary><span class="number">${title}</span>
<span class="what">${shown.isSearch && parentDifference(given, shown)}${what}</span>
${refused.length > 0 && html`<span class="pill bad">refused</span>`}${isBest && html`<span class="pill top">best</span>`}
<span class="result">${(!shown.isSearch || trainScore !== undefined) && train}${score !== undefined && html`<span>validation <b>${score}</b></span>`}</span></summary>
<div class="body">
${refused.length > 0 && html`<div class="note bad"><strong>Refused</strong><ul>${refused.map(refusalItem)}</ul></div>`}
${reasoning !== "" && html`<h3>Reasoning</h3>${longText(reasoning, "prose")}`}
${changes.map(({ name, before, after }) => html`<h3><code>${name}</code></h3>${difference(`${name} in ${title.toLowerCase()}`, before, after, tools.compare)}`)}
${otherParents(given, { view, shown, compare: tools.compare })}
${(!shown.isSearch || feedback !== "") && html`<details id="${id}-feedback"><summary>Feedback it learned from</summary>${longText(feedback, "prose")}</details>`}
${graphPart(given, title, tools.drawings.get(given))}
${
  exchanges.length > 0 &&
  html`<details id="${id}-calls"><summary>Prompts and replies <span class="count">${plural(exchanges.length, "call")}</span></summary>
<div class="inner">${exchanges.map((exchange, index) => conversation(exchange, `${id}-call-${index}`))}</div></details>`
}
</div></details>`;
}

function refusalItem({ name, reason }: { readonly name: string | undefined; readonly reason: string }): Html {
  return html`<li>${name === undefined ? "The whole reply: " : html`<code>${name}</code>: `}${longText(reason, "prose")}</li>`;
}

function graphPart(step: StepView, title: string, drawing: string | undefined): Html | undefined {
  const { dot } = step.record;
  if (dot === "") return undefined;
  const id = stepAnchor(step);
  const source = html`<details id="${id}-dot"><summary>${drawing === undefined ? "Learning graph (DOT)" : "As DOT"}</summary>${longText(dot)}</details>`;
  if (drawing === undefined) return source;
  const of = title.toLowerCase();
  return html`<details id="${id}-graph"><summary>Learning graph</summary>
<div class="scroll paper" tabindex="0" role="group" aria-label="Learning graph of ${of}"><img src="${drawing}" alt="The learning graph of ${of}; its text is under “As DOT”."></div>
${source}</details>`;
}

/** The section of proposals that were refused. */
export function refusals(view: RunView, { isSearch, steps: { items } }: ReportSelection): Html | undefined {
  const all = view.steps.flatMap((step) => step.record.refused.map((refusal) => ({ step, refusal })));
  if (all.length === 0) return undefined;
  const there = new Set(items);
  const { head, left, tail } = ends(all, mostRefusals);
  const list = [...head, ...tail].map(({ step, refusal }) => {
    const title = stepTitle(step, isSearch);
    return html`<li>${there.has(step) ? html`<a href="#${stepAnchor(step)}">${title}</a>` : title} ${refusalText(refusal)}</li>`;
  });
  return html`<section id="refused" aria-labelledby="refused-title"><h2 id="refused-title">Refused proposals</h2>
<div class="card"><ul class="refusals">${list}</ul>${left > 0 && html`<p class="none">${left} left out.</p>`}</div></section>`;
}

function refusalText({ name, reason }: { readonly name: string | undefined; readonly reason: string }): Html {
  return html`${name === undefined ? html`<span class="none">the whole reply</span>` : html`<code>${name}</code>`}${longText(reason, "prose")}`;
}
