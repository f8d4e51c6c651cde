/** The tags between which models think before they answer. */

/** Their names, as a pattern. */
export const thinkingNames = "think(?:ing)?|thoughts?|reflection|scratchpad|analysis";

/** The offset after the tag that closes the thinking `name`, from `from` on; undefined when there is none. */
export function endOfThinking(text: string, name: string, from: number): number | undefined {
  const closing = new RegExp(`</${name}\\s*>`, "gi");
  closing.lastIndex = from;
  return closing.exec(text) === null ? undefined : closing.lastIndex;
}

/** A text in prose without the thinking before it. What begins and does not end is all of it. */
export function withoutThinking(text: string): string {
  const opening = new RegExp(`\\s*<(${thinkingNames})(?:\\s[^<>]*)?>`, "iy");
  let from = 0;
  for (let found = opening.exec(text); found !== null; found = opening.exec(text)) {
    from = endOfThinking(text, found[1] as string, opening.lastIndex) ?? text.length;
    opening.lastIndex = from;
  }
  // Some models leave out the tag that begins their thinking.
  const lone = new RegExp(`^(?:(?!<(?:${thinkingNames})\\b)[^])*?</(?:${thinkingNames})\\s*>[ \\t]*(?:\\r?\\n|$)`, "i");
  return text.slice(from).replace(lone, "");
}
