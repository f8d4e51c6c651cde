/** Spaces of choices and numbers to search in. */

import { TracegradError } from "../../util/errors.ts";
import { requirePositive } from "../../util/require.ts";
import type { Rng } from "../../util/rng.ts";

/** One of several things without an order, by its index. */
export interface CategoricalDimension {
  readonly name: string;
  readonly kind: "categorical";
  /** How many there are; values are 0 up to this, exclusive. */
  readonly choices: number;
}

/** A number between two bounds, both possible. */
export interface NumericDimension {
  readonly name: string;
  readonly kind: "integer" | "float";
  readonly low: number;
  readonly high: number;
  /** True where ratios count rather than differences, as for rates; bounds are above 0 then. Default: false. */
  readonly log?: boolean;
}

/** One thing to choose. */
export type Dimension = CategoricalDimension | NumericDimension;

/** A choice of everything: a number for each dimension by name. */
export type Assignment = Readonly<Record<string, number>>;

/**
 * Refuses a space in which nothing can be drawn.
 * @throws TracegradError `bad-space` that names the dimension.
 */
export function requireSpace(space: readonly Dimension[]): void {
  const names = new Set<string>();
  for (const dimension of space) {
    const { name } = dimension;
    const bad = (problem: string) => new TracegradError("bad-space", `Dimension "${name}": ${problem}`);
    if (names.has(name)) throw bad("the name is there twice. Rename one.");
    names.add(name);
    if (dimension.kind === "categorical") {
      requirePositive(`choices of "${name}"`, dimension.choices);
      continue;
    }
    const { kind, low, high, log = false } = dimension;
    if (kind !== "integer" && kind !== "float") throw bad('the kind is "categorical", "integer" or "float".');
    const isNumber = kind === "integer" ? Number.isSafeInteger : Number.isFinite;
    if (!(isNumber(low) && isNumber(high) && low <= high)) {
      throw bad(`low and high are ${kind}s, low no more than high; got ${low} and ${high}.`);
    }
    if (log && low < (kind === "integer" ? 1 : Number.MIN_VALUE))
      throw bad(`with \`log\`, low is above 0; got ${low}.`);
  }
}

/**
 * The value of a point in a dimension.
 * @throws TracegradError `bad-assignment` when it is missing or not in the dimension.
 */
export function valueIn(dimension: Dimension, point: Assignment): number {
  const { name } = dimension;
  const value = Object.hasOwn(point, name) ? (point[name] as number) : Number.NaN;
  const [low, high] = dimension.kind === "categorical" ? [0, dimension.choices - 1] : [dimension.low, dimension.high];
  if (value >= low && value <= high && (dimension.kind === "float" || Number.isInteger(value))) return value;
  const what = dimension.kind === "categorical" ? "choice" : dimension.kind;
  const problem = `"${name}" is ${String(value)}, which is no ${what} from ${low} to ${high}.`;
  throw new TracegradError("bad-assignment", problem);
}

/**
 * The bounds between which a number is drawn: half a step more to both sides for integers, logarithms where ratios
 * count.
 */
export function boundsOf({ kind, low, high, log = false }: NumericDimension): readonly [low: number, high: number] {
  const half = kind === "integer" ? 0.5 : 0;
  return log ? [Math.log(low - half), Math.log(high + half)] : [low - half, high + half];
}

/** The value that a number between the {@link boundsOf} a dimension stands for. */
export function valueAt(dimension: NumericDimension, place: number): number {
  const { kind, low, high, log = false } = dimension;
  const value = log ? Math.exp(place) : place;
  return Math.min(high, Math.max(low, kind === "integer" ? Math.round(value) : value));
}

/**
 * A point, every choice equally likely; numbers evenly, or evenly by ratio with `log`.
 * @throws TracegradError `bad-space`.
 */
export function randomAssignment(space: readonly Dimension[], rng: Rng): Assignment {
  requireSpace(space);
  return Object.fromEntries(
    space.map((dimension): [string, number] => {
      if (dimension.kind === "categorical") return [dimension.name, rng.integer(dimension.choices)];
      const [low, high] = boundsOf(dimension);
      return [dimension.name, valueAt(dimension, low + rng.float() * (high - low))];
    }),
  );
}
