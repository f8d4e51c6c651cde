/** The section of steps: for each one the reasons, the changes, the feedback, the learning graph and the conversation. */

import { plural, scoreText, spreadText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { evaluationsOf, type ScorePoint, type Scores } from "../scores.ts";
import type { RunView, StepView } from "../view.ts";
import { conversation } from "./conversation.ts";
import { type Compare, difference } from "./difference.ts";
import { ends, longText } from "./text.ts";

/** What the steps are drawn with. */
export interface StepTools {
  readonly compare: Compare;
  /** Learning graphs as URLs of images, by step. */
  readonly drawings: ReadonlyMap<number, string>;
}

const mostSteps = 200;

/** All steps, the best one open. */
export function steps(view: RunView, scores: Scores, tools: StepTools): Html {
  const { head, left, tail } = ends(view.steps, mostSteps);
  const after = new Map(evaluationsOf(view, "validation").map(({ step, result }) => [step, result]));
  const part = (step: StepView): Html => {
    const result = after.get(step.step);
    const score = result && spreadText(result.mean, result.standardError);
    return stepPart(step, { score, best: scores.best, tools });
  };
  return html`<section id="steps" aria-labelledby="steps-title"><h2 id="steps-title">Steps</h2>
${view.steps.length === 0 && html`<p class="none">No step was taken yet.</p>`}
${view.steps.length > 0 && html`<p class="buttons" hidden><button type="button" data-open="steps">Open all</button> <button type="button" data-close="steps">Close all</button></p>`}
${head.map(part)}${left > 0 && html`<p class="none">${plural(left, "step")} left out.</p>`}${tail.map(part)}</section>`;
}

interface Around {
  readonly score: string | undefined;
  readonly best: ScorePoint | undefined;
  readonly tools: StepTools;
}

function stepPart({ step, record }: StepView, { score, best, tools }: Around): Html {
  const { changes, refused, exchanges, reasoning, feedback, trainScore } = record;
  const isBest = best?.step === step;
  const what =
    changes.length > 0
      ? changes.map(({ name }) => html` <code>${name}</code>`)
      : html` <span class="none">no change</span>`;
  return html`<details class="card step" id="step-${step}"${isBest && html` open`}><summary><span class="number">Step ${step}</span>
<span class="what">${what}</span>
${refused.length > 0 && html`<span class="pill bad">refused</span>`}${isBest && html`<span class="pill top">best</span>`}
<span class="result"><span>train ${scoreText(trainScore)}</span>${score !== undefined && html`<span>validation <b>${score}</b></span>`}</span></summary>
<div class="body">
${refused.length > 0 && html`<div class="note bad"><strong>Refused</strong><ul>${refused.map(refusalItem)}</ul></div>`}
${reasoning !== "" && html`<h3>Reasoning</h3>${longText(reasoning, "prose")}`}
${changes.map(({ name, before, after }) => html`<h3><code>${name}</code></h3>${difference(`${name} in step ${step}`, before, after, tools.compare)}`)}
<details id="step-${step}-feedback"><summary>Feedback it learned from</summary>${longText(feedback, "prose")}</details>
${graphPart(step, record.dot, tools.drawings.get(step))}
${
  exchanges.length > 0 &&
  html`<details id="step-${step}-calls"><summary>Prompts and replies <span class="count">${plural(exchanges.length, "call")}</span></summary>
<div class="inner">${exchanges.map((exchange, index) => conversation(exchange, `step-${step}-call-${index}`))}</div></details>`
}
</div></details>`;
}

function refusalItem({ name, reason }: { readonly name: string | undefined; readonly reason: string }): Html {
  return html`<li>${name === undefined ? "The whole reply: " : html`<code>${name}</code>: `}${longText(reason, "prose")}</li>`;
}

function graphPart(step: number, dot: string, drawing: string | undefined): Html | undefined {
  if (dot === "") return undefined;
  const source = html`<details id="step-${step}-dot"><summary>${drawing === undefined ? "Learning graph (DOT)" : "As DOT"}</summary>${longText(dot)}</details>`;
  if (drawing === undefined) return source;
  return html`<details id="step-${step}-graph"><summary>Learning graph</summary>
<div class="scroll paper" tabindex="0" role="group" aria-label="Learning graph of step ${step}"><img src="${drawing}" alt="The learning graph of step ${step}; its text is under “As DOT”."></div>
${source}</details>`;
}

/** The section of proposals that were refused. */
export function refusals(view: RunView): Html | undefined {
  const all = view.steps.flatMap(({ step, record }) => record.refused.map((refusal) => ({ step, refusal })));
  if (all.length === 0) return undefined;
  const { head, left, tail } = ends(all, mostSteps);
  const items = [...head, ...tail].map(
    ({ step, refusal }) => html`<li><a href="#step-${step}">Step ${step}</a> ${refusalText(refusal)}</li>`,
  );
  return html`<section id="refused" aria-labelledby="refused-title"><h2 id="refused-title">Refused proposals</h2>
<div class="card"><ul class="refusals">${items}</ul>${left > 0 && html`<p class="none">${left} left out.</p>`}</div></section>`;
}

function refusalText({ name, reason }: { readonly name: string | undefined; readonly reason: string }): Html {
  return html`${name === undefined ? html`<span class="none">the whole reply</span>` : html`<code>${name}</code>`}${longText(reason, "prose")}`;
}
