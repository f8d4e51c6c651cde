/** A space as a Parzen estimator sees it: one dimension for each name, and the numbers that are points of it. */

import { TracegradError } from "../../util/errors.ts";
import { badSpace, type Dimension, type NumericDimension } from "../space/domain.ts";
import type { Space } from "../space/space.ts";

/** A dimension with the name that the space gives it. */
export type WithName<T extends Dimension = Dimension> = T & { readonly name: string };

/** A point of a space whose domains are all dimensions: the index of a choice, or a number, for each name. */
export type NumericPoint = Readonly<Record<string, number>>;

/**
 * The dimensions of a space, in its order.
 * @throws TracegradError `bad-space` for a domain that is not a dimension, such as a grammar.
 */
export function dimensionsOf(space: Space): readonly WithName[] {
  return space.names.map((name) => {
    const dimension = space.dimensions[name];
    if (dimension !== undefined) return { name, ...dimension };
    throw badSpace(
      `The domain of "${name}" is not a dimension that a Parzen estimator can read. ` +
        "Use choices(…), or number(…) without a step or with whole numbers.",
    );
  });
}

/**
 * The value of a point in a dimension.
 * @throws TracegradError `bad-assignment` when it is missing or not in the dimension.
 */
export function valueIn(dimension: WithName, point: NumericPoint): number {
  const { name } = dimension;
  const value = Object.hasOwn(point, name) ? (point[name] as number) : Number.NaN;
  const [low, high] = dimension.kind === "categorical" ? [0, dimension.choices - 1] : [dimension.low, dimension.high];
  if (value >= low && value <= high && (dimension.kind === "float" || Number.isInteger(value))) return value;
  const what = dimension.kind === "categorical" ? "choice" : dimension.kind;
  throw new TracegradError("bad-assignment", `"${name}" is ${String(value)}, not a ${what} from ${low} to ${high}.`);
}

/**
 * The bounds between which a number is sampled: half a step wider on both sides for integers; logarithms when ratios
 * count.
 */
export function boundsOf({ kind, low, high, log = false }: NumericDimension): readonly [low: number, high: number] {
  const half = kind === "integer" ? 0.5 : 0;
  return log ? [Math.log(low - half), Math.log(high + half)] : [low - half, high + half];
}

/** The value that a number between the {@link boundsOf} a dimension stands for. */
export function valueAt(dimension: NumericDimension, position: number): number {
  const { kind, low, high, log = false } = dimension;
  const value = log ? Math.exp(position) : position;
  return Math.min(high, Math.max(low, kind === "integer" ? Math.round(value) : value));
}
