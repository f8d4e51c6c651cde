/**
 * Fits that were made before are not made again. Training, validation and held-out examples are all predicted from fits on
 * the same rows, and most of them come again at the next step: they are nearly all of what a run computes.
 */

import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
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

/** Remembers fits, as long as their models take at most so many bytes: what was used last stays. */
export class FitMemory {
  readonly #models: LRUCache<string, object>;

  constructor(mostBytes: number) {
    this.#models = new LRUCache({ maxSize: mostBytes });
  }

  /** What `fit` gives, from memory where it is there. `bytesOf` says about how much memory a model takes. */
  fitOnce<M extends object>(input: FitInput, fit: () => M, bytesOf: (model: M) => number): M {
    const key = keyOf(input);
    const known = this.#models.get(key);
    if (known !== undefined) return known as M;
    const model = fit();
    this.#models.set(key, model, { size: bytesOf(model) });
    return model;
  }
}

/** The memory that the toolkit's functions share. */
export const fits = new FitMemory(400_000_000);

function keyOf({ name, x, y, settings }: FitInput): string {
  const hash = createHash("sha256").update(JSON.stringify([name, x.length, Object.entries(settings)]));
  for (const row of x) hash.update(Float64Array.from(row));
  return hash.update(Float64Array.from(y)).digest("hex");
}
