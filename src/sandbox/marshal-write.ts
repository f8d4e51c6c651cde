/**
 * Writes a value as JSON text. What plain JSON does not hold goes through marshal-pack.ts. The functions run on both
 * sides of the border, so each uses only its arguments and its siblings of this file: they are handed over as text.
 */
import type { PackBudget, RealmTools, SourceText, Tools } from "./marshal-tools.ts";

/** The outcome of encoding: the text, or what is wrong and where. */
export type Encoded = { readonly text: string; readonly problem?: undefined } | { readonly problem: string };

/** True when JSON holds `value` exactly; says no, too, to what is too deep or too large. Calls nothing of `value`'s. */
function isPlain(t: RealmTools, value: unknown, depth: number, budget: PackBudget): boolean {
  if (typeof value === "string") return (budget.chars -= value.length) >= 0;
  if (typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return value - value === 0 && (value !== 0 || 1 / value > 0);
  if (typeof value !== "object" || depth > t.maxDepth || t.isProxy(value) || t.symbols(value).length > 0) return false;
  if (t.isArray(value)) return isPlainList(t, value, depth, budget);
  if (t.protoOf(value) !== t.objectProto) return false;
  const keys = t.keys(value);
  if ((budget.left -= keys.length) < 0 || t.names(value).length !== keys.length) return false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if ((budget.chars -= key.length) < 0 || t.apply(t.lookupGetter, value, [key]) !== undefined) return false;
    if (!isPlain(t, (value as Record<string, unknown>)[key], depth + 1, budget)) return false;
  }
  return true;
}

function isPlainList(t: RealmTools, list: unknown[], depth: number, budget: PackBudget): boolean {
  const { length } = list;
  if (t.protoOf(list) !== t.arrayProto || (budget.left -= length) < 0) return false;
  for (let i = 0; i < length; i++) {
    if (i < t.maxItems && t.apply(t.lookupGetter, list, [i]) !== undefined) return false;
    if (!isPlain(t, list[i], depth + 1, budget)) return false;
  }
  return t.extraNames(list, length).length === 0;
}

/**
 * Gives the text of a value, or what is wrong with it; throws only what reading the value throws, which on the host is
 * nothing.
 */
export function encodeWith(t: Tools, value: unknown, label: string, maxLength: number): Encoded {
  // The reader allows as many values for a text of this length.
  const most = maxLength / 16;
  const plain: PackBudget = { left: most, chars: maxLength };
  let text = isPlain(t, value, 0, plain) ? t.stringify(value) : "";
  if (text === "" || t.apply(t.includes, text, [t.mark]) === true) {
    const packed = t.pack(t, value, label, { left: most, chars: maxLength });
    if (packed.problem !== undefined) return { problem: packed.problem };
    text = t.stringify(packed.json);
  }
  if (text.length <= maxLength) return { text };
  return { problem: `${label} is ${text.length} characters as JSON; at most ${maxLength} may pass` };
}

/** The text of the functions of this file, and the name of the one that encodes. */
export function writerText(): SourceText {
  return { text: [isPlain, isPlainList, encodeWith].join("\n"), entry: encodeWith.name };
}
