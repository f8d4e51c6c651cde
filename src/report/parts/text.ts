/** Texts and values of any length: what is long is folded, what is huge is cut. */

import { headOf } from "../../util/cut.ts";
import { countText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { renderHint } from "./blocks.ts";

/** Characters before the fold, and behind it. */
const maxVisible = 2_400;
const maxFolded = 200_000;

/** How a text looks: words of people and models, or code. */
export type TextLook = "prose" | "code";

/** A text with its lines. The rest of a long one is behind a fold; a huge one is cut, and says so. */
export function renderText(text: string, look: TextLook = "code"): Html {
  if (text === "") return renderHint("Empty.");
  // A little more is not worth a click.
  if (text.length <= maxVisible * 1.25) return renderPre(text, look);
  const head = headOf(text, maxVisible);
  const rest = headOf(text.slice(head.length), maxFolded);
  const omitted = text.length - head.length - rest.length;
  return html`${renderPre(head, look)}
<details class="more"><summary>Show ${countText(text.length - head.length)} more characters</summary>
${renderPre(rest, look)}
${omitted > 0 && renderHint(`${countText(omitted)} characters are left out of this report.`)}</details>`;
}

function renderPre(text: string, look: TextLook): Html {
  return html`<pre class="text ${look}">${text}</pre>`;
}

/** Any value as text: a string unchanged, everything else as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value, undefined, 2) ?? String(value);
  } catch {
    return "(a value that cannot be displayed)";
  }
}
