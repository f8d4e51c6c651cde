/** The section of examples: a row for each, a column for each evaluation, coloured by score; cells lead to records. */

import type { Outcome, SplitName } from "../../training/types.ts";
import { headOf } from "../../util/cut.ts";
import type { CellRecords } from "../cell-records.ts";
import { countText, gainText, scoreText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import type { RunView } from "../run-view.ts";
import { renderHint, renderScroller, renderSection } from "./blocks.ts";
import { examplesOf, type HeatMapColumn, type HeatMapColumns, maxExamples } from "./cells.ts";
import { cellAnchor, renderEvaluations } from "./evaluations.ts";
import { type Shades, shadesBetween } from "./shades.ts";

const titles: Readonly<Record<SplitName, string>> = {
  validation: "Validation examples",
  train: "Training examples",
  decision: "Validation examples that decide",
  test: "Test examples",
};

/** How each example went after each step, or with each candidate of a search. */
export function renderHeatMaps(all: readonly HeatMapColumns[], records: CellRecords, { ended }: RunView): Html {
  const none = renderHint(`No evaluations${ended === undefined ? " yet" : ""}.`);
  const maps = all.map((columns) => renderHeatMap(columns, records));
  return renderSection("examples", "Examples", maps.length > 0 ? maps : none);
}

function renderHeatMap(map: HeatMapColumns, records: CellRecords): Html {
  const { split, of, columns } = map;
  const ids = examplesOf(map);
  const exampleIds = ids.slice(0, maxExamples);
  const shades = shadesOf(columns);
  const title = titles[split];
  const scroller = renderScroller(`${title}: scores by ${of}`, renderTable(map, exampleIds, shades));
  return html`<div class="card"><h3>${title}</h3>
${scroller}
<p class="ramp" aria-hidden="true">${shades.ramp}
<span class="failed">✕</span> failed</p>
${renderOmitted(map, ids.length - exampleIds.length)}
${renderEvaluations(map, exampleIds, records)}</div>`;
}

function renderOmitted({ omitted }: HeatMapColumns, examples: number): Html | undefined {
  const parts = [...(examples > 0 ? [`${countText(examples)} more examples`] : []), ...(omitted ? [omitted] : [])];
  return parts.length === 0 ? undefined : renderHint(`Left out: ${parts.join(", ")}.`);
}

/** Scores from 0 to 1 have that scale; others have the one from the lowest to the highest. */
function shadesOf(columns: readonly HeatMapColumn[]): Shades {
  let [low, high] = [0, 1];
  for (const column of columns) {
    for (const { score } of column.byExample.values()) {
      if (score === undefined) continue;
      low = Math.min(low, score);
      high = Math.max(high, score);
    }
  }
  return shadesBetween(low, high);
}

function renderTable({ split, of, columns }: HeatMapColumns, exampleIds: readonly string[], shades: Shades): Html {
  // Each candidate is trained on other examples: there, a change from the first to the best says nothing.
  const hasChange = split !== "train" && columns.length > 1;
  const rows = exampleIds.map((id, index) => {
    const cells = columns.map(({ byExample, when }, column) =>
      renderCell(byExample.get(id), when, shades, cellAnchor(split, index, column)),
    );
    const title = html`<th scope="row" title="${headOf(id, 300)}">${headOf(id, 60)}</th>`;
    return html`<tr>${title}${cells}${hasChange && renderChange(id, columns)}</tr>`;
  });
  const caption = `${titles[split]}: score of each example by ${of}`;
  const change = hasChange && html`<th scope="col" class="change">Change</th>`;
  return html`<table class="heat">
<caption class="unseen">${caption}</caption>
<thead><tr><th scope="col">Example</th>${columns.map(renderHead)}${change}</tr></thead>
<tbody>${rows}</tbody></table>`;
}

function renderHead({ head, isBest }: HeatMapColumn): Html {
  return isBest
    ? html`<th scope="col" class="top">${head}<span class="unseen">, best</span></th>`
    : html`<th scope="col">${head}</th>`;
}

/** What the best candidate changed for an example, against the first column. */
function renderChange(id: string, columns: readonly HeatMapColumn[]): Html {
  const from = columns[0]?.byExample.get(id);
  const to = (columns.find(({ isBest }) => isBest) ?? columns.at(-1))?.byExample.get(id);
  if (from === undefined || to === undefined) return html`<td class="change"></td>`;
  if (from.failure !== undefined && to.failure === undefined) return html`<td class="change up">runs</td>`;
  if (from.failure === undefined && to.failure !== undefined) return html`<td class="change down">fails</td>`;
  const gain = (to.score ?? 0) - (from.score ?? 0);
  if (gain === 0) return html`<td class="change">=</td>`;
  return html`<td class="change ${gain > 0 ? "up" : "down"}">${gainText(gain)}</td>`;
}

function renderCell(outcome: Outcome | undefined, when: string, shades: Shades, anchor: string): Html {
  if (outcome === undefined) return html`<td class="blank"><span class="unseen">not run</span></td>`;
  const { score, failure, feedback } = outcome;
  if (failure !== undefined) {
    const title = `${when}: the ${failure.of} failed. ${headOf(failure.message, 300)}`;
    const mark = html`<span aria-hidden="true">✕</span><span class="unseen">failed</span>`;
    return html`<td class="failed" title="${title}">${renderCellLink(anchor, mark)}</td>`;
  }
  if (score === undefined) return html`<td class="blank">${renderCellLink(anchor, html`–`)}</td>`;
  const title = `${when}: ${scoreText(score)}. ${headOf(feedback, 300)}`;
  const link = renderCellLink(anchor, html`${scoreText(score)}`);
  return html`<td class="${shades.of(score)}" title="${title}">${link}</td>`;
}

/** Thousands of cells would be too many tab stops: the list of evaluations below leads to the same places. */
function renderCellLink(anchor: string, text: Html): Html {
  return html`<a tabindex="-1" href="#${anchor}">${text}</a>`;
}
