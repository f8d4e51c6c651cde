/** A change of a value as a table of two columns, before and after. */

import { headOf } from "../../util/cut.ts";
import { plural } from "../figures.ts";
import { type Html, html, type Markup } from "../markup.ts";
import type { DifferenceRow, LinePiece, LineSide } from "../side-by-side.ts";
import { renderHint, renderScroller } from "./blocks.ts";
import { valueText } from "./text.ts";

/** Compares two texts line by line. */
export type Compare = (before: string, after: string) => readonly DifferenceRow[];

const maxRows = 600;
const maxLineLength = 2_000;

const heads: readonly Html[] = ["Line", "Before", "Line", "After"].map(
  (head) => html`<th scope="col"><span class="unseen">${head}</span></th>`,
);

/** `before` beside `after`. `name` is what changed. */
export function renderDifference(name: string, before: unknown, after: unknown, compare: Compare): Html {
  const rows = compare(valueText(before), valueText(after));
  if (rows.length === 0) return renderHint("Both are empty.");
  const omitted = rows.length - maxRows;
  const table = html`<table class="diff">
<caption class="unseen">Change of ${name}, before on the left, after on the right</caption>
<colgroup><col class="line"><col><col class="line"><col></colgroup>
<thead><tr>${heads}</tr></thead>
<tbody>${rows.slice(0, maxRows).map(renderRow)}</tbody></table>`;
  return html`${renderScroller(`Change of ${name}`, table)}
${omitted > 0 && renderHint(`${plural(omitted, "more row")} left out.`)}`;
}

function renderRow(row: DifferenceRow): Html {
  if (row.kind === "skipped") {
    return html`<tr class="skipped"><td colspan="4">${plural(row.count, "equal line")}</td></tr>`;
  }
  if (row.kind === "same") return html`<tr>${renderSide(row.before, "")}${renderSide(row.after, "")}</tr>`;
  return html`<tr>${renderSide(row.before, "gone")}${renderSide(row.after, "new")}</tr>`;
}

function renderSide(side: LineSide | undefined, look: "" | "gone" | "new"): Html {
  if (side === undefined) return html`<td class="line"></td><td class="void"></td>`;
  const sign = html`<span class="sign" aria-hidden="true">${{ "": "", gone: "−", new: "+" }[look]}</span>`;
  return html`<td class="line">${side.line}</td><td class="${look}">${sign}${side.pieces.map(renderPiece)}</td>`;
}

function renderPiece({ text, changed }: LinePiece): Markup {
  const more = text.length - maxLineLength;
  const display = more > 0 ? `${headOf(text, maxLineLength)} … (${more} more)` : text;
  return changed ? html`<mark>${display}</mark>` : display;
}
