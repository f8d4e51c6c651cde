/** Text for terminals: without control sequences, and with known width. */

import { stripVTControlCharacters } from "node:util";

/** Escape sequences with a text, which a terminal runs as commands: titles, clipboard, links. */
const [escape, bell, end] = ["\u001b", "\u0007", "\u009c"];
const commands = new RegExp(
  `(?:${escape}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^${bell}${escape}\u0080-\u009f]*` +
    `(?:${bell}|${escape}\\\\|${end}|$)`,
  "g",
);
const controls = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/gu;

/** `text` on one line without escape sequences, control characters and marks that change the direction of writing. */
export function plainLine(text: string): string {
  const words = stripVTControlCharacters(text.replace(commands, "")).replace(/[\t\r\n\u2028\u2029]+/g, " ");
  return words.replace(controls, "").trim();
}

/** {@link plainLine} for text of several lines, which keep their indentation. */
export function plainText(text: string): string {
  return text
    .split("\n")
    .map((line) => `${/^[ \t]*/.exec(line)?.[0] ?? ""}${plainLine(line)}`)
    .join("\n");
}

/** Letters that take two columns: East Asian ones and emoji. */
const wide = new RegExp(
  "\\p{Emoji_Presentation}|[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff" +
    "\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6]|[\\u{20000}-\\u{3fffd}]",
  "u",
);
const narrow = /^[\u0020-\u02ff]*$/;
let segmenter: Intl.Segmenter | undefined;

/** The letters as a person counts them. To create a segmenter takes milliseconds, so it waits until one is needed. */
function lettersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** How many columns `text` takes on a terminal. */
export function widthOf(text: string): number {
  if (narrow.test(text)) return text.length;
  let width = 0;
  for (const { segment } of lettersOf(text)) width += wide.test(segment) ? 2 : /^\p{M}/u.test(segment) ? 0 : 1;
  return width;
}

/** `text` cut to `columns`, with `…` where something is left out. */
export function fitText(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let head = "";
  let width = 0;
  for (const { segment } of lettersOf(text)) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    head += segment;
  }
  return columns < 1 ? "" : `${head}…`;
}
