/** The blocks that all parts of the report consist of: sections, boxes that scroll, folds, tables, hints. */

import { type Html, html, type Markup } from "../markup.ts";

/** A section with its heading; `id` is its anchor. */
export function renderSection(id: string, title: string, content: Markup): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>`;
}

/** A box that scrolls sideways, also by keyboard; `label` names it. */
export function renderScroller(
  label: string,
  content: Markup,
  look: "scroll" | "scroll paper" | "scroll lineage" = "scroll",
): Html {
  return html`<div class="${look}" tabindex="0" role="group" aria-label="${label}">${content}</div>`;
}

/** What a reader opens and closes. */
export interface Fold {
  readonly id: string;
  readonly summary: Markup;
  /** Classes of the style sheet. */
  readonly look?: string;
  /** Default: false. */
  readonly isOpen?: boolean;
}

/** A fold around `content`. */
export function renderFold({ id, summary, look, isOpen = false }: Fold, content: Markup): Html {
  const attributes = html`${look !== undefined && html` class="${look}"`} id="${id}"${isOpen && html` open`}`;
  return html`<details${attributes}><summary>${summary}</summary>
${content}</details>`;
}

/** A quiet line: what is missing, what is left out. */
export function renderHint(text: Markup): Html {
  return html`<p class="none">${text}</p>`;
}

/** A count beside a heading. */
export function renderCount(text: Markup): Html {
  return html` <span class="count">${text}</span>`;
}

/** A small label; `look` is empty for a quiet one. */
export function renderPill(text: Markup, look: "" | "top" | "bad" = ""): Html {
  return html` <span class="pill${look !== "" && ` ${look}`}">${text}</span>`;
}

/** A table. Its caption is for readers who do not see what is around it. */
export function renderTable(caption: string, heads: readonly Markup[], rows: readonly (readonly Markup[])[]): Html {
  const body = rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`);
  const content = html`<table class="plain">
<caption class="unseen">${caption}</caption>
${renderHeads(heads)}
<tbody>${body}</tbody></table>`;
  return renderScroller(caption, content);
}

/** The head of a table. */
export function renderHeads(heads: readonly Markup[]): Html {
  return html`<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>`;
}

/** A list without its middle: the items at both ends, and how many are left out between them. */
export interface CutList<T> {
  readonly head: readonly T[];
  readonly omitted: number;
  readonly tail: readonly T[];
}

/** Cuts a list in the middle so that at most `limit` items stay. */
export function cutMiddle<T>(items: readonly T[], limit: number): CutList<T> {
  if (items.length <= limit) return { head: items, omitted: 0, tail: [] };
  const half = Math.floor(limit / 2);
  return {
    head: items.slice(0, limit - half),
    omitted: items.length - limit,
    tail: items.slice(items.length - half),
  };
}
