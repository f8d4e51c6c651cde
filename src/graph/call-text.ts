/** A call as text. */

import type { Node } from "../nodes/node.ts";
import { Parameter } from "../nodes/parameter.ts";

/** What goes into a call. */
export interface CallInput {
  readonly input: string;
  readonly parent: Node;
  /** The parent's name. */
  readonly name: string;
}

/**
 * The call that made `node`, such as `add(x=price, y=tax)`. Of a trainable function the callee is its code parameter,
 * so that the text says which code ran.
 * @param inputAt The input of an index below `count`.
 */
export function callText(node: Node, count: number, inputAt: (index: number) => CallInput): string {
  const named = count - (node.details?.hidden.length ?? 0);
  let callee = node.op;
  let args = "";
  for (let index = 0; index < count; index++) {
    const { input, parent, name } = inputAt(index);
    const isCallee = input === "code" && index >= named && parent instanceof Parameter && parent.code !== undefined;
    if (isCallee) callee = name;
    else args += `${args === "" ? "" : ", "}${input}=${name}`;
  }
  return `${callee}(${args})`;
}
