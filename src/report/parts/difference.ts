/** A change of a value as a table of two columns, before and after. */

import { plural } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import type { Row, Side } from "../side-by-side.ts";
import { headOf, valueText } from "./text.ts";

/** Compares two texts line by line. */
export type Compare = (before: string, after: string) => readonly Row[];

const mostRows = 600;
const longestLine = 2_000;

/** `before` beside `after`. `name` is what changed. */
export function difference(name: string, before: unknown, after: unknown, compare: Compare): Html {
  const rows = compare(valueText(before), valueText(after));
  if (rows.length === 0) return html`<p class="none">Both are empty.</p>`;
  const left = rows.length - mostRows;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Change of ${name}"><table class="diff">
<caption class="unseen">Change of ${name}, before on the left, after on the right</caption>
<colgroup><col class="line"><col><col class="line"><col></colgroup>
<thead><tr>${["Line", "Before", "Line", "After"].map((head) => html`<th scope="col"><span class="unseen">${head}</span></th>`)}</tr></thead>
<tbody>${rows.slice(0, mostRows).map(rowOf)}</tbody></table></div>
${left > 0 && html`<p class="none">${plural(left, "more row")} left out.</p>`}`;
}

function rowOf(row: Row): Html {
  if (row.kind === "skipped") {
    return html`<tr class="skipped"><td colspan="4">${plural(row.count, "equal line")}</td></tr>`;
  }
  if (row.kind === "same") return html`<tr>${side(row.before, "")}${side(row.after, "")}</tr>`;
  return html`<tr>${side(row.before, "gone")}${side(row.after, "new")}</tr>`;
}

function side(given: Side | undefined, look: string): Html {
  if (given === undefined) return html`<td class="line"></td><td class="void"></td>`;
  const pieces = given.pieces.map(({ text, changed }) => {
    const shown =
      text.length > longestLine ? `${headOf(text, longestLine)} … (${text.length - longestLine} more)` : text;
    return changed ? html`<mark>${shown}</mark>` : shown;
  });
  const sign = look === "gone" ? "−" : look === "new" ? "+" : "";
  return html`<td class="line">${given.line}</td><td class="${look}"><span class="sign" aria-hidden="true">${sign}</span>${pieces}</td>`;
}
