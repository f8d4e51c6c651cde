/**
 * Arrays, records, maps and sets as trees: look for leaves of a kind in them, and replace those leaves, whatever the
 * depth.
 */

import { isMap, isProxy, isSet } from "node:util/types";

/** True for arrays and plain records. Not for maps, sets and class instances, and what cannot be read. */
export function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  try {
    if (Array.isArray(value)) return true;
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    // A Proxy that throws.
    return false;
  }
}

/**
 * True for what is looked into: arrays, plain records, maps and sets. Instances of other classes are not, nor is what
 * cannot be read.
 */
function isSearched(value: object): boolean {
  try {
    if (Array.isArray(value)) return true;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return true;
    return (prototype === Map.prototype && isMap(value)) || (prototype === Set.prototype && isSet(value));
  } catch {
    // A Proxy that throws.
    return false;
  }
}

/** Says of an object that is not looked into whether it is a leaf. */
type IsLeaf = (item: object) => boolean;

/**
 * True when `isLeaf` holds for something inside `value`, or for itself. Uses its own stack, so deep and cyclic data
 * are safe; parts that throw when they are read (a getter, a Proxy) count as without leaves.
 */
export function holds(value: unknown, isLeaf: IsLeaf): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isSearched(value) ? hasLeaf(value, isLeaf) : isReadableLeaf(value, isLeaf);
}

function isReadableLeaf(item: object, isLeaf: IsLeaf): boolean {
  try {
    return isLeaf(item);
  } catch {
    return false;
  }
}

function hasLeaf(value: object, isLeaf: IsLeaf): boolean {
  const stack: object[] = [value];
  let seen: Set<object> | undefined;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const item of partsOf(next)) {
      // Most data are primitives: they are passed over before anything is called.
      if (typeof item !== "object" || item === null) continue;
      if (isSearched(item)) {
        seen ??= new Set([value]);
        if (seen.has(item)) continue;
        seen.add(item);
        stack.push(item);
      } else if (isReadableLeaf(item, isLeaf)) return true;
    }
  }
  return false;
}

/** The parts of what is looked into; none of what throws when it is read. */
function partsOf(value: object): readonly unknown[] {
  try {
    // A Proxy may throw at any item.
    if (Array.isArray(value)) return isProxy(value) ? [...value] : value;
    if (value instanceof Map) return [...value.keys(), ...value.values()];
    return value instanceof Set ? [...value] : Object.values(value);
  } catch {
    return [];
  }
}

/** What {@link replaceLeaves} needs: which items are leaves, and what replaces one found at `path`. */
export interface Replacement {
  readonly isLeaf: IsLeaf;
  readonly replace: (leaf: object, path: string) => unknown;
}

/**
 * A copy of `value` with its leaves replaced, cycles and shared parts included; parts without leaves stay the same
 * objects. Paths are joined by `_`, from `path` on: the first item of field `a` is `a_0`, the first key of a map in it
 * `a_key_0`. Linear, with its own stacks, so deep data are safe.
 */
export function replaceLeaves(value: unknown, how: Replacement, path = ""): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (!isSearched(value)) return isReadableLeaf(value, how.isLeaf) ? how.replace(value, path) : value;
  const holders = holdersIn(value, how.isLeaf);
  if (!holders.has(value)) return value;
  const copies = new Map<object, object>([[value, emptyLike(value)]]);
  // A queue, which grows while it is walked: leaves come in the order of their places, the outer ones first.
  const queue: { readonly source: object; readonly above: string }[] = [{ source: value, above: path }];
  for (const { source, above } of queue) {
    fill(copies.get(source) as object, source, (item, label) => {
      if (typeof item !== "object" || item === null) return item;
      const at = above === "" ? label : `${above}_${label}`;
      if (!isSearched(item)) return isReadableLeaf(item, how.isLeaf) ? how.replace(item, at) : item;
      if (!holders.has(item)) return item;
      if (!copies.has(item)) {
        copies.set(item, emptyLike(item));
        queue.push({ source: item, above: at });
      }
      return copies.get(item);
    });
  }
  return copies.get(value);
}

/** The parts inside `root`, itself included, that have a leaf somewhere below them. */
function holdersIn(root: object, isLeaf: IsLeaf): Set<object> {
  const above = new Map<object, object[]>([[root, []]]);
  const holders = new Set<object>();
  const stack: object[] = [root];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const item of partsOf(next)) {
      if (typeof item !== "object" || item === null) continue;
      if (isSearched(item)) {
        const known = above.get(item);
        if (known !== undefined) known.push(next);
        else {
          above.set(item, [next]);
          stack.push(item);
        }
      } else if (isReadableLeaf(item, isLeaf)) holders.add(next);
    }
  }
  // A set gives items that are added while it is walked, too.
  for (const holder of holders) for (const container of above.get(holder) ?? []) holders.add(container);
  return holders;
}

function emptyLike(source: object): object {
  if (Array.isArray(source)) return new Array(source.length);
  if (source instanceof Map) return new Map();
  return source instanceof Set ? new Set() : Object.create(Object.getPrototypeOf(source));
}

/** Puts the parts of `source` into `copy` as `replaced` makes them, which is given the label of each. */
function fill(copy: object, source: object, replaced: (item: unknown, label: string) => unknown): void {
  if (source instanceof Map) {
    for (const [index, [key, item]] of [...source].entries()) {
      const isObject = typeof key === "object" || typeof key === "function";
      (copy as Map<unknown, unknown>).set(
        replaced(key, `key_${index}`),
        replaced(item, isObject ? String(index) : String(key)),
      );
    }
  } else if (source instanceof Set) {
    for (const [index, item] of [...source].entries()) (copy as Set<unknown>).add(replaced(item, String(index)));
  } else {
    for (const [key, item] of Object.entries(source)) put(copy, key, replaced(item, key));
  }
}

/** Defines instead of assigning, because assigning `__proto__` would change the prototype. */
function put(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
