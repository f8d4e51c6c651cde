/**
 * Values as text, wherever a program or a model reads one. A value without a text that says what it is, is an error.
 */

import { messageOf, TracegradError } from "./errors.ts";
import { ownText, preview } from "./preview.ts";
import { isThenable } from "./thenable.ts";
import { isContainer } from "./tree.ts";
import { typeName } from "./type-name.ts";

/** An object with a sentence under this key is never written as text: the sentence says what it is, and what to do. */
export const noText: unique symbol = Symbol("noText");

/**
 * A value was to become a part of a text, and nothing useful can be written for it: a promise, a stream, a function.
 */
export class NoTextError extends TracegradError {
  override readonly name: string = "NoTextError";

  /** @param place What was to become text, such as `part_0 of the template`. */
  constructor(place: string, problem: string) {
    super("no-text", `${place} has no useful text: ${problem}`);
  }
}

/**
 * `value` as part of a text: text unchanged, data as JSON, and what JSON cannot hold as a JavaScript literal.
 * Objects with a `toJSON` or fields are written by these, others by their own `toString`.
 * @param place What becomes text, for the error.
 * @throws NoTextError for a promise, a function, a node inside an object, and an object that shows nothing of its
 * content, also as a part of `value`.
 */
export function textOf(value: unknown, place: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "function") throw new NoTextError(place, functionProblem(value as () => unknown));
  if (typeof value !== "object" || value === null) return String(value);
  const { problem, isJson } = lookedThrough(value);
  if (problem !== undefined) throw new NoTextError(place, problem);
  return written(value, isJson);
}

/** `value`, which must be text itself: for what its type says is text. @throws NoTextError */
export function requireText(value: unknown, place: string): string {
  if (typeof value === "string") return value;
  const problem = typeof value === "object" && value !== null ? lookedThrough(value).problem : undefined;
  throw new NoTextError(place, problem ?? `it is ${preview(value, 60)}. Give it a text.`);
}

function functionProblem(value: () => unknown): string {
  return `it is the function "${value.name}". Call it, or give String(${value.name || "fn"}) for its source.`;
}

/** Why `value` itself has no text, whatever its parts. */
function ownProblem(value: object): string | undefined {
  if (isThenable(value)) {
    // The error says it all; an unhandled rejection would end the process too.
    if (value instanceof Promise) value.catch(() => undefined);
    return "it is a promise. Await it first.";
  }
  if (noText in value) return String(value[noText]);
  if (isContainer(value) || isLiteral(value) || hasJson(value)) return undefined;
  if (Object.keys(value).length > 0 || ownText(value) !== undefined) return undefined;
  return (
    `it is an object of type ${typeName(value)} that shows nothing of its content. Give a part of it that is ` +
    "text or data."
  );
}

/** What a preview shows in full and JSON does not. */
function isLiteral(value: object): boolean {
  if (value instanceof Map || value instanceof Set || value instanceof RegExp || value instanceof Error) return true;
  return ArrayBuffer.isView(value);
}

function hasJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

interface Looked {
  readonly problem: string | undefined;
  /** Whether JSON says all of it. */
  readonly isJson: boolean;
}

interface ValueAtPath {
  readonly value: object;
  readonly path: string;
}

/** Looks at `root` and all of its parts. Uses its own queue, so deep and cyclic data are safe. */
function lookedThrough(root: object): Looked {
  const seen = new Set<object>([root]);
  const queue: ValueAtPath[] = [{ value: root, path: "" }];
  let isJson = true;
  for (const { value, path } of queue) {
    try {
      const problem = ownProblem(value);
      if (problem !== undefined)
        return { problem: path === "" ? problem : problem.replace(/^it /, `${path} `), isJson };
      isJson &&= isWrittenByJson(value);
      for (const [key, item] of partsOf(value)) {
        isJson &&= survivesJson(item, value);
        if (typeof item !== "object" || item === null || seen.has(item)) continue;
        seen.add(item);
        queue.push({ value: item, path: path === "" ? key : `${path}.${key}` });
      }
    } catch {
      // A getter or a Proxy that throws: a preview shows it as unreadable.
      isJson = false;
    }
  }
  return { problem: undefined, isJson };
}

/** Whether JSON writes an object by its parts, or by its `toJSON`. */
function isWrittenByJson(value: object): boolean {
  if (isContainer(value)) return true;
  return !isLiteral(value) && (hasJson(value) || Object.keys(value).length > 0);
}

/**
 * Whether JSON keeps an item unchanged. Leaving a field out of a record loses nothing; in an array it becomes null.
 */
function survivesJson(item: unknown, within: object): boolean {
  if (typeof item === "number") return Number.isFinite(item);
  if (typeof item === "bigint") return false;
  return !Array.isArray(within) || !["undefined", "function", "symbol"].includes(typeof item);
}

function partsOf(value: object): (readonly [string, unknown])[] {
  if (value instanceof Map) {
    return [...value].flatMap(([key, item], at): (readonly [string, unknown])[] => [
      [`key ${at}`, key],
      [`value ${at}`, item],
    ]);
  }
  if (value instanceof Set) return [...value].map((item, at) => [`item ${at}`, item] as const);
  return isLiteral(value) || hasJson(value) ? [] : Object.entries(value);
}

/** Data whose parts hold each other have no end when they are written out. */
const maxWritten = 10_000_000;

function written(value: object, isJson: boolean): string {
  try {
    if (value instanceof Error) return messageOf(value);
    const json: unknown = isJson ? JSON.stringify(value) : undefined;
    // Dates, URLs and the like are text in JSON, which needs no quotes here.
    if (typeof json === "string") return json.startsWith('"') ? String(JSON.parse(json)) : json;
  } catch {
    // A cycle, or a getter or Proxy that throws.
  }
  return preview(value, maxWritten);
}
