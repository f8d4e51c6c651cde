/** A call as text. */

import type { Node } from "../nodes/node.ts";
import { inputNameOf } from "../nodes/operation.ts";
import { Parameter } from "../nodes/parameter.ts";
import type { Graph } from "./graph.ts";

/** What goes into a call. */
export interface CallInput {
  readonly input: string;
  readonly parent: Node;
  /** The parent's name. */
  readonly name: string;
}

/** How much of a call is written. */
export interface CallTextLimits {
  /** From how many characters of inputs on the rest is left out. Default: nothing is. */
  readonly maxInputs?: number;
  /** The index of an input that is written even so. Default: none. */
  readonly always?: number;
}

/**
 * The call that made `node`, such as `add(x=price, y=tax)`. Of a trainable function the callee is its code parameter,
 * so that the text says which code ran. What is left out of a long call is counted: `list(item_0=a, … (98 more))`.
 * @param inputAt The input of an index below `count`.
 */
export function callText(
  node: Node,
  count: number,
  inputAt: (index: number) => CallInput,
  { maxInputs = Number.POSITIVE_INFINITY, always = -1 }: CallTextLimits = {},
): string {
  // The code comes first among the parents that are no arguments.
  const named = count - (node.details?.hidden.length ?? 0);
  const code = named < count ? codeIn(inputAt(named)) : undefined;
  let [args, next] = ["", 0];
  const write = (index: number): void => {
    if (code !== undefined && index === named) return;
    const { input, name } = inputAt(index);
    args += `${args === "" ? "" : ", "}${input}=${name}`;
  };
  const leaveOut = (end: number): void => {
    const left = end - next - (code !== undefined && next <= named && named < end ? 1 : 0);
    if (left > 0) args += `, … (${left} more)`;
  };
  while (next < count && args.length < maxInputs) write(next++);
  if (always >= next) {
    leaveOut(always);
    write(always);
    next = always + 1;
  }
  leaveOut(count);
  return `${code ?? node.op}(${args})`;
}

function codeIn({ input, parent, name }: CallInput): string | undefined {
  return input === "code" && parent instanceof Parameter && parent.code !== undefined ? name : undefined;
}

/** The call that made `node`, with its name: `sum = add(x=price, y=tax)`. */
export function callOf(graph: Graph, node: Node, limits?: CallTextLimits): string {
  const parents = graph.parentsOf(node);
  const inputAt = (index: number) => {
    const parent = parents[index] as Node;
    return { input: inputNameOf(node, index), parent, name: graph.nameOf(parent) };
  };
  return `${graph.nameOf(node)} = ${callText(node, parents.length, inputAt, limits)}`;
}
