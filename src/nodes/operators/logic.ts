/** Operators that compare and decide. A condition on a node must be one of these: `if (node)` is always true. */

import { isDeepStrictEqual } from "node:util";
import { textOf } from "../../util/as-text.ts";
import { derive, type Node, type Nodeable } from "../node.ts";
import { operator } from "../operation.ts";
import { type Binary, binary, type Unary, unary } from "./define.ts";

/** What has an order. */
export type Ordered = number | string | bigint | Date;

/** Whether x is less than y. */
export const lt: Binary<Ordered, Ordered, boolean> = binary("lt", "Whether x is less than y.", (x, y) => x < y);
/** Whether x is at most y. */
export const le: Binary<Ordered, Ordered, boolean> = binary("le", "Whether x is at most y.", (x, y) => x <= y);
/** Whether x is greater than y. */
export const gt: Binary<Ordered, Ordered, boolean> = binary("gt", "Whether x is greater than y.", (x, y) => x > y);
/** Whether x is at least y. */
export const ge: Binary<Ordered, Ordered, boolean> = binary("ge", "Whether x is at least y.", (x, y) => x >= y);
/** Whether x and y have the same value, arrays and records by their contents. */
export const eq: Binary<unknown, unknown, boolean> = binary(
  "eq",
  "Whether x and y have the same value.",
  isDeepStrictEqual,
);
/** Whether x and y have different values, arrays and records by their contents. */
export const neq: Binary<unknown, unknown, boolean> = binary(
  "neq",
  "Whether x and y have different values.",
  (x, y) => !isDeepStrictEqual(x, y),
);
/** Whether x and y are the same thing, objects by identity. */
export const is: Binary<unknown, unknown, boolean> = binary("is", "Whether x and y are the same thing.", Object.is);
/** Whether x and y are different things, objects by identity. */
export const isNot: Binary<unknown, unknown, boolean> = binary(
  "isNot",
  "Whether x and y are different things.",
  (x, y) => !Object.is(x, y),
);
/** The opposite of x as a condition. */
export const not: Unary<unknown, boolean> = unary("not", "The opposite of x as a condition.", (x) => !x);

const inOperation = operator("in", ["item", "container"], "Whether the container holds the item.");
const notInOperation = operator("notIn", ["item", "container"], "Whether the container does not hold the item.");
const andOperation = operator("and", ["x", "y"], "x if it counts as false, else y.");
const orOperation = operator("or", ["x", "y"], "x if it counts as true, else y.");
const xorOperation = operator("xor", ["x", "y"], "Whether one of x and y counts as true, but not both.");
const condOperation = operator("cond", ["condition", "x", "y"], "x if the condition counts as true, else y.");

/** What can hold things: text (substrings), arrays and sets (items), maps and records (keys). */
export type Container =
  | string
  | readonly unknown[]
  | ReadonlySet<unknown>
  | ReadonlyMap<unknown, unknown>
  | Readonly<Record<string, unknown>>;

/** Whether `container` holds `item`: a substring, an array or set item by value, a map or record key. */
export function isIn(item: Nodeable<unknown>, container: Nodeable<Container>): Node<boolean> {
  return derive(inOperation, contains, [item, container]) as Node<boolean>;
}

/** Whether `container` does not hold `item`; see {@link isIn}. */
export function notIn(item: Nodeable<unknown>, container: Nodeable<Container>): Node<boolean> {
  return derive(notInOperation, (x: unknown, y: Container) => !contains(x, y), [item, container]) as Node<boolean>;
}

function contains(item: unknown, container: Container): boolean {
  if (typeof container === "string") return container.includes(textOf(item, "item of in"));
  if (Array.isArray(container)) return container.some((other) => isDeepStrictEqual(item, other));
  if (container instanceof Set || container instanceof Map) return container.has(item);
  return Object.hasOwn(container, String(item));
}

/** `x` if it counts as false, else `y`, as `&&`. Both are inputs, whichever is taken. */
export function and<A, B>(x: Nodeable<A>, y: Nodeable<B>): Node<A | B> {
  return derive(andOperation, (a: A, b: B) => a && b, [x, y]) as Node<A | B>;
}

/** `x` if it counts as true, else `y`, as `||`. Both are inputs, whichever is taken. */
export function or<A, B>(x: Nodeable<A>, y: Nodeable<B>): Node<A | B> {
  return derive(orOperation, (a: A, b: B) => a || b, [x, y]) as Node<A | B>;
}

/** Whether one of `x` and `y` counts as true, but not both. */
export function xor(x: Nodeable<unknown>, y: Nodeable<unknown>): Node<boolean> {
  return derive(xorOperation, (a: unknown, b: unknown) => Boolean(a) !== Boolean(b), [x, y]) as Node<boolean>;
}

/**
 * `x` if the condition counts as true, else `y`. All three are inputs, since a rewrite of any could change the result.
 */
export function cond<A, B = A>(condition: Nodeable<unknown>, x: Nodeable<A>, y: Nodeable<B>): Node<A | B> {
  return derive(condOperation, (c: unknown, a: A, b: B) => (c ? a : b), [condition, x, y]) as Node<A | B>;
}
