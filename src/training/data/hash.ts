/** Hashes of data sets and of the content of examples, for any values. */

import { encode } from "../../util/encode.ts";
import { hashOf } from "../../util/json.ts";
import type { Example } from "../types.ts";

/** SHA-256 in hex over the ids, inputs and targets of the examples, in order. The same data have the same hash. */
export function datasetHash(examples: readonly Example[]): string {
  return hashOf(examples.map(({ id, input, target }) => ({ id, input: encode(input), target: encode(target) })));
}

/**
 * SHA-256 in hex over the input and the target, but not the id; undefined when they hold values that cannot be
 * compared, such as class instances.
 */
export function contentHash({ input, target }: Example): string | undefined {
  const encoded = [encode(input), encode(target)];
  // In a text of the user these quotes would be escaped.
  return JSON.stringify(encoded).includes('"$type":"opaque"') ? undefined : hashOf(encoded);
}
