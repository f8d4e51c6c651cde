/**
 * The section of examples: one row an example, one column an evaluation, coloured by score; each cell leads to its
 * record.
 */

import type { Outcome, SplitName } from "../../training/types.ts";
import type { CellRecords } from "../cell-records.ts";
import { countText, gainText, scoreText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { type Column, type Columns, examplesOf, mostRows } from "./cells.ts";
import { cellAnchor, evaluations } from "./evaluations.ts";
import { shadeCount } from "./shades.ts";
import { headOf } from "./text.ts";

const titles: Readonly<Record<SplitName, string>> = {
  validation: "Validation examples",
  train: "Training examples",
  decision: "Validation examples that decide",
  test: "Test examples",
};

/** How each example went after each step, or with each program of a search. */
export function heatMaps(all: readonly Columns[], records: CellRecords): Html {
  const parts = all.map((columns) => heatMap(columns, records));
  return html`<section id="examples" aria-labelledby="examples-title"><h2 id="examples-title">Examples</h2>
${parts.length > 0 ? parts : html`<p class="none">No example was judged yet.</p>`}</section>`;
}

function heatMap(found: Columns, records: CellRecords): Html {
  const { split, of, columns, left } = found;
  const ids = examplesOf(found);
  const shade = shadesOf(columns);
  // Each training program runs other examples: a change from the first to the best says nothing there.
  const hasChange = split !== "train" && columns.length > 1;
  const rows = ids
    .slice(0, mostRows)
    .map((id, at) => row({ split, id, at }, columns, shade, hasChange && change(id, columns)));
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
${evaluations(found, ids.slice(0, mostRows), records)}</div>`;
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

/** An example, and its place among those of its part of the data. */
interface Line {
  readonly split: SplitName;
  readonly id: string;
  readonly at: number;
}

function row({ split, id, at }: Line, columns: readonly Column[], shade: Shade, last: Html | false): Html {
  const cells = columns.map(({ byExample, when }, column) =>
    cell(byExample.get(id), shade, when, cellAnchor(split, at, column)),
  );
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

/** Thousands of cells are no stops on a walk by keyboard: the list of evaluations below leads to the same places. */
function cell(outcome: Outcome | undefined, shade: Shade, when: string, anchor: string): Html {
  if (outcome === undefined) return html`<td class="blank"><span class="unseen">not run</span></td>`;
  const { score, failure, feedback } = outcome;
  if (failure !== undefined) {
    const title = `${when}: the ${failure.of} failed. ${headOf(failure.message, 300)}`;
    return html`<td class="failed" title="${title}"><a tabindex="-1" href="#${anchor}"><span aria-hidden="true">✕</span><span class="unseen">failed</span></a></td>`;
  }
  if (score === undefined) return html`<td class="blank"><a tabindex="-1" href="#${anchor}">–</a></td>`;
  return html`<td class="h${shade.of(score)}" title="${when}: ${scoreText(score)}. ${headOf(feedback, 300)}"><a tabindex="-1" href="#${anchor}">${scoreText(score)}</a></td>`;
}
