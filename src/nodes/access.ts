/** How nodes reach into the values they hold: along a path of keys, and to a method by its name. */

import { typeName } from "../util/type-name.ts";

type Method = (...args: unknown[]) => unknown;

/** The method `name` of `self`, or an error that says which type has no such method. */
export function methodOf(self: unknown, name: string): Method {
  const method: unknown = (self as Record<string, unknown>)[name];
  if (typeof method === "function") return method as Method;
  throw new TypeError(`A value of type ${typeName(self)} has no method "${name}".`);
}

/** What stands at the end of the path of `keys` in `value`. */
export function follow(value: unknown, ...keys: unknown[]): unknown {
  return keys.reduce((at, key) => (at as Record<PropertyKey, unknown>)[key as PropertyKey], value);
}
