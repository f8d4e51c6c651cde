/** Finds known texts inside of others, and walks the strings of plain data. */

import { isContainer } from "../util/tree.ts";

/** A text to look for, and what it belongs to. */
export interface Needle<T> {
  readonly text: string;
  readonly owner: T;
  /** Whether it is only looked for as whole words. Default: false. */
  readonly isWord?: boolean;
}

/** A text that was found. */
export interface TextMatch<T> {
  readonly start: number;
  readonly end: number;
  readonly owner: T;
}

/** The needles in `text`, from left to right. Where several overlap, the one that begins first, or else the longest. */
export function findTexts<T>(text: string, needles: readonly Needle<T>[]): readonly TextMatch<T>[] {
  const waiting = needles.map((needle) => ({ ...needle, start: indexOf(text, needle, 0) }));
  const found: TextMatch<T>[] = [];
  for (let from = 0; ; from = (found.at(-1) as TextMatch<T>).end) {
    let first: (typeof waiting)[number] | undefined;
    for (const one of waiting) {
      if (one.start >= 0 && one.start < from) one.start = indexOf(text, one, from);
      if (one.start < 0) continue;
      const isLater = first !== undefined && (one.start > first.start || isShorter(one, first));
      if (!isLater) first = one;
    }
    if (first === undefined) return found;
    found.push({ start: first.start, end: first.start + first.text.length, owner: first.owner });
  }
}

const letter = /[\p{L}\p{N}_]/u;

function indexOf(text: string, { text: wanted, isWord = false }: Needle<unknown>, from: number): number {
  let at = text.indexOf(wanted, from);
  if (!isWord) return at;
  while (at >= 0 && (letter.test(text[at - 1] ?? "") || letter.test(text[at + wanted.length] ?? ""))) {
    at = text.indexOf(wanted, at + 1);
  }
  return at;
}

function isShorter(one: { start: number; text: string }, other: { start: number; text: string }): boolean {
  return one.start === other.start && one.text.length <= other.text.length;
}

/** `text` with what was found in it replaced. */
export function replaceFound<T>(
  text: string,
  found: readonly TextMatch<T>[],
  replace: (one: TextMatch<T>) => string,
): string {
  let [result, at] = ["", 0];
  for (const one of found) {
    result += text.slice(at, one.start) + replace(one);
    at = one.end;
  }
  return result + text.slice(at);
}

/** Calls `onString` with each string in arrays and records, at any depth. */
export function eachString(value: unknown, onString: (text: string) => void): void {
  mapStrings(value, (text) => {
    onString(text);
    return text;
  });
}

/** Data with each string replaced by what `map` makes of it. What stays the same is the same object. */
export function mapStrings<V>(value: V, map: (text: string) => string): V {
  if (typeof value === "string") return map(value) as V;
  if (!isContainer(value)) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapStrings(item, map));
    return items.every((item, index) => item === value[index]) ? value : (items as V);
  }
  const fields = Object.entries(value).map(([key, item]) => [key, item, mapStrings(item as unknown, map)] as const);
  if (fields.every(([, before, after]) => before === after)) return value;
  return Object.fromEntries(fields.map(([key, , after]) => [key, after])) as V;
}
