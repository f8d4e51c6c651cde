/** Cuts texts between characters: never between the two halves of one that UTF-16 writes as a pair. */

/** The first `limit` UTF-16 units of `text` at most; one less where that would cut a character in two. */
export function headOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return text.slice(0, splits(text, limit) ? limit - 1 : limit);
}

/** The last `limit` UTF-16 units of `text` at most; one less where that would cut a character in two. */
function tailOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const from = text.length - limit;
  return text.slice(splits(text, from) ? from + 1 : from);
}

/** `text` cut to about `limit` characters around the middle, saying how much was left out. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const size = Math.ceil(limit * 0.7);
  const [head, tail] = [headOf(text, size), tailOf(text, Math.max(0, limit - size))];
  return `${head}… (${text.length - head.length - tail.length} characters left out) …${tail}`;
}

function splits(text: string, at: number): boolean {
  return isHalf(text, at - 1, 0xd800) && isHalf(text, at, 0xdc00);
}

/** Whether a unit is the first (0xd800) or second (0xdc00) half of a pair. */
function isHalf(text: string, at: number, half: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === half;
}
