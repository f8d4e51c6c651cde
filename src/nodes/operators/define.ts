/** How the operators are made: a pure function over values, a name, and a sentence for the optimizer. */

import { derive, type Node, type Nodeable } from "../node.ts";
import { operator } from "../operation.ts";

/** An operator with one input. */
export type Unary<A, R> = (x: Nodeable<A>) => Node<R>;
/** An operator with two inputs. */
export type Binary<A, B, R> = (x: Nodeable<A>, y: Nodeable<B>) => Node<R>;

/** Makes an operator with the input `x`. */
export function unary<A, R>(name: string, doc: string, fn: (x: A) => R): Unary<A, R> {
  const operation = operator(name, ["x"], doc);
  return (x) => derive(operation, fn, [x]) as Node<R>;
}

/** Makes an operator with the inputs `x` and `y`. */
export function binary<A, B, R>(name: string, doc: string, fn: (x: A, y: B) => R): Binary<A, B, R> {
  const operation = operator(name, ["x", "y"], doc);
  return (x, y) => derive(operation, fn, [x, y]) as Node<R>;
}
