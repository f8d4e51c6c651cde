/** Hashes of data sets and of the content of examples, whatever values these hold. */

import { encode } from "../../util/encode.ts";
import { hashOf } from "../../util/json.ts";
import type { Example } from "../types.ts";

/** SHA-256 in hex over the ids, inputs and targets of the examples, in order: the same data give the same hash. */
export function datasetHash(examples: readonly Example[]): string {
  return hashOf(examples.map(({ id, input, target }) => ({ id, input: encode(input), target: encode(target) })));
}

/**
 * SHA-256 in hex over the input and the target, but not the id; undefined when they hold what cannot be compared, such
 * as class instances.
 */
export function contentHash({ input, target }: Example): string | undefined {
  const text = JSON.stringify([encode(input), encode(target)]);
  // A text that says this has its quotes escaped.
  return text.includes('"$type":"opaque"') ? undefined : hashOf([encode(input), encode(target)]);
}
