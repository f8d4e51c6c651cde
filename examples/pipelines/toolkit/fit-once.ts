/**
 * Fits that were made before are not made again. Training, validation and held-out examples are all predicted from fits on
 * the same rows, and most of them come again at the next step: they are nearly all of what a run computes.
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

/** Remembers fits, as long as their models hold at most so many bytes: what was used last stays. */
export class FitMemory {
  readonly #most: number;
  readonly #known = new Map<string, { readonly model: unknown; readonly bytes: number }>();
  #total = 0;

  constructor(mostBytes: number) {
    this.#most = mostBytes;
  }

  /** What `fit` gives, from memory where it is there. `bytesOf` says about how much memory a model takes. */
  fitOnce<M>(input: FitInput, fit: () => M, bytesOf: (model: M) => number): M {
    const key = keyOf(input);
    const found = this.#known.get(key);
    this.#forget(key);
    const model = found === undefined ? fit() : (found.model as M);
    const bytes = found?.bytes ?? bytesOf(model);
    this.#total += bytes;
    this.#known.set(key, { model, bytes });
    for (const oldest of this.#known.keys()) {
      if (this.#total <= this.#most) break;
      this.#forget(oldest);
    }
    return model;
  }

  #forget(key: string): void {
    this.#total -= this.#known.get(key)?.bytes ?? 0;
    this.#known.delete(key);
  }
}

/** The memory that the toolkit's functions share. */
export const fits = new FitMemory(400_000_000);

function keyOf({ name, x, y, settings }: FitInput): string {
  const hash = createHash("sha256").update(JSON.stringify([name, x.length, Object.entries(settings)]));
  for (const row of x) hash.update(Float64Array.from(row));
  return hash.update(Float64Array.from(y)).digest("hex");
}
