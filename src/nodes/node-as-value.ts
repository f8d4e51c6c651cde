/** What a node is where its value is wanted: an error, or a short text. */

import { noText } from "../util/as-text.ts";
import { TracegradError } from "../util/errors.ts";
import { preview, previewText } from "../util/preview.ts";

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
function whyNoText(this: { readonly name: string }): string {
  return (
    `it is the node "${this.name}", in a place where nodes are not looked for. Give its value there, with ` +
    `\`.data\`.`
  );
}

/** What the texts of a node are made of. */
interface TextOfNode {
  readonly name: string;
  peek(): unknown;
  toJSON(): string;
}

/** Has nodes shown by their names in logs, inspectors and previews, and refused in texts. */
export function addTexts(prototype: TextOfNode): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: TextOfNode) {
      return `Node(${this.name} = ${preview(this.peek())})`;
    },
  });
  Object.defineProperty(prototype, previewText, { get: prototype.toJSON });
  Object.defineProperty(prototype, noText, { get: whyNoText });
}
