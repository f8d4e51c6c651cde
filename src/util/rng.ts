/** Chance that can be repeated and saved: numbers from a seed, by a generator whose whole state is four numbers. */

import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { TracegradError } from "./errors.ts";
import { hashOf } from "./json.ts";
import { preview } from "./preview.ts";
import { requireWholeNumber } from "./require.ts";

/** The state of an {@link Rng}: plain JSON. */
export type RngState = readonly [number, number, number, number];

/** A seeded generator of random numbers (xoroshiro128+). Not for secrets. */
export class Rng {
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>;

  /**
   * The generator that `state` was read from, continued from there.
   * @throws TracegradError `bad-rng-state`.
   */
  constructor(state: RngState) {
    const isState = Array.isArray(state) && state.length === 4 && state.every((word) => word === (word | 0));
    if (!isState || state.every((word) => word === 0)) {
      throw new TracegradError(
        "bad-rng-state",
        `The state of a generator is four 32-bit integers, not all zero; got ${preview(state)}. Give what ` +
          `\`rng.state\` gave.`,
      );
    }
    this.#generator = xoroshiro128plusFromState(state);
  }

  /** The state of the generator now. It does not change when the generator continues. */
  get state(): RngState {
    return this.#generator.getState() as unknown as RngState;
  }

  /** A number from 0 up to, but not including, 1. */
  float(): number {
    return uniformFloat64(this.#generator);
  }

  /**
   * A whole number from 0 up to, but not including, `below`; each is equally likely.
   * @throws TracegradError `bad-option` unless `below` is a whole number above 0.
   */
  integer(below: number): number {
    requireWholeNumber("below", below);
    return uniformInt(this.#generator, 0, below - 1);
  }
}

/**
 * A generator that gives the same numbers for the same seed, on every machine. Seeds of texts serve for generators of
 * their own: `seeded("7/epoch 2")`.
 * @throws TracegradError `not-json` for NaN and the infinities.
 */
export function seeded(seed: number | string): Rng {
  // Hashed, because the first numbers of neighbouring states are alike.
  const digest = hashOf(seed);
  const word = (at: number) => Number.parseInt(digest.slice(at, at + 8), 16) | 0;
  return new Rng([word(0), word(8), word(16), word(24)]);
}

/** The items in random order, each order equally likely (Fisher-Yates). The given array is not changed. */
export function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = rng.integer(last + 1);
    [order[last], order[chosen]] = [order[chosen] as T, order[last] as T];
  }
  return order;
}
