/** Canonical JSON: one text, and so one hash, for equal values. */

import { createHash } from "node:crypto";
import { headOf } from "./cut.ts";
import { TracegradError } from "./errors.ts";
import { stepText } from "./path-text.ts";

/** Deeper values are refused: JSON this deep is a mistake, and walking it would overflow the stack. */
const MAX_DEPTH = 1_000;

/**
 * Writes `value` as JSON without spaces and with the keys of every object sorted, so that equal values give equal text.
 * Properties that are `undefined` are left out, as JSON does, and `toJSON` is called where a value has it; -0 becomes
 * 0. Whatever else JSON cannot hold (cycles, BigInt, functions, symbols, NaN, Map, …) is refused instead of being lost.
 *
 * @throws TracegradError `"not-json"` that names the path of the culprit, such as `$.messages[0].content`.
 */
export function stableStringify(value: unknown): string {
  return write(value, "$", []);
}

/** The SHA-256 of `stableStringify(value)` in lower-case hex: 64 characters. Throws as `stableStringify` does. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(stableStringify(value)).digest("hex");
}

function write(given: unknown, path: string, ancestors: object[]): string {
  const value = unwrapped(given);
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw notJson(path, `${value}`);
    return JSON.stringify(value);
  }
  if (typeof value !== "object") throw notJson(path, kindOf(value));
  if (ancestors.includes(value)) throw notJson(path, "a cycle");
  if (ancestors.length >= MAX_DEPTH) throw notJson(path, `nested more than ${MAX_DEPTH} levels deep`);
  ancestors.push(value);
  const text = Array.isArray(value) ? writeArray(value, path, ancestors) : writeObject(value, path, ancestors);
  ancestors.pop();
  return text;
}

function writeArray(value: readonly unknown[], path: string, ancestors: object[]): string {
  // `Array.from` visits the holes of a sparse array too, so that they are refused like any other `undefined`.
  return `[${Array.from(value, (item, index) => write(item, `${path}[${index}]`, ancestors)).join(",")}]`;
}

function writeObject(value: object, path: string, ancestors: object[]): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Plain objects of another realm have a prototype of their own that ends the chain at once, like Object.prototype.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw notJson(path, kindOf(value));
  const parts: string[] = [];
  for (const [key, item] of Object.entries(value).sort(byKey)) {
    if (item === undefined) continue;
    parts.push(`${JSON.stringify(key)}:${write(item, `${path}${stepText(key)}`, ancestors)}`);
  }
  return `{${parts.join(",")}}`;
}

/** By UTF-16 code units, which no locale changes. */
function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unwrapped(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("toJSON" in value)) return value;
  return typeof value.toJSON === "function" ? (value.toJSON() as unknown) : value;
}

function shortened(path: string): string {
  return path.length > 200 ? `${headOf(path, 200)}…` : path;
}

function kindOf(value: unknown): string {
  if (typeof value === "bigint") return "a BigInt";
  if (typeof value === "object" && value !== null) return `an instance of ${value.constructor?.name || "a class"}`;
  return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
}

function notJson(path: string, what: string): TracegradError {
  return new TracegradError(
    "not-json",
    `${shortened(path)} is ${what}, which JSON cannot hold. Give plain JSON data there.`,
  );
}
