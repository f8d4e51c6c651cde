/** Where two JSON values differ, by path. */

import { stableStringify } from "./json.ts";
import { isPlainKey, stepText } from "./path-text.ts";

/** Two values at the same path that differ. */
export interface JsonDifference {
  /** Such as `template.size` or `list[0]`; empty for the whole values. Keys that are not identifiers are quoted. */
  readonly path: string;
  /** Undefined where the path does not exist. */
  readonly before: unknown;
  readonly after: unknown;
}

/** All differences, with the keys of records in alphabetical order; none for equal values. */
export function jsonDifferences(before: unknown, after: unknown, path = ""): readonly JsonDifference[] {
  if (isSame(before, after)) return [];
  const both = isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after);
  if (!both) return [{ path, before, after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (!Array.isArray(before)) keys.sort();
  return keys.flatMap((key) => {
    const inner = Array.isArray(before) ? `${path}[${key}]` : `${path}${segmentOf(key, path)}`;
    return jsonDifferences(ownField(before, key), ownField(after, key), inner);
  });
}

function isSame(before: unknown, after: unknown): boolean {
  if (before === undefined || after === undefined) return before === after;
  return stableStringify(before) === stableStringify(after);
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function ownField(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

function segmentOf(key: string, path: string): string {
  return path === "" && isPlainKey(key) ? key : stepText(key);
}
