/** The section of steps: for each its reasons, changes, feedback, learning graph and conversation. */

import { plural, scoreText, spreadText } from "../figures.ts";
import { type Html, html, type Markup } from "../markup.ts";
import { stepAnchor, stepTitle } from "../names.ts";
import type { RunView, StepView } from "../run-view.ts";
import { evaluationsOf } from "../scores.ts";
import type { ReportSelection } from "../selection.ts";
import { renderCount, renderFold, renderHint, renderPill, renderScroller, renderSection } from "./blocks.ts";
import { renderExchange } from "./conversation.ts";
import { type Compare, renderDifference } from "./difference.ts";
import { renderAncestry, renderParents } from "./other-parents.ts";
import { renderText } from "./text.ts";

/** What the steps are rendered with. */
export interface StepTools {
  readonly compare: Compare;
  /** Learning graphs as URLs of images. */
  readonly drawings: ReadonlyMap<StepView, string>;
}

/** The steps of the report, the best one open. */
export function renderSteps(view: RunView, selection: ReportSelection, tools: StepTools): Html {
  const { items, omitted, gap } = selection.steps;
  const [title, unit] = selection.isSearch ? ["Proposals", "proposal"] : ["Steps", "step"];
  if (items.length === 0) {
    return renderSection("steps", title, renderHint(`No ${unit}s${view.ended === undefined ? " yet" : ""}.`));
  }
  const scoreOf = scoresByStep(view, selection);
  const render = (step: StepView): Html => renderStep(step, { score: scoreOf(step), view, selection, tools });
  const [head, tail] = gap === undefined ? [[], items] : [items.slice(0, gap), items.slice(gap)];
  const content = html`${openButtons}
${head.map(render)}${omitted > 0 && renderHint(omittedText(plural(omitted, unit), gap))}${tail.map(render)}`;
  return renderSection("steps", title, content);
}

const openButtons: Html = html`<p class="buttons" hidden><button type="button" data-open="steps">Open all</button>
<button type="button" data-close="steps">Close all</button></p>`;

function omittedText(count: string, gap: number | undefined): string {
  const rule = ": the page has those that led to the candidates of the lineage graph, and the latest";
  return `${count} left out${gap === undefined ? rule : ""}.`;
}

/** The validation score of what a step led to, as text. */
function scoresByStep(view: RunView, { isSearch }: ReportSelection): (step: StepView) => string | undefined {
  if (isSearch) {
    const candidates = new Map(view.candidates.map((candidate) => [candidate.id, candidate]));
    return ({ record }) => {
      const candidate = record.candidate === undefined ? undefined : candidates.get(record.candidate);
      return candidate?.mean === undefined ? undefined : spreadText(candidate);
    };
  }
  const results = new Map(evaluationsOf(view, "validation").map(({ step, result }) => [step, result]));
  return ({ step }) => {
    const result = results.get(step);
    return result && spreadText(result);
  };
}

interface StepContext {
  readonly score: string | undefined;
  readonly view: RunView;
  readonly selection: ReportSelection;
  readonly tools: StepTools;
}

function renderStep(step: StepView, context: StepContext): Html {
  const { view, selection, tools } = context;
  const { refused, dropped = [], reasoning, feedback } = step.record;
  const [id, title] = [stepAnchor(step), stepTitle(step, selection.isSearch)];
  const hasFeedback = !selection.isSearch || feedback !== "";
  const body = html`<div class="body">
${refused.length > 0 && renderNote("Refused", refused, "bad")}
${dropped.length > 0 && renderNote("Left out", dropped, "warn")}
${reasoning !== "" && html`<h3>Reasoning</h3>${renderText(reasoning, "prose")}`}
${renderChanges(step, title, tools.compare)}
${renderParents(step, { view, selection, compare: tools.compare })}
${hasFeedback && renderFold({ id: `${id}-feedback`, summary: "Feedback" }, renderText(feedback, "prose"))}
${renderGraph(step, title, tools.drawings.get(step))}
${renderCalls(step)}
</div>`;
  const isOpen = step === selection.best;
  return renderFold({ look: "card step", id, summary: renderStepHead(step, title, context), isOpen }, body);
}

/** What a closed step says: its number, what it changed, and what that scored. */
function renderStepHead(step: StepView, title: string, { score, selection }: StepContext): Html {
  const { changes, refused, trainScore } = step.record;
  const { isSearch, best } = selection;
  const names = changes.map(({ name }) => html` <code>${name}</code>`);
  const what = changes.length > 0 ? names : html` <span class="none">no change</span>`;
  const train = (!isSearch || trainScore !== undefined) && html`<span>train ${scoreText(trainScore)}</span>`;
  const validation = score !== undefined && html`<span>validation <b>${score}</b></span>`;
  return html`<span class="number">${title}</span>
<span class="what">${isSearch && renderAncestry(step, selection)}${what}</span>
${refused.length > 0 && renderPill("refused", "bad")}${step === best && renderPill("best", "top")}
<span class="result">${train}${validation}</span>`;
}

function renderNote(title: string, refusals: StepView["record"]["refused"], look: "bad" | "warn"): Html {
  const items = refusals.map(({ name, reason }) => {
    const what = name === undefined ? "The whole reply: " : html`<code>${name}</code>: `;
    return html`<li>${what}${renderText(reason, "prose")}</li>`;
  });
  return html`<div class="note ${look}"><strong>${title}</strong><ul>${items}</ul></div>`;
}

function renderChanges({ record }: StepView, title: string, compare: Compare): Markup {
  return record.changes.map(({ name, before, after }) => {
    const difference = renderDifference(`${name} in ${title.toLowerCase()}`, before, after, compare);
    return html`<h3><code>${name}</code></h3>${difference}`;
  });
}

function renderGraph(step: StepView, title: string, drawing: string | undefined): Html | undefined {
  const { dot } = step.record;
  if (dot === "") return undefined;
  const id = stepAnchor(step);
  const source = renderFold(
    { id: `${id}-dot`, summary: drawing === undefined ? "Learning graph (DOT)" : "As DOT" },
    renderText(dot),
  );
  if (drawing === undefined) return source;
  const of = title.toLowerCase();
  const image = html`<img src="${drawing}" alt="The learning graph of ${of}; its text is under “As DOT”.">`;
  const paper = renderScroller(`Learning graph of ${of}`, image, "scroll paper");
  return renderFold({ id: `${id}-graph`, summary: "Learning graph" }, html`${paper}${source}`);
}

function renderCalls(step: StepView): Html | undefined {
  const { exchanges } = step.record;
  if (exchanges.length === 0) return undefined;
  const id = stepAnchor(step);
  const content = exchanges.map((exchange, index) => renderExchange(exchange, `${id}-call-${index}`));
  const summary = html`Prompts and replies${renderCount(plural(exchanges.length, "call"))}`;
  return renderFold({ id: `${id}-calls`, summary }, html`<div class="inner">${content}</div>`);
}
