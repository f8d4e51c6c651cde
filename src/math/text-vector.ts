/** Texts as vectors without any model, so that likeness of candidates can be told offline and for nothing. */

import { requirePositive } from "../util/require.ts";
import type { Vector } from "./epsilon-net.ts";

/** Lengths of the runs of characters that are counted: short ones tell spelling, longer ones words. */
const runs: readonly number[] = [2, 3, 4, 5];

/**
 * A vector of length 1 for a text: how often each run of 2 to 5 characters occurs in it (case and the amount of white
 * space aside; the root of the count), each run hashed to a place and a sign (Weinberger et al. 2009, "Feature
 * hashing"). Texts that share wording are near, others are not: it sees no meaning, so a paraphrase is far. Of a text
 * without characters it is zero. The same on every machine.
 *
 * @param dimensions The length of the vector. Default: 256.
 * @throws TracegradError `bad-option` unless `dimensions` is a whole number above 0.
 */
export function textVector(text: string, dimensions: number = 256): Vector {
  requirePositive("dimensions", dimensions);
  const counts = new Map<string, number>();
  const plain = text.toLowerCase().replace(/\s+/g, " ").trim();
  // Whole characters, so that no pair of surrogates is cut. The spaces mark where the text begins and ends.
  const characters = plain === "" ? [] : [...` ${plain} `];
  for (const length of runs) {
    for (let at = 0; at + length <= characters.length; at++) {
      const run = characters.slice(at, at + length).join("");
      counts.set(run, (counts.get(run) ?? 0) + 1);
    }
  }
  const vector = new Array<number>(dimensions).fill(0);
  for (const [run, count] of counts) {
    const hash = fnv1a(run);
    const place = (hash >>> 1) % dimensions;
    vector[place] = (vector[place] as number) + ((hash & 1) === 0 ? 1 : -1) * Math.sqrt(count);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** FNV-1a over UTF-16 units, and a last mixing, because the lowest bits of FNV alone are too regular for a sign. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
