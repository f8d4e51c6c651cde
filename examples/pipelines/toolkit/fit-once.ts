/**
 * Fits that were made before are not made again. Of a step, training, validation and held-out rows need the same ones, and
 * most are the same at the next step: they are nearly all of what a run computes.
 */

import { createHash } from "node:crypto";
import type { Matrix } from "./matrix.ts";

/** All that decides what a fit gives. */
export interface FitInput {
  /** The function. */
  readonly name: string;
  readonly x: Matrix;
  readonly y: readonly number[];
  /** The options, those with a default too. */
  readonly settings: Readonly<Record<string, number>>;
}

/** How many numbers the models may hold that are remembered: about 400 MB. What was used last stays. */
const mostNumbers = 50_000_000;

const known = new Map<string, { readonly model: unknown; readonly numbers: number }>();
let total = 0;

/** What `fit` gives, from memory where it is there. `countNumbers` says how many numbers a model holds. */
export function fitOnce<M>(input: FitInput, fit: () => M, countNumbers: (model: M) => number): M {
  const key = keyOf(input);
  const found = known.get(key);
  known.delete(key);
  const model = found === undefined ? fit() : (found.model as M);
  const numbers = found?.numbers ?? countNumbers(model);
  if (found === undefined) total += numbers;
  known.set(key, { model, numbers });
  for (const [oldest, entry] of known) {
    if (total <= mostNumbers) break;
    known.delete(oldest);
    total -= entry.numbers;
  }
  return model;
}

function keyOf({ name, x, y, settings }: FitInput): string {
  const hash = createHash("sha256").update(JSON.stringify([name, x.length, Object.entries(settings)]));
  for (const row of x) hash.update(Float64Array.from(row));
  return hash.update(Float64Array.from(y)).digest("hex");
}
