/** The `t` tag: text with nodes in it, as a node that knows which nodes went in. */

import { textOf } from "../util/as-text.ts";
import { preview } from "../util/preview.ts";
import { derive, type Node } from "./node.ts";
import { type Operation, operator } from "./operation.ts";

const operations = new WeakMap<TemplateStringsArray, Operation>();

/** What may be put into a template: a promise, or a function that was not called, has no text. */
export type TextPart<P> = 0 extends 1 & P
  ? P
  : P extends PromiseLike<unknown>
    ? "await this first: a promise has no text"
    : P extends (...args: never[]) => unknown
      ? "call this first: a function has no text"
      : P;

/**
 * Text with nodes in it: `` t`${instruction}\n\n${question}` `` is a `Node<string>` whose parents are the interpolated
 * nodes. Plain values may be interpolated too; objects are written as JSON.
 * @throws NoTextError for what has no useful text, such as a promise that was not awaited, a function or a stream.
 */
export function t<P extends readonly unknown[]>(
  strings: TemplateStringsArray,
  ...parts: { readonly [K in keyof P]: TextPart<P[K]> }
): Node<string> {
  const fill = (...values: unknown[]) =>
    strings.reduce((text, next, index) => text + filledIn(values[index - 1], strings, index - 1) + next);
  return derive(operationOf(strings), fill, parts) as Node<string>;
}

function filledIn(value: unknown, strings: TemplateStringsArray, index: number): string {
  return typeof value === "string"
    ? value
    : textOf(value, `part_${index} of the template ${preview(displayOf(strings), 80)}`);
}

function displayOf(strings: TemplateStringsArray): string {
  return strings.reduce((text, next, index) => `${text}{part_${index - 1}}${next}`);
}

/** One operation per place in the program, since a template's strings are the same object each time it runs. */
function operationOf(strings: TemplateStringsArray): Operation {
  let operation = operations.get(strings);
  if (operation === undefined) {
    const names = strings.slice(1).map((_, index) => `part_${index}`);
    operation = operator(
      "text",
      names,
      `The text ${JSON.stringify(displayOf(strings))} with each {name} replaced by that input.`,
    );
    operations.set(strings, operation);
  }
  return operation;
}
