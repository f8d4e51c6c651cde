/** What a domain is: the possible values of one parameter, with chance to draw them and steps from one to the next. */

import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import type { Rng } from "../../util/rng.ts";

/**
 * The possible values of one parameter. A *point* stands for a value and is plain JSON: the index of a choice, a
 * number, the derivation tree of a text. All functions are pure but for the generator they draw from, and give only
 * points of the domain.
 */
export interface Domain {
  /** The domain as data, for the record of a run. */
  readonly spec: Json;
  /** A point by chance. */
  random(rng: Rng): Json;
  /** A point that differs from `point` in one thing; `point` itself where there is no other. */
  neighbour(point: Json, rng: Rng): Json;
  /** A point made of parts of both. */
  crossover(a: Json, b: Json, rng: Rng): Json;
  /** All points, each once; without end where there are endlessly many. */
  all(): Iterable<Json>;
  /** The value that a point stands for. */
  valueOf(point: Json): Json;
  /** A point that stands for `value`; undefined when the value is not in the domain. */
  pointOf(value: unknown): Json | undefined;
}

/** An error in how a space was declared. */
export function badSpace(message: string): TracegradError {
  return new TracegradError("bad-space", message);
}

/** One of the items, each equally likely. */
export function oneOf<T>(items: readonly T[], rng: Rng): T {
  return items[rng.integer(items.length)] as T;
}

/** All ways to take one item of each source, the last source the fastest. */
export function* product(sources: readonly (() => Iterable<Json>)[]): Generator<readonly Json[]> {
  const [first, ...rest] = sources;
  if (first === undefined) return void (yield []);
  for (const item of first()) for (const items of product(rest)) yield [item, ...items];
}

/** How many items the lists of a domain have. */
export interface Lengths {
  /** Default: 0. */
  readonly min?: number;
  /** Default for a subset: all items. A sequence needs it. */
  readonly max?: number;
}

/** Throws unless `min` and `max` are whole numbers with 0 ≤ min ≤ max. */
export function requireLengths(what: string, min: number, max: number): void {
  if (Number.isInteger(min) && Number.isInteger(max) && 0 <= min && min <= max) return;
  throw badSpace(`${what} needs whole numbers 0 ≤ min ≤ max; got min ${String(min)} and max ${String(max)}.`);
}
