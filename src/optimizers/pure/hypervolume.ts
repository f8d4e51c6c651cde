/** How much of the space of scores a set of points dominates: one number for the quality of a whole front. */

import { TracegradError } from "../../util/errors.ts";
import { dominatesOriented, type Objective, oriented, type Scores } from "./pareto.ts";

/**
 * The exact volume of all that some point dominates and that dominates `reference` (Zitzler's S-metric), by slicing one
 * objective after the other. It never falls when a point is added, and rises with each point that none dominates. Meant
 * for fronts of some hundred points in two or three objectives; the work grows with each objective by a factor of their
 * number.
 *
 * @param reference The worst that counts, measured in all objectives. Points that are not better in all of them add
 *   nothing.
 * @throws TracegradError `bad-score`, also for a reference that lacks an objective, `bad-objective`.
 */
export function hypervolume(scores: readonly Scores[], objectives: readonly Objective[], reference: Scores): number {
  const origin = oriented(reference, objectives);
  const missing = objectives.find((_, at) => origin[at] === Number.NEGATIVE_INFINITY);
  if (missing)
    throw new TracegradError("bad-score", `The reference has no "${missing.name}". Give the worst that counts.`);
  const points = scores
    .map((one) => oriented(one, objectives).map((value, at) => value - (origin[at] as number)))
    .filter((point) => point.every((value) => value > 0));
  return volume(points, objectives.length);
}

/** The volume between zero and points of positive coordinates, of which the first `dimensions` count. */
function volume(points: readonly (readonly number[])[], dimensions: number): number {
  const last = dimensions - 1;
  if (last === 0) return points.reduce((most, point) => Math.max(most, point[0] as number), 0);
  const shown = points.map((point) => point.slice(0, dimensions));
  const sorted = shown
    .filter((point) => !shown.some((other) => dominatesOriented(other, point)))
    .sort((a, b) => (b[last] as number) - (a[last] as number));
  let total = 0;
  for (const [at, point] of sorted.entries()) {
    const height = (point[last] as number) - (sorted[at + 1]?.[last] ?? 0);
    // Between this point's height and the next one's, exactly the points so far reach up.
    if (height > 0) total += height * volume(sorted.slice(0, at + 1), last);
  }
  return total;
}
