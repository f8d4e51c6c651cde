/**
 * The canonical text of a graph: a line a node, in the order in which they ran. Tests, errors, prompts and the CLI use
 * it.
 */

import { ExceptionNode, type Node } from "../nodes/node.ts";
import { inputNameOf } from "../nodes/operation.ts";
import { Parameter } from "../nodes/parameter.ts";
import { preview } from "../util/preview.ts";
import type { Graph } from "./graph.ts";

/** Options of `graph.show()`. */
export interface ShowOptions {
  /** About how many characters of a value are shown. Default: 60. */
  readonly valueLimit?: number;
  /** The most lines: of a larger graph the last ones are shown. Default: 1,000. */
  readonly maxNodes?: number;
}

/**
 * The text of `graph`: inputs and parameters as `name = value`, calls as `name = operation(input=node, …)` with their
 * value.
 */
export function show(graph: Graph, { valueLimit = 60, maxNodes = 1_000 }: ShowOptions = {}): string {
  const left = Math.max(0, graph.nodes.length - maxNodes);
  const lines = left === 0 ? [] : [`// ${left} earlier nodes are left out`];
  for (const node of graph.nodes.slice(left)) lines.push(lineOf(graph, node, valueLimit));
  return lines.join("\n");
}

function lineOf(graph: Graph, node: Node, valueLimit: number): string {
  const name = graph.nameOf(node);
  if (node instanceof Parameter && node.code !== undefined)
    return `${name} = ${node.code.signature} // ${roleOf(node)}`;
  const value = preview(graph.valueOf(node), valueLimit);
  if (node instanceof ExceptionNode) return `${callOf(graph, node)} // threw ${value}`;
  if (graph.parentsOf(node).length === 0) return `${name} = ${value} // ${roleOf(node)}`;
  return `${callOf(graph, node)} // ${value}`;
}

function roleOf(node: Node): string {
  if (!(node instanceof Parameter)) return "input";
  const kind = node.code === undefined ? "parameter" : "code parameter";
  return node.trainable ? kind : `fixed ${kind}`;
}

/**
 * The call that made `node`, such as `sum = add(x=price, y=tax)`. Of a trainable function the callee is its code
 * parameter, so that the text says which code ran.
 */
export function callOf(graph: Graph, node: Node): string {
  const parents = graph.parentsOf(node);
  let callee = node.op;
  const args: string[] = [];
  const named = parents.length - (node.details?.hidden.length ?? 0);
  for (let index = 0; index < parents.length; index++) {
    const parent = parents[index] as Node;
    const input = inputNameOf(node, index);
    const isCallee = input === "code" && index >= named && parent instanceof Parameter && parent.code !== undefined;
    if (isCallee) callee = graph.nameOf(parent);
    else args.push(`${input}=${graph.nameOf(parent)}`);
  }
  return `${graph.nameOf(node)} = ${callee}(${args.join(", ")})`;
}
