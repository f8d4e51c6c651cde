/** Where an output differs from its target, for a reader who sees neither. Values are equal if they read the same. */

import { isDeepStrictEqual } from "node:util";
import { isArrayBufferView } from "node:util/types";
import { getOrSet } from "../../util/collections.ts";
import { headOf } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import { isContainer } from "../../util/tree.ts";
import { typeName } from "../../util/type-name.ts";
import type { Judgement } from "../types.ts";
import { wrong } from "./judgement.ts";

/** Two values at the same path that differ. */
export interface ValueDifference {
  /** The keys that lead to them, such as `.items.0`; empty for the values themselves. */
  readonly path: string;
  readonly got: unknown;
  readonly expected: unknown;
}

/**
 * The first difference of an output from its target; undefined when they are equal: text character by character, NaN to
 * itself, arrays, maps and sets by their items, and anything with fields by these, whatever its class and their order.
 * An undefined field counts as missing, and -0 as 0. Cyclic and deep data are safe.
 */
export function differenceOf(output: unknown, target: unknown): ValueDifference | undefined {
  const compared = new Map<unknown, Set<unknown>>();
  const stack: ValueDifference[] = [{ path: "", got: output, expected: target }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { got, expected } = next;
    if (isSamePrimitive(got, expected) || isKnown(compared, got, expected)) continue;
    const parts = readPartsOf(next);
    if (parts === undefined) return next;
    for (const part of parts.reverse()) stack.push(part);
  }
  return undefined;
}

function isSamePrimitive(got: unknown, expected: unknown): boolean {
  return got === expected || (Number.isNaN(got) && Number.isNaN(expected));
}

/** Whether the pair was compared before, as happens in cyclic data; remembers it if not. */
function isKnown(compared: Map<unknown, Set<unknown>>, got: unknown, expected: unknown): boolean {
  if (typeof got !== "object" || typeof expected !== "object") return false;
  const known = getOrSet(compared, got, () => new Set<unknown>());
  if (known.has(expected)) return true;
  known.add(expected);
  return false;
}

/** As {@link partsOf}; what cannot be read differs from everything else. */
function readPartsOf({ got, expected, path }: ValueDifference): ValueDifference[] | undefined {
  try {
    return partsOf(got, expected, path);
  } catch {
    // A Proxy or a getter that throws.
    return undefined;
  }
}

/** The parts of two values to compare; undefined when they differ as a whole. */
function partsOf(got: unknown, expected: unknown, path: string): ValueDifference[] | undefined {
  if (typeof got !== "object" || typeof expected !== "object" || got === null || expected === null) return undefined;
  const pair = (key: string, one: unknown, other: unknown) => ({ path: `${path}.${key}`, got: one, expected: other });
  if (Array.isArray(got) || Array.isArray(expected)) {
    if (!Array.isArray(got) || !Array.isArray(expected)) return undefined;
    const length = Math.max(got.length, expected.length);
    return Array.from({ length }, (_, index) => pair(`${index}`, got[index], expected[index]));
  }
  if (got instanceof Map && expected instanceof Map) {
    return [...new Set([...expected.keys(), ...got.keys()])].map((key) =>
      pair(preview(key, 60), got.get(key), expected.get(key)),
    );
  }
  if (!hasFields(got) || !hasFields(expected)) return isSameWhole(got, expected) ? [] : undefined;
  return [...new Set([...Object.keys(expected), ...Object.keys(got)])].map((key) =>
    pair(key, own(got, key), own(expected, key)),
  );
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Records, and instances whose content is in fields: everything that a reader sees of them. */
function hasFields(value: unknown): value is Readonly<Record<string, unknown>> {
  if (isContainer(value)) return true;
  const isOther = isArrayBufferView(value) || [Map, Set, Date, Error].some((Class) => value instanceof Class);
  return !isOther && Object.keys(value as object).length > 0;
}

function isSameWhole(got: object, expected: object): boolean {
  if (got instanceof Set && expected instanceof Set) {
    const items = [...expected];
    return (
      got.size === expected.size && [...got].every((item) => items.some((one) => differenceOf(item, one) === undefined))
    );
  }
  return isDeepStrictEqual(got, expected);
}

const maxPreview = 300;

/**
 * A difference in a sentence, for cases where the expected value alone does not show it: values of different types,
 * parts of data, and texts that look the same. Undefined for two texts that clearly differ.
 */
export function differenceText({ path, got, expected }: ValueDifference): string | undefined {
  const at = path === "" ? "" : ` at ${headOf(path, maxPreview)}`;
  if (typeof got === "string" && typeof expected === "string") {
    const only = onlyIn(got, expected);
    if (only !== undefined)
      return `The output differs${at} only in ${only}: it is ${escapeText(got)}, not ${escapeText(expected)}.`;
    if (path === "") return undefined;
  }
  return `The output differs${at}: it is ${describeValue(got)}, not ${describeValue(expected)}.`;
}

/** The judgement on a wrong output, with a sentence about its difference from the target if it needs one. */
export function wrongAbout(output: unknown, target: unknown): Judgement {
  const difference = differenceOf(output, target);
  return wrong(target, difference && differenceText(difference));
}

/** How two texts that look similar differ. */
function onlyIn(got: string, expected: string): string | undefined {
  if (got.trim() === expected.trim()) return "white space at its start or end";
  const spaced = (text: string) => text.replace(/\s+/g, " ").trim();
  if (spaced(got) === spaced(expected)) return "white space";
  const plain = (text: string) => spaced(text.normalize("NFKC").replace(/\p{Cf}/gu, ""));
  if (plain(got) === plain(expected)) return "characters that look alike or cannot be seen";
  return plain(got).toLowerCase() === plain(expected).toLowerCase() ? "upper and lower case" : undefined;
}

/** A text in quotes, with every character beyond ASCII as an escape: some are invisible, some look like others. */
function escapeText(text: string): string {
  return preview(text, maxPreview).replace(/[^\x20-\x7e]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

/** A value with its type, which its text may hide: the text "42" and the number 42. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = preview(value, maxPreview);
  if (value === null || typeof value === "boolean") return text;
  const type = typeof value === "string" ? "text" : typeName(value);
  return text.startsWith(`${type} `) ? `the ${text}` : `the ${type} ${text}`;
}
