/** Tells values apart whose texts are cut: only what is the same in full may be called the same in a prompt. */

import { preview } from "../../util/preview.ts";

/** How much of a value that is no text is compared, in characters. */
const maxCompared = 20_000;

let others = 0;

/** Images are told apart by their data. */
const withData = () => undefined;

/**
 * A text that two values share only if they are the same.
 * @param text The value as it was written, in about `limit` characters at most.
 */
export function keyOf(value: unknown, text: string, limit: number): string {
  return text.length < limit ? text : wholeOf(value);
}

function wholeOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  const whole = preview(value, maxCompared, withData);
  return whole.length < maxCompared ? whole : `value ${++others} of its own`;
}

/**
 * What tells values apart: two of them are the same when their keys are. Plain values are their own keys; undefined
 * stands for what has no text.
 */
export function keysOf(values: readonly unknown[]): readonly unknown[] {
  if (values.every(isPlain)) return values;
  return values.map((value) => {
    const key = value === undefined ? "" : wholeOf(value);
    return key === "" ? undefined : key;
  });
}

function isPlain(value: unknown): boolean {
  const type = typeof value;
  return value === null || (type !== "object" && type !== "function" && type !== "symbol");
}
