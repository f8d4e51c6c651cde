/** Operators over numbers. */

import type { Node, Nodeable } from "../node.ts";
import type { Fix } from "../types.ts";
import { type Binary, binary, type Unary, unary } from "./define.ts";

/** x as a number with its sign. */
export const pos: Unary<number, number> = unary("pos", "x as a number with its sign.", (x) => +x);

/** x with the other sign. */
export const neg: Unary<number, number> = unary("neg", "x with the other sign.", (x) => -x);

/** The size of x. */
export const abs: Unary<number, number> = unary("abs", "The size of x.", (x) => Math.abs(x));

/** The bits of x, flipped. */
export const invert: Unary<number, number> = unary("invert", "The bits of x, flipped.", (x) => ~x);

/** x rounded to the nearest integer. */
export const round: Unary<number, number> = unary("round", "x rounded to the nearest integer.", (x) => Math.round(x));

/** The largest integer not above x. */
export const floor: Unary<number, number> = unary("floor", "The largest integer not above x.", (x) => Math.floor(x));

/** The smallest integer not below x. */
export const ceil: Unary<number, number> = unary("ceil", "The smallest integer not below x.", (x) => Math.ceil(x));

/** x without its fraction. */
export const trunc: Unary<number, number> = unary("trunc", "x without its fraction.", (x) => Math.trunc(x));

/** The sum of x and y. */
export const add = binary<number, number, number>("add", "The sum of x and y.", (x, y) => x + y) as Addition;

/** An operator over numbers only. */
type Addition = (
  x: Nodeable<number> | Fix<"to join texts, use `concat` or the tag `t`">,
  y: Nodeable<number> | Fix<"to join texts, use `concat` or the tag `t`">,
) => Node<number>;

/** x less y. */
export const subtract: Binary<number, number, number> = binary("subtract", "x less y.", (x, y) => x - y);

/** The product of x and y. */
export const multiply: Binary<number, number, number> = binary("multiply", "The product of x and y.", (x, y) => x * y);

/** x divided by y. */
export const divide: Binary<number, number, number> = binary("divide", "x divided by y.", (x, y) => x / y);

/** x divided by y, rounded down. */
export const floorDivide: Binary<number, number, number> = binary(
  "floorDivide",
  "x divided by y, rounded down.",
  (x, y) => Math.floor(x / y),
);

/** What is left of x after division by y, with the sign of y. */
export const mod: Binary<number, number, number> = binary(
  "mod",
  "What is left of x after division by y, with the sign of y.",
  (x, y) => ((x % y) + y) % y,
);

/** x to the power of y. */
export const power: Binary<number, number, number> = binary("power", "x to the power of y.", (x, y) => x ** y);

/** The bits of x moved left by y. */
export const shiftLeft: Binary<number, number, number> = binary(
  "shiftLeft",
  "The bits of x moved left by y.",
  (x, y) => x << y,
);

/** The bits of x moved right by y. */
export const shiftRight: Binary<number, number, number> = binary(
  "shiftRight",
  "The bits of x moved right by y.",
  (x, y) => x >> y,
);

/** The bits set in both x and y. */
export const bitAnd: Binary<number, number, number> = binary(
  "bitAnd",
  "The bits set in both x and y.",
  (x, y) => x & y,
);

/** The bits set in x or y. */
export const bitOr: Binary<number, number, number> = binary("bitOr", "The bits set in x or y.", (x, y) => x | y);

/** The bits set in one of x and y. */
export const bitXor: Binary<number, number, number> = binary(
  "bitXor",
  "The bits set in one of x and y.",
  (x, y) => x ^ y,
);

/** The quotient of x and y rounded down, and the remainder. */
export const divmod: Binary<number, number, readonly [quotient: number, remainder: number]> = binary(
  "divmod",
  "The quotient of x and y rounded down, and the remainder.",
  (x, y) => [Math.floor(x / y), ((x % y) + y) % y] as const,
);
