/**
 * MAP-Elites (Mouret and Clune 2015): a grid over features of candidates, such as length and diversity, with the
 * fittest of each cell; so that the unusual are kept although they are not the best of all.
 */

import { TracegradError } from "../../util/errors.ts";
import { requirePositive } from "../../util/require.ts";

/** A feature of candidates that becomes an axis of the grid. */
export interface FeatureAxis {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** How many cells the axis has, all equally wide. */
  readonly bins: number;
}

/** The fittest candidate of a cell. JSON. */
export interface Elite {
  readonly cell: string;
  readonly candidate: string;
  readonly fitness: number;
}

/**
 * The cell of a candidate: for each axis the number of its bin, joined by commas. Values beyond the bounds fall into
 * the bin at the end.
 * @throws TracegradError `bad-feature` for a feature that is missing or no finite number, or bounds without room
 *   between them, `bad-option` for bins that are no whole number above 0.
 */
export function cellOf(features: Readonly<Record<string, number>>, axes: readonly FeatureAxis[]): string {
  const bins = axes.map(({ name, low, high, bins }) => {
    requirePositive("bins", bins);
    if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
      throw new TracegradError(
        "bad-feature",
        `Feature "${name}" goes from ${low} to ${high}. Give a low below its high.`,
      );
    }
    const value = Object.hasOwn(features, name) ? features[name] : undefined;
    if (value === undefined || !Number.isFinite(value)) {
      throw new TracegradError("bad-feature", `Feature "${name}" is ${String(value)}, not a finite number.`);
    }
    return Math.min(bins - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * bins)));
  });
  return bins.join(",");
}

/**
 * The elites with the candidate among them, if it is the first of its cell or fitter than the one there; the same array
 * otherwise. Of equally fit ones the first stays.
 * @throws TracegradError `bad-score` when the fitness is no finite number.
 */
export function placeElite(elites: readonly Elite[], entry: Elite): readonly Elite[] {
  if (!Number.isFinite(entry.fitness)) {
    throw new TracegradError(
      "bad-score",
      `The fitness of "${entry.candidate}" is ${String(entry.fitness)}, not a finite number.`,
    );
  }
  const present = elites.find(({ cell }) => cell === entry.cell);
  if (!present) return [...elites, entry];
  return entry.fitness > present.fitness ? elites.map((elite) => (elite === present ? entry : elite)) : elites;
}
