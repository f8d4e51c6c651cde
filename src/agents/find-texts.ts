/** Finds known texts inside of others, and walks the strings of plain data. */

import type { SplitText } from "../nodes/placeholders.ts";
import { isContainer } from "../util/tree.ts";

/** A text to look for, and what it belongs to. */
export interface Needle<T> {
  readonly text: string;
  readonly owner: T;
  /** Whether it is only looked for as whole words. Default: false. */
  readonly isWord?: boolean;
  /** Whether it only counts where it is all of a text. Default: false. */
  readonly isWhole?: boolean;
  /** The text at its placeholders, for which anything may stand. Default: it is looked for as it is. */
  readonly split?: SplitText | undefined;
  /** Texts that are looked for one after the other, with the same words between any two, in place of `text`. */
  readonly items?: readonly string[] | undefined;
}

/** From where to where a text is. */
interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** What stands for a placeholder. */
interface TextGap extends TextRange {
  readonly name: string;
}

/** Where a text is. */
interface TextSpan extends TextRange {
  /** What stands for its placeholders, from left to right, each as short as it can be. */
  readonly gaps: readonly TextGap[];
  /** The same, each as long as it can be: other ones where a value holds the words behind it. */
  readonly longGaps: readonly TextGap[];
  /** What is between its items. */
  readonly separator?: string;
}

/** A text that was found. */
export interface TextMatch<T> extends TextSpan {
  readonly owner: T;
}

/** The needles in `text`, from left to right. Where several overlap, the one that begins first, or else the longest. */
export function findTexts<T>(text: string, needles: readonly Needle<T>[]): readonly TextMatch<T>[] {
  const waiting = needles.map((needle) => ({ needle, span: spanOf(text, needle, 0) }));
  const found: TextMatch<T>[] = [];
  for (let from = 0; ; from = (found.at(-1) as TextMatch<T>).end) {
    let first: TextMatch<T> | undefined;
    for (const one of waiting) {
      if (one.span !== undefined && one.span.start < from) one.span = spanOf(text, one.needle, from);
      if (one.span !== undefined && isBefore(one.span, first)) first = { ...one.span, owner: one.needle.owner };
    }
    if (first === undefined) return found;
    found.push(first);
  }
}

function isBefore(one: TextSpan, other: TextSpan | undefined): boolean {
  return other === undefined || one.start < other.start || (one.start === other.start && one.end > other.end);
}

/** Where `needle` is for the first time, from a place on. */
function spanOf(text: string, needle: Needle<unknown>, from: number): TextSpan | undefined {
  if (needle.split !== undefined) return filledSpan(text, needle.split, from);
  if (needle.items !== undefined) return spanOfItems(text, needle.items, from);
  const start = indexOf(text, needle, from);
  return start < 0 ? undefined : { start, end: start + needle.text.length, gaps: [], longGaps: [] };
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

/** What may be between two items: a few words, without numbers, which would not go on by themselves. */
const separators = /^[^\p{N}]{0,40}$/u;

/** Items that are joined by the same separator. */
function spanOfItems(text: string, items: readonly string[], from: number): TextSpan | undefined {
  const [head = "", next = ""] = items;
  for (let start = text.indexOf(head, from); start >= 0; start = text.indexOf(head, start + 1)) {
    const behind = text.indexOf(next, start + head.length);
    if (behind < 0) return undefined;
    const separator = text.slice(start + head.length, behind);
    const whole = items.join(separator);
    if (!separators.test(separator) || !text.startsWith(whole, start)) continue;
    return { start, end: start + whole.length, gaps: [], longGaps: [], separator };
  }
  return undefined;
}

/** A text whose placeholders are filled in: the parts between them in turn, each as early as it is there. */
function filledSpan(text: string, { literals, names }: SplitText, from: number): TextSpan | undefined {
  const [head = "", ...rest] = literals;
  // Where it begins with a placeholder, that is all before the first part.
  if (head === "" && from > 0) return undefined;
  const first = text.indexOf(head, from);
  if (first < 0) return undefined;
  const end = rest[0] === undefined || rest[0] === "" ? -1 : text.indexOf(rest[0], first + head.length);
  // The nearest beginning, so that no value holds another one.
  const start = head === "" || end < 0 ? first : text.lastIndexOf(head, end - head.length);
  const gaps: TextGap[] = [];
  let at = start + head.length;
  for (const [index, literal] of rest.entries()) {
    const isEnd = literal === "" && index === rest.length - 1;
    const next = isEnd ? text.length : text.indexOf(literal, at);
    if (next < 0) return undefined;
    gaps.push({ name: names[index] as string, start: at, end: next });
    at = next + literal.length;
  }
  return { start, end: at, gaps, longGaps: longGapsIn(text, gaps, { start, end: at }, literals) };
}

/** The gaps of a span, with the parts between them each as late as it is there. */
function longGapsIn(
  text: string,
  gaps: readonly TextGap[],
  { start, end }: TextRange,
  literals: readonly string[],
): readonly TextGap[] {
  let at = end - (literals.at(-1) as string).length;
  const found: TextGap[] = [];
  for (const [index, { name }] of [...gaps.entries()].reverse()) {
    const literal = literals[index] as string;
    const from = index === 0 ? start : text.lastIndexOf(literal, at - literal.length);
    found.unshift({ name, start: from + literal.length, end: at });
    at = from;
  }
  return found;
}

/** What stands in `text` for the placeholders of a text that was found, by their names: the first of each. */
export function valuesIn(text: string, gaps: TextSpan["gaps"]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { name, start, end } of gaps) if (!values.has(name)) values.set(name, text.slice(start, end));
  return values;
}

/** `text` with what was found in it replaced. */
export function replaceFound<S extends TextRange>(
  text: string,
  found: readonly S[],
  replace: (one: S) => string,
): string {
  let [result, at] = ["", 0];
  for (const one of found) {
    result += text.slice(at, one.start) + replace(one);
    at = one.end;
  }
  return result + text.slice(at);
}

/** Whether an item of an array or a record, under this key, is left out. */
type IsLeftOut = (item: unknown, key: string) => boolean;

/** Calls `onString` with each string in arrays and records, at any depth. */
export function eachString(value: unknown, onString: (text: string) => void, isLeftOut: IsLeftOut = () => false): void {
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === "string") onString(next);
    else if (isContainer(next) && !seen.has(next)) {
      seen.add(next);
      // The last one is taken first.
      for (const [key, item] of Object.entries(next).reverse()) if (!isLeftOut(item, key)) waiting.push(item);
    }
  }
}

/** No program writes its texts deeper than that; a model may nest what it writes deeper than the stack is. */
const maxLevels = 500;

/** Data with each string replaced by what `map` makes of it. What stays the same is the same object. */
export function mapStrings<V>(value: V, map: (text: string) => string, isLeftOut?: IsLeftOut): V {
  return mapLevel(value, { map, isLeftOut }, 0) as V;
}

interface StringMap {
  readonly map: (text: string) => string;
  readonly isLeftOut: IsLeftOut | undefined;
}

function mapLevel(value: unknown, how: StringMap, level: number): unknown {
  if (typeof value === "string") return how.map(value);
  if (!isContainer(value) || level > maxLevels) return value;
  const mapItem = (item: unknown, key: string) =>
    how.isLeftOut?.(item, key) === true ? item : mapLevel(item, how, level + 1);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => mapItem(item, String(index)));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const fields = Object.entries(value).map(([key, item]) => [key, item as unknown, mapItem(item, key)] as const);
  if (fields.every(([, before, after]) => before === after)) return value;
  return Object.fromEntries(fields.map(([key, , after]) => [key, after]));
}
