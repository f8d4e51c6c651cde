/** Finds the parameters of a program: of a model, a record or array of them, a traced function. */

import { bundleInfo } from "./bundle.ts";
import { Node } from "./node.ts";
import { Parameter } from "./parameter.ts";

/**
 * All parameters reachable from `root`, each once: parameters themselves, the code of trainable functions and methods,
 * and those in the fields of models, arrays, records, maps (keys too) and sets at any depth. A parameter without a name
 * takes the name of the field that holds it. An overridden method counts when its subclass calls it, by
 * `super.method(…)`.
 *
 * Getters are not called, and the values of nodes are not looked into. What is held by a private field or a closure is
 * not found: an optimizer reports it as `outside` when feedback reaches it.
 */
export function parametersOf(root: unknown): Parameter[] {
  const found = new Set<Parameter>();
  const seen = new Set<object>();
  const stack: Field[] = [{ value: root, name: undefined }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, name } = next;
    if (value instanceof Parameter) {
      if (name !== undefined) value.adopt(name);
      found.add(value);
    }
    if (!isSearched(value) || seen.has(value)) continue;
    seen.add(value);
    for (const code of codeOf(value)) found.add(code);
    // Reversed, because the stack gives back the last one first.
    for (const field of fieldsOf(value, name).reverse()) stack.push(field);
  }
  return [...found];
}

function isSearched(value: unknown): value is object {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && !(value instanceof Node) && !ArrayBuffer.isView(value);
}

/** The code parameters of a traced function, or of an object's traced methods. */
function codeOf(value: object): Parameter[] {
  const codes: (Parameter<string> | undefined)[] = [bundleInfo(value)?.codeOf(undefined)];
  const seen = new Set<string | symbol>();
  let reachesAbove = false;
  for (let at = Object.getPrototypeOf(value); at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      // A method that a subclass overrides is part of the object only if the subclass calls it.
      if (!seen.has(key) || reachesAbove) codes.push(bundleInfo(descriptor.value)?.codeOf(value));
      seen.add(key);
    }
    reachesAbove ||= mentionsSuper(at);
  }
  return codes.filter((code) => code !== undefined) as Parameter[];
}

/** Whether the text of a class has `super.method`, its form in older JavaScript, or `Base.prototype.method`. */
function mentionsSuper(prototype: object): boolean {
  const own: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return (
    typeof own === "function" && /\bsuper\s*[.[]|[_$]super|\bprototype\b/i.test(Function.prototype.toString.call(own))
  );
}

interface Field {
  readonly value: unknown;
  readonly name: string | undefined;
}

function fieldsOf(value: object, name: string | undefined): Field[] {
  return ownFields(value)
    .filter(([, item]) => isSearched(item) || item instanceof Parameter)
    .map(([key, item]) => ({ value: item, name: /^[0-9]+$/.test(key) ? `${name ?? "parameter"}_${key}` : key }));
}

function ownFields(value: object): (readonly [string, unknown])[] {
  if (value instanceof Map) return [...value].flatMap(entryFields);
  if (Array.isArray(value) || value instanceof Set)
    return [...value].map((item, index) => [String(index), item] as const);
  const own = Object.entries(Object.getOwnPropertyDescriptors(value));
  return own
    .filter(([key, descriptor]) => "value" in descriptor && !isMethodsOf(value, key))
    .map(([key, descriptor]) => [key, descriptor.value as unknown] as const);
}

/** The value of a map's entry under its key; a key that is not a text may itself hold parameters. */
function entryFields([key, value]: readonly [unknown, unknown], index: number): (readonly [string, unknown])[] {
  if (typeof key !== "object" && typeof key !== "function") return [[String(key), value]];
  return [
    [`key_${index}`, key],
    [String(index), value],
  ];
}

/** The methods of a class belong to its instances, which have their own code parameters. */
function isMethodsOf(value: object, key: string): boolean {
  return typeof value === "function" && key === "prototype";
}
