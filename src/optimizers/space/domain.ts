/** What a domain is: the possible values of one parameter, with random points and steps from one point to the next. */

import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import type { Rng } from "../../util/rng.ts";

/** One of several values without an order. Its points are 0 up to, but not including, `choices`. */
export interface CategoricalDimension {
  readonly kind: "categorical";
  /** How many values there are. */
  readonly choices: number;
}

/** A number between two bounds, both possible. Its points are the numbers. */
export interface NumericDimension {
  readonly kind: "integer" | "float";
  readonly low: number;
  readonly high: number;
  /** True when ratios count rather than differences, as for rates; then the bounds are above 0. Default: false. */
  readonly log?: boolean;
}

/** A domain whose points are numbers, as a model of densities sees it. */
export type Dimension = CategoricalDimension | NumericDimension;

/**
 * The possible values of one parameter. A *point* stands for a value and is plain JSON: the index of a choice, a
 * number, the derivation tree of a text. All functions are pure apart from the generator that they use, and return only
 * points of the domain.
 */
export interface Domain {
  /** The domain as data, for the record of a run. */
  readonly spec: Json;
  /** The domain as a dimension, when its points are numbers. Default: none. */
  readonly dimension?: Dimension | undefined;
  /** A random point. */
  random(rng: Rng): Json;
  /** A point that differs from `point` in one thing; `point` itself when there is no other. */
  neighbour(point: Json, rng: Rng): Json;
  /** A point made of parts of both. */
  crossover(a: Json, b: Json, rng: Rng): Json;
  /** All points, each once; without end when there are infinitely many. */
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

/** A random item, each equally likely. */
export function sampleItem<T>(items: readonly T[], rng: Rng): T {
  return items[rng.integer(items.length)] as T;
}

/** All combinations of one item of each source; the last source varies fastest. */
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
