/** Keeps texts within limits: one text, or several that share a limit; and sets sections under their titles. */

import { headOf, shorten } from "../../util/cut.ts";

/** Characters that a cut text needs to say how much was left out. */
const noteLength = 40;

/** `text` in at most `limit` characters, cut around its middle. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return limit <= 2 * noteLength ? headOf(text, limit) : shorten(text, limit - noteLength);
}

/** The shortest piece that still tells something. With less room than that for each text, some are left out. */
const leastShare = 120;

/**
 * The texts in at most `limit` characters together: short ones whole, long ones cut to an equal share of what is left. When
 * there are more than could tell anything, an even choice of them is kept, and a last text says how many are left out.
 */
export function within(texts: readonly string[], limit: number): readonly string[] {
  const most = Math.max(1, Math.floor(limit / leastShare));
  if (texts.length <= most) return cutToShare(texts, limit);
  const kept = Math.max(1, most - 1);
  const chosen = Array.from({ length: kept }, (_, at) => texts[Math.floor((at * texts.length) / kept)] as string);
  const note = `(${texts.length - kept} more are left out.)`;
  return [...cutToShare(chosen, Math.max(leastShare, limit - note.length)), note];
}

function cutToShare(texts: readonly string[], limit: number): readonly string[] {
  let [room, left, share] = [limit, texts.length, limit];
  for (const length of texts.map((text) => text.length).sort((a, b) => a - b)) {
    share = Math.floor(room / left);
    if (length > share) break;
    room -= length;
    left -= 1;
  }
  return texts.map((text) => cut(text, share));
}

/** Sections of a prompt, each under its title; empty ones are left out. */
export function sections(all: readonly (readonly [title: string, text: string])[]): string {
  return all
    .filter(([, text]) => text !== "")
    .map(([title, text]) => `# ${title}\n${text}`)
    .join("\n\n");
}
