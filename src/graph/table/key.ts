/** Compares values in full. Two values may be called the same in a prompt only if they are, not if their cut texts are. */

import type { ImageText } from "../../util/images.ts";
import { hashOf } from "../../util/json.ts";
import { preview } from "../../util/preview.ts";

/** The longest text of a value other than a string that is compared, in characters. */
const maxCompared = 20_000;

let others = 0;

/** Images are compared by a hash of their data, which is long. */
const withHash: ImageText = ({ mediaType, data }) => `[image ${mediaType} ${hashOf(data)}]`;

/** A text that two values share only if they are the same. */
export function keyOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  const whole = preview(value, maxCompared, withHash);
  return whole.length < maxCompared ? whole : `value ${++others} of its own`;
}

/** The keys of values: two values are the same if their keys are. Plain values are their own keys. */
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
