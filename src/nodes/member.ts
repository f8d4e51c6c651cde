/** How nodes reach into the values they hold: along a path of keys, to a method by its name, and by a function. */

import { textOf } from "../util/as-text.ts";
import { typeName } from "../util/type-name.ts";
import { type Operation, operator } from "./operation.ts";

type ValueMethod = (...args: unknown[]) => unknown;

/** Calls the method `name` of `self`. Where it would put a value into a text, the value is written as `t` writes it. */
export function callMethod(self: unknown, name: string, args: readonly unknown[]): unknown {
  const method: unknown = (self as Record<string, unknown>)[name];
  if (typeof method !== "function") throw new TypeError(`A value of type ${typeName(self)} has no method "${name}".`);
  if (Array.isArray(self) && name === "join") {
    return (method as ValueMethod).apply(
      self.map((item, index) => inText(item, `item ${index} of join`)),
      [...args],
    );
  }
  const isTextual = typeof self === "string" && textual.has(name);
  const given = isTextual ? args.map((arg, index) => inText(arg, `argument ${index} of ${name}`)) : args;
  return (method as ValueMethod).apply(self, [...given]);
}

/** Methods of text that make text of their arguments. */
const textual: ReadonlySet<string> = new Set([
  ...["concat", "padStart", "padEnd", "replace", "replaceAll", "split"],
  ...["includes", "startsWith", "endsWith", "indexOf", "lastIndexOf"],
]);

/** Arrays, and objects with their own protocol such as regular expressions, are left to the language. */
function inText(value: unknown, place: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Symbol.replace in value || Symbol.split in value ? value : textOf(value, place);
}

/** What {@link follow} does. */
export const atOperation: Operation = operator(
  "at",
  ["x", "key"],
  "The value of x under the key, or at the end of that path.",
  true,
);

/** What is at the end of the path of `keys` in `value`. */
export function follow(value: unknown, ...keys: unknown[]): unknown {
  return keys.reduce((at, key) => (at as Record<PropertyKey, unknown>)[key as PropertyKey], value);
}

/** Applies `fn` to the values of `parents`, for most operators without an array of them. */
export function applyTo(fn: (...values: never[]) => unknown, parents: readonly { peek(): unknown }[]): unknown {
  if (parents.length === 1) return fn(parents[0]?.peek() as never);
  if (parents.length === 2) return fn(parents[0]?.peek() as never, parents[1]?.peek() as never);
  return fn(...(parents.map((parent) => parent.peek()) as never[]));
}
