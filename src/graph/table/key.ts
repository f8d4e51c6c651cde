/** Tells values apart whose texts are cut: only what is the same in full may be called the same in a prompt. */

import { preview } from "../../util/preview.ts";

/** How much of a value that is no text is compared, in characters. */
const maxCompared = 20_000;

let others = 0;

/**
 * A text that two values share only if they are the same.
 * @param text The value as it was written, in about `limit` characters at most.
 */
export function keyOf(value: unknown, text: string, limit: number): string {
  if (text.length < limit) return text;
  if (typeof value === "string") return JSON.stringify(value);
  const whole = preview(value, maxCompared);
  return whole.length < maxCompared ? whole : `value ${++others} of its own`;
}
