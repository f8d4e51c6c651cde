/** The `t` tag: text with nodes in it, as a node that knows which nodes went in. */

import { derive, type Node } from "./node.ts";
import { type Operation, operator } from "./operation.ts";
import { textOf } from "./operators/text.ts";

const operations = new WeakMap<TemplateStringsArray, Operation>();

/**
 * Text with nodes in it: `` t`${instruction}\n\n${question}` `` is a `Node<string>` whose parents are the interpolated nodes.
 * Plain values may be interpolated too; objects are written as JSON.
 */
export function t(strings: TemplateStringsArray, ...parts: readonly unknown[]): Node<string> {
  const fill = (...values: unknown[]) => strings.reduce((text, next, index) => text + textOf(values[index - 1]) + next);
  return derive(operationOf(strings), fill, parts) as Node<string>;
}

/** One operation per place in the program, since a template's strings are the same object each time it runs. */
function operationOf(strings: TemplateStringsArray): Operation {
  let operation = operations.get(strings);
  if (operation === undefined) {
    const names = strings.slice(1).map((_, index) => `part_${index}`);
    const shown = strings.reduce((text, next, index) => `${text}{${names[index - 1]}}${next}`);
    operation = operator("text", names, `The text ${JSON.stringify(shown)} with each {name} replaced by that input.`);
    operations.set(strings, operation);
  }
  return operation;
}
