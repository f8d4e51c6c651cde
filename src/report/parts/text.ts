/**
 * Pieces that all parts of the report use: long texts with an expander, JSON, tables, lists that are cut in the middle.
 */

import { countText } from "../figures.ts";
import { type Html, html, type Markup } from "../markup.ts";

/** Characters shown at once, shown on demand, and characters of a cell's tooltip. */
const shownAtOnce = 2_400;
const shownAtAll = 200_000;

/** The first `limit` characters of `text`, never half of one. */
export function headOf(text: string, limit: number): string {
  const isHalf = /[\ud800-\udbff]/.test(text[limit - 1] ?? "");
  return text.length <= limit ? text : text.slice(0, isHalf ? limit - 1 : limit);
}

/**
 * A text as it is, with lines kept; `look` is for words of people and models, or for code. What is long waits behind an
 * expander; what is huge is left out, and says so.
 */
export function longText(text: string, look: "prose" | "code" = "code"): Html {
  if (text === "") return html`<p class="none">Empty.</p>`;
  // A little more is not worth a click.
  if (text.length <= shownAtOnce * 1.25) return html`<pre class="text ${look}">${text}</pre>`;
  const head = headOf(text, shownAtOnce);
  const rest = headOf(text.slice(head.length), shownAtAll);
  const left = text.length - head.length - rest.length;
  return html`<pre class="text ${look}">${head}</pre>
<details class="more"><summary>Show ${countText(text.length - head.length)} more characters</summary>
<pre class="text ${look}">${rest}</pre>${left > 0 && html`<p class="none">${countText(left)} characters are left out of this report.</p>`}</details>`;
}

/** Any value as text: strings as they are, all else as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value, undefined, 2) ?? String(value);
  } catch {
    return "(a value that cannot be shown)";
  }
}

/** A table with a caption for those who do not see where it stands. */
export function table(caption: string, heads: readonly Markup[], rows: readonly (readonly Markup[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table class="plain">
<caption class="unseen">${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** A list cut to `most` items: those at the start and at the end, and how many are left out between them. */
export function ends<T>(items: readonly T[], most: number): { head: readonly T[]; left: number; tail: readonly T[] } {
  if (items.length <= most) return { head: items, left: 0, tail: [] };
  const half = Math.floor(most / 2);
  return { head: items.slice(0, most - half), left: items.length - most, tail: items.slice(items.length - half) };
}
