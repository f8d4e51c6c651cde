/** The section of examples: one row an example, one column an evaluation, coloured by score; and the feedback in full. */

import type { Outcome, Split } from "../../training/types.ts";
import { countText, gainText, scoreText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { evaluationsOf, type Scores } from "../scores.ts";
import type { EvaluationView, RunView } from "../view.ts";
import { ends, headOf, longText, table } from "./text.ts";

const mostRows = 200;
const mostColumns = 40;
/** Shades of the heat map: the style sheet has a class for each. */
const shades = 11;

const titles: Readonly<Record<Split, string>> = {
  validation: "Validation examples",
  train: "Training examples",
  test: "Test examples",
};

/** How each example went after each step. */
export function heatMaps(view: RunView, scores: Scores): Html {
  const parts = (["validation", "train", "test"] as const).flatMap((split) => {
    const evaluations = split === "train" ? trainColumns(view) : evaluationsOf(view, split);
    return evaluations.length === 0 ? [] : [heatMap(split, evaluations, scores.best?.step)];
  });
  return html`<section id="examples" aria-labelledby="examples-title"><h2 id="examples-title">Examples</h2>
${parts.length > 0 ? parts : html`<p class="none">No example was judged yet.</p>`}</section>`;
}

/** The training runs as if they were evaluations: one for each program. */
function trainColumns(view: RunView): readonly EvaluationView[] {
  const evaluated = evaluationsOf(view, "train");
  if (evaluated.length > 0) return evaluated;
  const byStep = new Map<number, Outcome[]>();
  for (const { step, outcome } of view.rollouts) {
    const outcomes = byStep.get(step);
    if (outcomes === undefined) byStep.set(step, [outcome]);
    else outcomes.push(outcome);
  }
  const unknown = { mean: Number.NaN, standardError: Number.NaN, failures: 0 };
  return [...byStep]
    .sort(([a], [b]) => a - b)
    .map(([step, outcomes]) => ({ step, split: "train", candidate: "", result: { ...unknown, outcomes } }));
}

interface Column {
  readonly step: number;
  readonly byExample: ReadonlyMap<string, Outcome>;
}

function heatMap(split: Split, evaluations: readonly EvaluationView[], best: number | undefined): Html {
  const all = evaluations.map(
    ({ step, result }): Column => ({
      step,
      byExample: new Map(result.outcomes.map((outcome) => [outcome.exampleId, outcome])),
    }),
  );
  const { head, left, tail } = ends(all, mostColumns);
  const columns = [...head, ...tail];
  const ids = [...new Set(all.flatMap(({ byExample }) => [...byExample.keys()]))];
  const shade = shadesOf(all);
  // Each training program runs other examples: a change from the first to the best says nothing there.
  const hasChange = split !== "train" && columns.length > 1;
  const rows = ids.slice(0, mostRows).map((id) => row(id, columns, shade, hasChange && change(id, columns, best)));
  const cuts = [
    ids.length > mostRows ? `${countText(ids.length - mostRows)} more examples` : "",
    left > 0 ? `${countText(left)} evaluations between step ${head.at(-1)?.step} and ${tail[0]?.step}` : "",
  ].filter((text) => text !== "");
  const title = titles[split];
  const heads = columns.map(({ step }) => stepHead(step, best));
  return html`<div class="card"><h3>${title}</h3>
<div class="scroll" tabindex="0" role="group" aria-label="${title}: scores by step"><table class="heat">
<caption class="unseen">${title}: score of each example after each step</caption>
<thead><tr><th scope="col">Example</th>${heads}${hasChange && html`<th scope="col" class="change">Change</th>`}</tr></thead>
<tbody>${rows}</tbody></table></div>
<p class="ramp" aria-hidden="true">${scoreText(shade.low)} ${Array.from({ length: shades }, (_, at) => html`<i class="h${at}"></i>`)} ${scoreText(shade.high)}
<span class="failed">✕</span> failed</p>
${cuts.length > 0 && html`<p class="none">Left out: ${cuts.join(", ")}.</p>`}
${feedbacks(split, ids, columns)}</div>`;
}

function stepHead(step: number, best: number | undefined): Html {
  const name = step === 0 ? "start" : String(step);
  return step === best
    ? html`<th scope="col" class="top">${name}<span class="unseen">, best</span></th>`
    : html`<th scope="col">${name}</th>`;
}

interface Shade {
  readonly low: number;
  readonly high: number;
  readonly of: (score: number) => number;
}

/** Scores of 0 to 1 are shown on that scale, all others between the lowest and the highest. */
function shadesOf(columns: readonly Column[]): Shade {
  let [low, high] = [0, 1];
  for (const { byExample } of columns) {
    for (const { score } of byExample.values()) {
      if (score === undefined) continue;
      low = Math.min(low, score);
      high = Math.max(high, score);
    }
  }
  return { low, high, of: (score) => Math.round(((score - low) / (high - low)) * (shades - 1)) };
}

function row(id: string, columns: readonly Column[], shade: Shade, last: Html | false): Html {
  const cells = columns.map(({ step, byExample }) => cell(byExample.get(id), shade, step));
  return html`<tr><th scope="row" title="${headOf(id, 300)}">${headOf(id, 60)}</th>${cells}${last}</tr>`;
}

/** What the best program made of an example, against the first one. */
function change(id: string, columns: readonly Column[], best: number | undefined): Html {
  const from = columns[0]?.byExample.get(id);
  const to = (columns.find(({ step }) => step === best) ?? columns.at(-1))?.byExample.get(id);
  if (from === undefined || to === undefined) return html`<td class="change"></td>`;
  if (from.failure !== undefined && to.failure === undefined) return html`<td class="change up">runs</td>`;
  if (from.failure === undefined && to.failure !== undefined) return html`<td class="change down">fails</td>`;
  const gain = (to.score ?? 0) - (from.score ?? 0);
  if (gain === 0) return html`<td class="change">=</td>`;
  return html`<td class="change ${gain > 0 ? "up" : "down"}">${gainText(gain)}</td>`;
}

function cell(outcome: Outcome | undefined, shade: Shade, step: number): Html {
  if (outcome === undefined) return html`<td class="blank"><span class="unseen">not run</span></td>`;
  const when = step === 0 ? "Start" : `After step ${step}`;
  const { score, failure, feedback } = outcome;
  if (failure !== undefined) {
    const title = `${when}: the ${failure.of} failed. ${headOf(failure.message, 300)}`;
    return html`<td class="failed" title="${title}"><span aria-hidden="true">✕</span><span class="unseen">failed</span></td>`;
  }
  if (score === undefined) return html`<td class="blank">–</td>`;
  return html`<td class="h${shade.of(score)}" title="${when}: ${scoreText(score)}. ${headOf(feedback, 300)}">${scoreText(score)}</td>`;
}

/** What the judge said, example by example; the same words of one evaluation after the other stand once. */
function feedbacks(split: Split, ids: readonly string[], columns: readonly Column[]): Html {
  const items = ids.slice(0, mostRows).map((id, index) => {
    const rows: { steps: number[]; outcome: Outcome }[] = [];
    for (const { step, byExample } of columns) {
      const outcome = byExample.get(id);
      if (outcome === undefined) continue;
      const last = rows.at(-1);
      if (last !== undefined && JSON.stringify(last.outcome) === JSON.stringify(outcome)) last.steps.push(step);
      else rows.push({ steps: [step], outcome });
    }
    const cells = rows.map(({ steps, outcome }) => [
      steps.map((step) => (step === 0 ? "start" : step)).join(", "),
      outcome.failure === undefined ? scoreText(outcome.score) : html`<span class="failed">✕ failed</span>`,
      outcome.failure === undefined
        ? longText(outcome.feedback, "prose")
        : longText(`${outcome.failure.of}: ${outcome.failure.message}`),
    ]);
    return html`<details id="${split}-example-${index}"><summary>${headOf(id, 200)}</summary>
${table("Feedback by step", ["After step", "Score", "Feedback"], cells)}</details>`;
  });
  return html`<details id="${split}-feedback"><summary>Feedback by example</summary><div class="inner">${items}</div></details>`;
}
