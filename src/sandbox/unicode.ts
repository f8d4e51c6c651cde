/** Finds characters that make a text look other than it is: bidirectional controls and invisible characters. */
import { SourceError } from "../util/errors.ts";
import { placeOf } from "./errors.ts";

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const INVISIBLE = new RegExp(
  String.raw`\u{ad}|\u{34f}|\u{115f}|\u{1160}|\u{17b4}|\u{17b5}|\u{180e}|` +
    String.raw`[\u{200b}-\u{200d}\u{2060}-\u{2064}\u{3164}\u{feff}\u{ffa0}\u{e0000}-\u{e007f}]`,
  "gu",
);

/** Refuses controls that reorder the text as it is shown; they hide code even inside a string. */
export function refuseBidi(source: string): void {
  const at = source.search(BIDI);
  if (at >= 0) throw hiddenAt(source, at);
}

/**
 * Where invisible characters stand; they are harmless only inside the contents of a string (an emoji joins with them).
 */
export function invisibleIn(source: string): number[] {
  return [...source.matchAll(INVISIBLE)].map((match) => match.index);
}

/** The error for a hidden character at `offset`. */
export function hiddenAt(source: string, offset: number): SourceError {
  const { line, column } = placeOf(source, offset);
  const code = (source.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return new SourceError(
    `hidden Unicode character U+${code}; remove it or write it as an escape`,
    source,
    line,
    column,
  );
}
