/** Finds the JSDoc block that belongs to a declaration and takes the comment marks off it. */
import type { ParsedText } from "./syntax.ts";

/**
 * The cleaned JSDoc directly before one of the offsets, tried in order; undefined when none has one. Other comments may
 * stand between.
 */
export function docBefore(file: ParsedText, anchors: readonly number[]): string | undefined {
  for (const anchor of anchors) {
    const doc = blockBefore(file, anchor);
    if (doc !== undefined) return doc;
  }
  return undefined;
}

function blockBefore({ text, comments }: ParsedText, anchor: number): string | undefined {
  let end = text.slice(0, anchor).trimEnd().length;
  // From the last comment back: each must end where the code, or the comment after it, begins.
  for (let index = comments.length - 1; index >= 0; index--) {
    const comment = comments[index];
    if (comment === undefined || comment.start >= anchor) continue;
    if (comment.end !== end) return undefined;
    if (comment.block && /^\*(?!\*)/.test(comment.text)) return cleanDoc(comment.text) || undefined;
    end = text.slice(0, comment.start).trimEnd().length;
  }
  return undefined;
}

/**
 * The text of a JSDoc comment, given as the text between its outer marks: without stars, indentation and empty lines
 * around it.
 */
function cleanDoc(comment: string): string {
  const lines = comment.replace(/^\*/, "").split(/\r?\n/);
  const bare = lines.map((line, index) => (index === 0 ? line.trim() : line.replace(/^\s*(?:\* ?)?/, "").trimEnd()));
  return bare.join("\n").replace(/^\n+|\n+$/g, "");
}
