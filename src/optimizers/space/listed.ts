/** Looks up values in a declared list. */

import type { Json } from "../../util/decode.ts";
import { stableStringify } from "../../util/json.ts";
import { preview } from "../../util/preview.ts";
import { badSpace } from "./domain.ts";

/**
 * A function from a value to its index in the list; undefined for any other value.
 * @throws TracegradError `bad-space` for an empty list and for a repeated value, `not-json` for a value that is not
 * JSON.
 */
export function indexLookup(what: string, values: readonly Json[]): (value: unknown) => number | undefined {
  if (!Array.isArray(values) || values.length === 0) {
    throw badSpace(`${what} needs a list of one or more values; got ${preview(values)}.`);
  }
  const byText = new Map<string, number>();
  for (const [index, value] of values.entries()) {
    const text = stableStringify(value);
    if (byText.has(text)) throw badSpace(`${what} has the value ${preview(value)} twice. Give each once.`);
    byText.set(text, index);
  }
  return (value) => {
    try {
      return byText.get(stableStringify(value));
    } catch {
      return undefined;
    }
  };
}
