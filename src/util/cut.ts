/** Cuts texts between characters: never between the two halves of one that UTF-16 writes as a pair. */

/** The first `limit` UTF-16 units of `text` at most; one less where that would cut a character in two. */
export function headOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return text.slice(0, splits(text, limit) ? limit - 1 : limit);
}

/** The last `limit` UTF-16 units of `text` at most; one less where that would cut a character in two. */
export function endOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const from = text.length - limit;
  return text.slice(splits(text, from) ? from + 1 : from);
}

/** `text` cut to about `limit` characters around the middle, saying how much was left out. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const size = Math.ceil(limit * 0.7);
  const [head, tail] = [headOf(text, size), endOf(text, Math.max(0, limit - size))];
  return `${head}… (${text.length - head.length - tail.length} characters left out) …${tail}`;
}

/** Characters that a cut text needs to say how much was left out. */
const noteLength = 40;

/** `text` in at most `limit` characters, cut around its middle. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return limit <= 2 * noteLength ? headOf(text, Math.max(0, limit)) : shorten(text, limit - noteLength);
}

/**
 * The texts in at most `limit` characters together: short ones whole, long ones cut to an equal share of what is left.
 */
export function cutToShare(texts: readonly string[], limit: number): readonly string[] {
  let [room, left, share] = [limit, texts.length, limit];
  for (const length of texts.map((text) => text.length).sort((a, b) => a - b)) {
    share = Math.floor(room / left);
    if (length > share) break;
    room -= length;
    left -= 1;
  }
  return texts.map((text) => cut(text, share));
}

/** Up to `most` of the items, chosen evenly. */
export function evenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)] as T);
}

/** The shortest piece that still tells something. With less room than that for each text, some are left out. */
const leastShare = 120;

/**
 * As {@link cutToShare}. When there are more texts than could tell anything, an even choice of them is kept, and a last
 * text says how many are left out.
 */
export function within(texts: readonly string[], limit: number): readonly string[] {
  const most = Math.max(1, Math.floor(limit / leastShare));
  if (texts.length <= most) return cutToShare(texts, limit);
  const chosen = evenly(texts, Math.max(1, most - 1));
  const note = `(${leftOutText(texts.length - chosen.length, "more", "more")})`;
  return [...cutToShare(chosen, Math.max(leastShare, limit - note.length)), note];
}

/** Says how many are left out: `1 more is left out.`, `3 more are left out.` */
export function leftOutText(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `1 ${one} is left out.` : `${count} ${many} are left out.`;
}

function splits(text: string, at: number): boolean {
  return isHalf(text, at - 1, 0xd800) && isHalf(text, at, 0xdc00);
}

/** Whether a unit is the first (0xd800) or second (0xdc00) half of a pair. */
function isHalf(text: string, at: number, half: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === half;
}
