/** Operators over records and maps, and those that read anything with parts. None changes its input. */

import { derive, type Node, type Nodeable } from "../node.ts";
import { operator } from "../operation.ts";
import { type Unary, unary } from "./define.ts";

/** A record of any fields. */
export type RecordFields = Readonly<Record<string, unknown>>;

const operations = {
  get: operator(
    "get",
    ["x", "key", "otherwise"],
    "The value of x under the key, or the otherwise value if it has none.",
  ),
  merge: operator("merge", ["record", "changes"], "The record with the fields of changes put over its own."),
  omit: operator("omit", ["record", "key"], "The record without the field of that name."),
  popEntry: operator("popEntry", ["record"], "The last entry of the record, and the record without it."),
  toRecord: operator("toRecord", ["entries"], "A record of the [key, value] entries."),
  clone: operator("clone", ["x"], "A copy of x."),
  identity: operator("identity", ["x"], "x itself."),
  call: operator("call", ["fn", "args"], "What fn gives for the arguments.", true),
};

/** The value of `x` under `key` (a record field, an array index, a map key), or `otherwise` if there is none. */
export function get<T, K extends keyof T>(x: Nodeable<T>, key: Nodeable<K>): Node<T[K]>;
/** The same, with a value for when there is none. */
export function get<T, K extends keyof T, D>(
  x: Nodeable<T>,
  key: Nodeable<K>,
  otherwise: Nodeable<D>,
): Node<NonNullable<T[K]> | D>;
export function get(x: unknown, key: unknown, ...otherwise: readonly unknown[]): Node {
  const fn = (value: unknown, at: PropertyKey, fallback?: unknown) => {
    const found = value instanceof Map ? value.get(at) : (value as Record<PropertyKey, unknown>)[at];
    return found === undefined ? fallback : found;
  };
  return derive(operations.get, fn, [x, key, ...otherwise]) as Node;
}

/** A record of the fields: several nodes into one. */
export function makeRecord<T extends Readonly<Record<string, unknown>>>(
  fields: {
    readonly [K in keyof T]: Nodeable<T[K]>;
  },
): Node<T> {
  const names = Object.keys(fields);
  const operation = operator("record", names, "A record of the fields.");
  const fn = (...values: unknown[]) => Object.fromEntries(names.map((name, index) => [name, values[index]]));
  return derive(operation, fn, Object.values(fields)) as Node<T>;
}

/** How many parts x has: characters, items, entries, fields. */
export const size: Unary<
  string | readonly unknown[] | ReadonlySet<unknown> | ReadonlyMap<unknown, unknown> | RecordFields,
  number
> = unary("size", "How many parts x has.", (x) => {
  if (typeof x === "string" || Array.isArray(x)) return x.length;
  return x instanceof Set || x instanceof Map ? x.size : Object.keys(x).length;
});

/** The keys of a record or map. */
export const keys: Unary<RecordFields | ReadonlyMap<string, unknown>, string[]> = unary(
  "keys",
  "The keys of x.",
  (x) => (x instanceof Map ? [...x.keys()] : Object.keys(x)),
);

/** The values of a record or map. */
export const values: Unary<RecordFields | ReadonlyMap<string, unknown>, unknown[]> = unary(
  "values",
  "The values of x.",
  (x) => (x instanceof Map ? [...x.values()] : Object.values(x)),
);

/** The entries of a record or map, as [key, value] pairs. */
export const entries: Unary<RecordFields | ReadonlyMap<string, unknown>, [string, unknown][]> = unary(
  "entries",
  "The [key, value] entries of x.",
  (x) => (x instanceof Map ? [...x] : Object.entries(x)),
);

/** A record of `[key, value]` entries. */
export function toRecord<T>(entries: Nodeable<readonly (readonly [string, T])[]>): Node<Record<string, T>> {
  return derive(operations.toRecord, Object.fromEntries, [entries]) as Node<Record<string, T>>;
}

/** The record with the fields of `changes` put over its own. */
export function merge<A extends RecordFields, B extends RecordFields>(
  record: Nodeable<A>,
  changes: Nodeable<B>,
): Node<Omit<A, keyof B> & B> {
  return derive(operations.merge, (a: A, b: B) => ({ ...a, ...b }), [record, changes]) as Node<Omit<A, keyof B> & B>;
}

/** The record without the field `key`. */
export function omit<A extends RecordFields, K extends keyof A & string>(
  record: Nodeable<A>,
  key: Nodeable<K>,
): Node<Omit<A, K>> {
  const fn = (fields: A, name: K) => Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name));
  return derive(operations.omit, fn, [record, key]) as Node<Omit<A, K>>;
}

/** The last entry of the record, and the record without it; the call fails when it is empty. */
export function popEntry<T>(
  record: Nodeable<Readonly<Record<string, T>>>,
): Node<{ entry: [string, T]; rest: Record<string, T> }> {
  const fn = (fields: Record<string, T>) => {
    const all = Object.entries(fields);
    const entry = all.at(-1);
    if (entry === undefined) throw new RangeError("The record is empty.");
    return { entry, rest: Object.fromEntries(all.slice(0, -1)) };
  };
  return derive(operations.popEntry, fn, [record]) as Node<{ entry: [string, T]; rest: Record<string, T> }>;
}

/** A copy of `x`, as `structuredClone` makes it. */
export function clone<T>(x: Nodeable<T>): Node<T> {
  return derive(operations.clone, (value: T) => structuredClone(value), [x]) as Node<T>;
}

/** `x` itself, as a separate node: a new place for feedback or a name. */
export function identity<T>(x: Nodeable<T>): Node<T> {
  return derive(operations.identity, (value: T) => value, [x]) as Node<T>;
}

/** What the function in `fn` gives for the arguments. */
export function call<A extends unknown[], R>(
  fn: Nodeable<(...args: A) => R>,
  ...args: { [K in keyof A]: Nodeable<A[K]> }
): Node<R> {
  return derive(operations.call, (f: (...given: A) => R, ...given: A) => f(...given), [fn, ...args]) as Node<R>;
}
