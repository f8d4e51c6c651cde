/** Operators over arrays. None changes its input: each gives a new array. */

import { isDeepStrictEqual } from "node:util";
import { derive, type Node, type Nodeable } from "../node.ts";
import { operator } from "../operation.ts";

const operations = {
  list: operator("list", ["item"], "An array of the items.", true),
  toList: operator("toList", ["x"], "The items of x as an array: of text its characters, of a record its keys."),
  append: operator("append", ["list", "item"], "The list with the item at its end."),
  extend: operator("extend", ["list", "items"], "The list followed by the items."),
  insert: operator("insert", ["list", "index", "item"], "The list with the item put in before the index."),
  removeAt: operator("removeAt", ["list", "index"], "The list without the item at the index."),
  remove: operator("remove", ["list", "item"], "The list without the first item equal to the given one."),
  clear: operator("clear", ["list"], "An empty list instead of the given one."),
  reverse: operator("reverse", ["list"], "The list in the other order."),
  sort: operator("sort", ["list"], "The list from its smallest item to its largest."),
  slice: operator("slice", ["list", "start", "end"], "The items from start up to, but without, end."),
};

/** An array of the items: several nodes into one. */
export function makeList<T>(...items: readonly Nodeable<T>[]): Node<T[]> {
  return derive(operations.list, (...values: T[]) => values, items) as Node<T[]>;
}

/** The items of `x` as an array: of text its characters, of a set or array its items, of a map or record its keys. */
export function toList<T>(x: Nodeable<Iterable<T> | Readonly<Record<string, unknown>>>): Node<T[]> {
  const fn = (value: Iterable<T> | Readonly<Record<string, unknown>>) => {
    if (value instanceof Map) return [...value.keys()];
    return Symbol.iterator in Object(value) ? [...(value as Iterable<T>)] : Object.keys(value);
  };
  return derive(operations.toList, fn, [x]) as Node<T[]>;
}

/** The list with the item at its end. */
export function append<T>(list: Nodeable<readonly T[]>, item: Nodeable<T>): Node<T[]> {
  return derive(operations.append, (items: T[], value: T) => [...items, value], [list, item]) as Node<T[]>;
}

/** The list followed by the items. */
export function extend<T>(list: Nodeable<readonly T[]>, items: Nodeable<readonly T[]>): Node<T[]> {
  return derive(operations.extend, (first: T[], second: T[]) => [...first, ...second], [list, items]) as Node<T[]>;
}

/** The list with the item put in before `index`; a negative index counts from the end. */
export function insert<T>(list: Nodeable<readonly T[]>, index: Nodeable<number>, item: Nodeable<T>): Node<T[]> {
  const fn = (items: T[], at: number, value: T) => items.toSpliced(at, 0, value);
  return derive(operations.insert, fn, [list, index, item]) as Node<T[]>;
}

/** The list without the item at `index`, by default the last; a negative index counts from the end. */
export function removeAt<T>(list: Nodeable<readonly T[]>, index: Nodeable<number> = -1): Node<T[]> {
  return derive(operations.removeAt, (items: T[], at: number) => items.toSpliced(at, 1), [list, index]) as Node<T[]>;
}

/** The list without the first item equal to the given one; the call fails when there is none. */
export function remove<T>(list: Nodeable<readonly T[]>, item: Nodeable<T>): Node<T[]> {
  const fn = (items: T[], value: T) => {
    const at = items.findIndex((other) => isDeepStrictEqual(other, value));
    if (at < 0) throw new RangeError("The list does not hold the item to remove.");
    return items.toSpliced(at, 1);
  };
  return derive(operations.remove, fn, [list, item]) as Node<T[]>;
}

/** An empty list instead of the given one. */
export function clear<T>(list: Nodeable<readonly T[]>): Node<T[]> {
  return derive(operations.clear, (): T[] => [], [list]) as Node<T[]>;
}

/** The list in the other order. */
export function reverse<T>(list: Nodeable<readonly T[]>): Node<T[]> {
  return derive(operations.reverse, (items: T[]) => items.toReversed(), [list]) as Node<T[]>;
}

/** The list from its smallest item to its largest, as `<` orders them (numbers by size, text by code units). */
export function sort<T extends number | string | bigint | Date>(list: Nodeable<readonly T[]>): Node<T[]> {
  const order = (a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);
  return derive(operations.sort, (items: T[]) => items.toSorted(order), [list]) as Node<T[]>;
}

/** The items from `start` up to, but without, `end`; negative ones count from the end. Works on text too. */
export function slice<T extends string | readonly unknown[]>(
  list: Nodeable<T>,
  start: Nodeable<number>,
  end?: Nodeable<number>,
): Node<T> {
  const fn = (items: T, from: number, to?: number) => items.slice(from, to);
  return derive(operations.slice, fn, end === undefined ? [list, start] : [list, start, end]) as Node<T>;
}
