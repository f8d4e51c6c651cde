/**
 * The one law of all operators: on nodes they give what the plain function gives on values, and their parents are the
 * nodes.
 */

import { deepStrictEqual } from "node:assert";
import { node } from "../input-node.ts";
import { isNode, type Node } from "../node.ts";

/** A synchronous operator: takes nodes or values, gives a node. */
export type AnyOperator = (...args: never[]) => Node;

/**
 * Checks that `operator` on nodes of `args` gives a node with the value that `plain` gives for them; that its parents
 * are those nodes, in order; that it changed none of them; and that plain arguments give an equal value.
 * @throws AssertionError where the law is broken.
 * @example
 * checkOperator(add, (x: number, y: number) => x + y, 1, 2);
 */
export function checkOperator(
  operator: AnyOperator,
  plain: (...args: never[]) => unknown,
  ...args: readonly unknown[]
): void {
  const before = structuredClone(args);
  const inputs = args.map((arg) => node(arg));
  const result = operator(...(inputs as never[]));
  if (!isNode(result)) throw new TypeError("The operator gave no node.");
  deepStrictEqual(
    result.data,
    plain(...(structuredClone(before) as never[])),
    "on nodes it gives what the plain function gives",
  );
  deepStrictEqual(result.parents.length, inputs.length, "it has a parent for each argument");
  for (const [index, parent] of result.parents.entries()) {
    if (parent !== inputs[index])
      throw new TypeError(`Parent ${index} is not the node that was passed as argument ${index}.`);
  }
  deepStrictEqual(args, before, "it changes no argument");
  deepStrictEqual(operator(...(args as never[])).data, result.data, "plain arguments give an equal value");
}
