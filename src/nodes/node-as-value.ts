/** The error of taking a node for its value. */

import { TracegradError } from "../util/errors.ts";

/** A node was used where a plain value is wanted: in arithmetic, a comparison, a template literal. */
export class NodeAsValueError extends TracegradError {
  override readonly name: string = "NodeAsValueError";

  constructor(name: string) {
    super(
      "node-as-value",
      `The node "${name}" was used as a plain value. Read it with \`.data\`, or derive a node: operators such as ` +
        "add(x, y) and concat(a, b), the t`…` tag for text, node.map(fn) for anything else.",
    );
  }
}

/** Why a node, which is looked for in arrays, plain records, maps and sets, is not written into a text. */
export function whyNoText(this: { readonly name: string }): string {
  return (
    `it is the node "${this.name}", in a place where nodes are not looked for. Give its value there, with ` +
    `\`.data\`.`
  );
}
