/** Arrays and records as trees: look for leaves of a kind in them, and replace those leaves, whatever the depth. */

import { TracegradError } from "./errors.ts";

/** True for arrays and plain records: what is looked into. Maps, sets, class instances and the like are leaves. */
export function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** True when `isLeaf` holds for something inside `value`. Has a stack of its own, so deep and cyclic data are safe. */
export function holds(value: object, isLeaf: (item: unknown) => boolean): boolean {
  if (!isContainer(value)) return false;
  const stack: object[] = [value];
  let seen: Set<object> | undefined;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const item of Array.isArray(next) ? next : Object.values(next)) {
      // Most data are primitives: they are passed over before anything is called.
      if (typeof item !== "object" || item === null) continue;
      if (isLeaf(item)) return true;
      if (!isContainer(item)) continue;
      seen ??= new Set([value]);
      if (seen.has(item)) continue;
      seen.add(item);
      stack.push(item);
    }
  }
  return false;
}

/** What {@link replaceLeaves} asks for: which items are leaves, and what to put in the place of one found at `path`. */
export interface Replacement {
  readonly isLeaf: (item: unknown) => boolean;
  readonly replace: (leaf: unknown, path: string) => unknown;
}

/**
 * A copy of `value` with its leaves replaced. Paths are joined by `_`: the first item of field `a` is `a_0`.
 * @throws TracegradError `cyclic-input` when the data refer to themselves.
 */
export function replaceLeaves(value: unknown, how: Replacement, path = "", above: readonly object[] = []): unknown {
  if (how.isLeaf(value)) return how.replace(value, path);
  if (!isContainer(value)) return value;
  if (above.includes(value)) {
    throw new TracegradError(
      "cyclic-input",
      `An argument with nodes inside refers to itself at "${path}". Break the cycle.`,
    );
  }
  const inside = [...above, value];
  const at = (key: string | number) => (path === "" ? String(key) : `${path}_${key}`);
  if (Array.isArray(value)) return value.map((item, index) => replaceLeaves(item, how, at(index), inside));
  const fields = Object.entries(value).map(([key, item]) => [key, replaceLeaves(item, how, at(key), inside)]);
  return Object.fromEntries(fields);
}
