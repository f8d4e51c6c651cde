/** Operators over sets. None changes its input: each gives a new set. */

import { derive, type Node, type Nodeable } from "../node.ts";
import { operator } from "../operation.ts";

const operations = {
  toSet: operator("toSet", ["items"], "The set of the items."),
  setAdd: operator("setAdd", ["set", "item"], "The set with the item in it."),
  setRemove: operator("setRemove", ["set", "item"], "The set without the item, which must be in it."),
  setDiscard: operator("setDiscard", ["set", "item"], "The set without the item, if it was in it."),
  setClear: operator("setClear", ["set"], "An empty set instead of the given one."),
  union: operator("union", ["x", "y"], "What is in x or y."),
  intersection: operator("intersection", ["x", "y"], "What is in both x and y."),
  symmetricDifference: operator("symmetricDifference", ["x", "y"], "What is in one of x and y, but not in both."),
};

/** The set of the items. */
export function toSet<T>(items: Nodeable<Iterable<T>>): Node<Set<T>> {
  return derive(operations.toSet, (all: Iterable<T>) => new Set(all), [items]) as Node<Set<T>>;
}

/** The set with the item in it. */
export function setAdd<T>(set: Nodeable<ReadonlySet<T>>, item: Nodeable<T>): Node<Set<T>> {
  return derive(operations.setAdd, (items: Set<T>, value: T) => new Set(items).add(value), [set, item]) as Node<Set<T>>;
}

function without<T>(items: ReadonlySet<T>, value: T): Set<T> {
  return new Set([...items].filter((other) => !Object.is(other, value)));
}

/** The set without the item; the call fails when the item is not in it. */
export function setRemove<T>(set: Nodeable<ReadonlySet<T>>, item: Nodeable<T>): Node<Set<T>> {
  const fn = (items: ReadonlySet<T>, value: T) => {
    if (!items.has(value)) throw new RangeError("The set does not hold the item to remove.");
    return without(items, value);
  };
  return derive(operations.setRemove, fn, [set, item]) as Node<Set<T>>;
}

/** The set without the item, if it was in it. */
export function setDiscard<T>(set: Nodeable<ReadonlySet<T>>, item: Nodeable<T>): Node<Set<T>> {
  return derive(operations.setDiscard, without<T>, [set, item]) as Node<Set<T>>;
}

/** An empty set instead of the given one. */
export function setClear<T>(set: Nodeable<ReadonlySet<T>>): Node<Set<T>> {
  return derive(operations.setClear, () => new Set<T>(), [set]) as Node<Set<T>>;
}

/** What is in `x` or `y`. */
export function union<T>(x: Nodeable<ReadonlySet<T>>, y: Nodeable<ReadonlySet<T>>): Node<Set<T>> {
  return derive(operations.union, (a: Set<T>, b: Set<T>) => new Set([...a, ...b]), [x, y]) as Node<Set<T>>;
}

/** What is in both `x` and `y`. */
export function intersection<T>(x: Nodeable<ReadonlySet<T>>, y: Nodeable<ReadonlySet<T>>): Node<Set<T>> {
  const fn = (a: Set<T>, b: Set<T>) => new Set([...a].filter((item) => b.has(item)));
  return derive(operations.intersection, fn, [x, y]) as Node<Set<T>>;
}

/** What is in one of `x` and `y`, but not in both. */
export function symmetricDifference<T>(x: Nodeable<ReadonlySet<T>>, y: Nodeable<ReadonlySet<T>>): Node<Set<T>> {
  const fn = (a: Set<T>, b: Set<T>) => new Set([...a, ...b].filter((item) => a.has(item) !== b.has(item)));
  return derive(operations.symmetricDifference, fn, [x, y]) as Node<Set<T>>;
}
