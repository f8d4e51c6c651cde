/** Texts as vectors without a model, so that candidates can be compared offline and at no cost. */

import { requireWholeNumber } from "../util/require.ts";
import type { Vector } from "./epsilon-net.ts";

/** Lengths of the character sequences that are counted: short ones capture spelling, longer ones words. */
const sequenceLengths: readonly number[] = [2, 3, 4, 5];

/**
 * A vector of length 1 for a text: how often each sequence of 2 to 5 characters occurs in it (the root of the count;
 * case and the amount of white space do not matter), each sequence hashed to a position and a sign (Weinberger et al.
 * 2009, "Feature hashing"). Texts that share wording are near. It sees no meaning, so a paraphrase is far. It is zero
 * for a text without characters, and the same on every machine.
 *
 * @param dimensions The length of the vector. Default: 256.
 * @throws TracegradError `bad-option` unless `dimensions` is a whole number above 0.
 */
export function textVector(text: string, dimensions: number = 256): Vector {
  requireWholeNumber("dimensions", dimensions);
  const counts = new Map<string, number>();
  const plain = text.toLowerCase().replace(/\s+/g, " ").trim();
  // By code points, so that no surrogate pair is cut. The spaces mark where the text begins and ends.
  const characters = plain === "" ? [] : [...` ${plain} `];
  for (const length of sequenceLengths) {
    for (let at = 0; at + length <= characters.length; at++) {
      const run = characters.slice(at, at + length).join("");
      counts.set(run, (counts.get(run) ?? 0) + 1);
    }
  }
  const vector = new Array<number>(dimensions).fill(0);
  for (const [run, count] of counts) {
    const hash = fnv1a(run);
    const position = (hash >>> 1) % dimensions;
    vector[position] = (vector[position] as number) + ((hash & 1) === 0 ? 1 : -1) * Math.sqrt(count);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** FNV-1a over UTF-16 units with a final mix, because the lowest bits of FNV alone are too regular for a sign. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
