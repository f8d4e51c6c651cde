/** A domain by the user's functions. A point is the value itself. */

import type { Json } from "../../util/decode.ts";
import { stableStringify } from "../../util/json.ts";
import { type Rng, seeded } from "../../util/rng.ts";
import type { Domain } from "./domain.ts";

/** The functions of a {@link custom} domain. They use no randomness but `rng`, so that a run can be repeated. */
export interface CustomDomain {
  /**
   * Names the domain in the record of a run, which cannot contain functions. Change it when the functions change.
   */
  readonly name: string;
  /** A random value. */
  readonly random: (rng: Rng) => Json;
  /** A value near the given one. */
  readonly neighbour: (value: Json, rng: Rng) => Json;
  /** A value made of parts of both. Default: one of the two. */
  readonly crossover?: (a: Json, b: Json, rng: Rng) => Json;
  /** Whether a value is in the domain, so that `neighbour` can begin from it. Default: every JSON value is. */
  readonly has?: (value: Json) => boolean;
  /** All values, if they can be listed. Then a search notices when it has tried the whole space. */
  readonly all?: () => Iterable<Json>;
}

/**
 * A domain by your own functions.
 * @example
 * custom({
 *   name: "permutation of 5",
 *   random: (rng) => shuffle([0, 1, 2, 3, 4], rng),
 *   neighbour: (order, rng) => swapTwo(order, rng),
 * })
 */
export function custom({ name, random, neighbour, crossover, has, all }: CustomDomain): Domain {
  return {
    spec: { kind: "custom", name },
    random,
    neighbour,
    crossover: crossover ?? ((a, b, rng) => (rng.integer(2) === 0 ? a : b)),
    all: all ?? (() => sampleForever(random)),
    valueOf: (point) => point,
    pointOf: (value) => (isJson(value) && (has?.(value) ?? true) ? value : undefined),
  };
}

function* sampleForever(random: CustomDomain["random"]): Generator<Json> {
  for (const rng = seeded("custom"); ; ) yield random(rng);
}

function isJson(value: unknown): value is Json {
  try {
    stableStringify(value);
    return true;
  } catch {
    return false;
  }
}
