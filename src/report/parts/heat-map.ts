/** The section of examples: one row an example, one column an evaluation, coloured by score; and the feedback in full. */

import type { Outcome, Split } from "../../training/types.ts";
import { countText, gainText, plural, scoreText } from "../figures.ts";
import { shownPrograms } from "../lineage-choice.ts";
import { type Html, html } from "../markup.ts";
import { shortId } from "../names.ts";
import type { EvaluationView, RunView } from "../run-view.ts";
import { evaluationsOf, type Scores } from "../scores.ts";
import type { Shown } from "../shown.ts";
import { shadeCount } from "./shades.ts";
import { ends, headOf, longText, table } from "./text.ts";

const mostRows = 200;
const mostColumns = 40;

const titles: Readonly<Record<Split, string>> = {
  validation: "Validation examples",
  train: "Training examples",
  test: "Test examples",
};

/** How each example went after each step, or with each program of a search. */
export function heatMaps(view: RunView, scores: Scores, shown: Shown): Html {
  const parts = (["validation", "train", "test"] as const).flatMap((split) => {
    const found = shown.isSearch ? programColumns(view, split, shown) : stepColumns(view, split, scores);
    return found.columns.length === 0 ? [] : [heatMap(split, found)];
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
  /** As it stands above the column: `start`, `3`, `38a381f`. */
  readonly head: string;
  /** In words: `After step 3`. */
  readonly when: string;
  readonly isBest: boolean;
  readonly byExample: ReadonlyMap<string, Outcome>;
}

interface Columns {
  /** What a column is: a step, or a program. */
  readonly of: "step" | "program";
  readonly columns: readonly Column[];
  /** What is left out, in words. */
  readonly left: string | undefined;
}

function byExample(outcomes: readonly Outcome[]): ReadonlyMap<string, Outcome> {
  return new Map(outcomes.map((outcome) => [outcome.exampleId, outcome]));
}

function stepColumns(view: RunView, split: Split, { best }: Scores): Columns {
  const evaluations = split === "train" ? trainColumns(view) : evaluationsOf(view, split);
  const { head, left, tail } = ends(evaluations, mostColumns);
  const columns = [...head, ...tail].map(
    ({ step, result }): Column => ({
      head: step === 0 ? "start" : String(step),
      when: step === 0 ? "Start" : `After step ${step}`,
      isBest: step === best?.step,
      byExample: byExample(result.outcomes),
    }),
  );
  const between = `${countText(left)} evaluations between step ${head.at(-1)?.step} and ${tail[0]?.step}`;
  return { of: "step", columns, left: left > 0 ? between : undefined };
}

/** A column for each program, by all that is known of it: of many, those that the best one comes from and the highest scores. */
function programColumns(view: RunView, split: Split, { leader }: Shown): Columns {
  const outcomes = new Map<string, Outcome[]>();
  const all =
    split === "train" && !view.evaluations.some((one) => one.split === "train")
      ? view.rollouts.map(({ candidate, outcome }) => ({ candidate, of: [outcome] }))
      : view.evaluations
          .filter((one) => one.split === split)
          .map(({ candidate, result }) => ({ candidate, of: result.outcomes }));
  for (const { candidate, of } of all) {
    if (candidate !== undefined) outcomes.set(candidate, [...(outcomes.get(candidate) ?? []), ...of]);
  }
  const judged = view.candidates.filter(({ id }) => outcomes.has(id));
  const shown = shownPrograms(
    judged,
    judged.find((program) => program === leader),
    mostColumns,
  );
  const columns = shown.map(
    (program): Column => ({
      head: program.round === 0 ? "start" : shortId(program.id),
      when: program.round === 0 ? "Start" : `Program ${shortId(program.id)} of round ${program.round}`,
      isBest: program === leader,
      byExample: byExample(outcomes.get(program.id) ?? []),
    }),
  );
  const left = judged.length - shown.length;
  const more = `${plural(left, "program")} beside the highest scores and those that they come from`;
  return { of: "program", columns, left: left > 0 ? more : undefined };
}

function heatMap(split: Split, { of, columns, left }: Columns): Html {
  const ids = [...new Set(columns.flatMap((column) => [...column.byExample.keys()]))];
  const shade = shadesOf(columns);
  // Each training program runs other examples: a change from the first to the best says nothing there.
  const hasChange = split !== "train" && columns.length > 1;
  const rows = ids.slice(0, mostRows).map((id) => row(id, columns, shade, hasChange && change(id, columns)));
  const cuts = [ids.length > mostRows ? `${countText(ids.length - mostRows)} more examples` : "", left ?? ""].filter(
    (text) => text !== "",
  );
  const title = titles[split];
  return html`<div class="card"><h3>${title}</h3>
<div class="scroll" tabindex="0" role="group" aria-label="${title}: scores by ${of}"><table class="heat">
<caption class="unseen">${title}: score of each example ${of === "step" ? "after each step" : "with each program"}</caption>
<thead><tr><th scope="col">Example</th>${columns.map(columnHead)}${hasChange && html`<th scope="col" class="change">Change</th>`}</tr></thead>
<tbody>${rows}</tbody></table></div>
<p class="ramp" aria-hidden="true">${scoreText(shade.low)} ${Array.from({ length: shadeCount }, (_, at) => html`<i class="h${at}"></i>`)} ${scoreText(shade.high)}
<span class="failed">✕</span> failed</p>
${cuts.length > 0 && html`<p class="none">Left out: ${cuts.join(", ")}.</p>`}
${feedbacks(split, ids, { of, columns, left })}</div>`;
}

function columnHead({ head, isBest }: Column): Html {
  return isBest
    ? html`<th scope="col" class="top">${head}<span class="unseen">, best</span></th>`
    : html`<th scope="col">${head}</th>`;
}

interface Shade {
  readonly low: number;
  readonly high: number;
  readonly of: (score: number) => number;
}

/** Scores of 0 to 1 are shown on that scale, all others between the lowest and the highest. */
function shadesOf(columns: readonly Column[]): Shade {
  let [low, high] = [0, 1];
  for (const column of columns) {
    for (const { score } of column.byExample.values()) {
      if (score === undefined) continue;
      low = Math.min(low, score);
      high = Math.max(high, score);
    }
  }
  return { low, high, of: (score) => Math.round(((score - low) / (high - low)) * (shadeCount - 1)) };
}

function row(id: string, columns: readonly Column[], shade: Shade, last: Html | false): Html {
  const cells = columns.map((column) => cell(column.byExample.get(id), shade, column.when));
  return html`<tr><th scope="row" title="${headOf(id, 300)}">${headOf(id, 60)}</th>${cells}${last}</tr>`;
}

/** What the best program made of an example, against the first one. */
function change(id: string, columns: readonly Column[]): Html {
  const from = columns[0]?.byExample.get(id);
  const to = (columns.find(({ isBest }) => isBest) ?? columns.at(-1))?.byExample.get(id);
  if (from === undefined || to === undefined) return html`<td class="change"></td>`;
  if (from.failure !== undefined && to.failure === undefined) return html`<td class="change up">runs</td>`;
  if (from.failure === undefined && to.failure !== undefined) return html`<td class="change down">fails</td>`;
  const gain = (to.score ?? 0) - (from.score ?? 0);
  if (gain === 0) return html`<td class="change">=</td>`;
  return html`<td class="change ${gain > 0 ? "up" : "down"}">${gainText(gain)}</td>`;
}

function cell(outcome: Outcome | undefined, shade: Shade, when: string): Html {
  if (outcome === undefined) return html`<td class="blank"><span class="unseen">not run</span></td>`;
  const { score, failure, feedback } = outcome;
  if (failure !== undefined) {
    const title = `${when}: the ${failure.of} failed. ${headOf(failure.message, 300)}`;
    return html`<td class="failed" title="${title}"><span aria-hidden="true">✕</span><span class="unseen">failed</span></td>`;
  }
  if (score === undefined) return html`<td class="blank">–</td>`;
  return html`<td class="h${shade.of(score)}" title="${when}: ${scoreText(score)}. ${headOf(feedback, 300)}">${scoreText(score)}</td>`;
}

/** What the judge said, example by example; the same words of one evaluation after the other stand once. */
function feedbacks(split: Split, ids: readonly string[], { of, columns }: Columns): Html {
  const items = ids.slice(0, mostRows).map((id, index) => {
    const rows: { heads: string[]; outcome: Outcome }[] = [];
    for (const { head, byExample: known } of columns) {
      const outcome = known.get(id);
      if (outcome === undefined) continue;
      const last = rows.at(-1);
      if (last !== undefined && JSON.stringify(last.outcome) === JSON.stringify(outcome)) last.heads.push(head);
      else rows.push({ heads: [head], outcome });
    }
    const cells = rows.map(({ heads, outcome }) => [
      heads.join(", "),
      outcome.failure === undefined ? scoreText(outcome.score) : html`<span class="failed">✕ failed</span>`,
      outcome.failure === undefined
        ? longText(outcome.feedback, "prose")
        : longText(`${outcome.failure.of}: ${outcome.failure.message}`),
    ]);
    return html`<details id="${split}-example-${index}"><summary>${headOf(id, 200)}</summary>
${table(`Feedback by ${of}`, [of === "step" ? "After step" : "Program", "Score", "Feedback"], cells)}</details>`;
  });
  return html`<details id="${split}-feedback"><summary>Feedback by example</summary><div class="inner">${items}</div></details>`;
}
