/** Tells values apart whose texts are cut: only what is the same in full may be called the same in a prompt. */

import type { ImageText } from "../../util/images.ts";
import { hashOf } from "../../util/json.ts";
import { preview } from "../../util/preview.ts";

/** How much of a value that is no text is compared, in characters. */
const maxCompared = 20_000;

let others = 0;

/** Images are told apart by their data, which is too long to be kept. */
const withHash: ImageText = ({ mediaType, data }) => `[image ${mediaType} ${hashOf(data)}]`;

/** A text that two values share only if they are the same. */
export function keyOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  const whole = preview(value, maxCompared, withHash);
  return whole.length < maxCompared ? whole : `value ${++others} of its own`;
}

/**
 * What tells values apart: two of them are the same when their keys are. Plain values are their own keys; undefined
 * stands for what has no text.
 */
export function keysOf(values: readonly unknown[]): readonly unknown[] {
  if (values.every(isPlain)) return values;
  return values.map((value) => {
    const key = value === undefined ? "" : keyOf(value);
    return key === "" ? undefined : key;
  });
}

function isPlain(value: unknown): boolean {
  const type = typeof value;
  return value === null || (type !== "object" && type !== "function" && type !== "symbol");
}
