/** Values that come from nowhere: the inputs of a program. */

import { typeName } from "../util/type-name.ts";
import { isNode, Node } from "./node.ts";
import { input } from "./operation.ts";

/** Options of {@link node}. */
export interface NodeOptions {
  /** Base name. Default: the type of the value, such as `string` or `record`. */
  readonly name?: string;
  /** What the value is, for the optimizer to read. */
  readonly doc?: string;
}

/**
 * Wraps `value` as a node that came from nowhere: an input. A node is returned unchanged.
 *
 * The value is kept by reference: an object that is changed afterwards changes in the graph too.
 * @example
 * const question = node("What is 6 times 7?", { name: "question" });
 */
export function node<T>(value: T | Node<T>, options: NodeOptions = {}): Node<T> {
  if (isNode(value)) return value as Node<T>;
  return new Node(input(options.name ?? typeName(value), options.doc), value);
}
