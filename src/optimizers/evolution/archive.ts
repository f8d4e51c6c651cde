/**
 * An island's archive, by MAP-Elites (Mouret and Clune 2015): a grid over features of candidates, such as length and
 * wording, that stores the fittest candidate of each cell. So unusual candidates stay although others are fitter.
 */

import { cosine, type Vector } from "../../math/epsilon-net.ts";
import { mean } from "../../math/statistics.ts";
import { textVector } from "../../math/text-vector.ts";
import { TracegradError } from "../../util/errors.ts";
import { requireWholeNumber } from "../../util/require.ts";
import type { Outcome } from "../search/outcome.ts";
import type { EvolutionFeature } from "./settings.ts";

/** Parameter values by name. */
export type CandidateValues = Readonly<Record<string, unknown>>;

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

/** What the features of a candidate are computed from. */
export interface FeatureSource {
  readonly values: CandidateValues;
  /** The values of the baseline. */
  readonly baseline: CandidateValues;
  /** Its outcomes on the validation examples. */
  readonly outcomes: readonly Outcome[];
}

/** How many bins an axis has when the feature does not say. */
export const defaultBins = 5;

/** The features as axes of an archive. */
export function axesOf(features: readonly EvolutionFeature[]): readonly FeatureAxis[] {
  return features.map((feature) => {
    if (feature === "length") return { name: feature, low: -2, high: 2, bins: defaultBins };
    if (feature === "distance") return { name: feature, low: 0, high: 1, bins: defaultBins };
    const { low, high, bins = defaultBins } = feature;
    return { name: "objective" in feature ? feature.objective : feature.name, low, high, bins };
  });
}

/**
 * The cell of a candidate by the features of an evolution.
 * @throws TracegradError `bad-feature` when a feature of the user gives no finite number.
 */
export function cellOfCandidate(features: readonly EvolutionFeature[], source: FeatureSource): string {
  const axes = axesOf(features);
  const values = features.map((feature, at) => [axes[at]?.name as string, valueOf(feature, source)] as const);
  return cellOf(Object.fromEntries(values), axes);
}

function valueOf(feature: EvolutionFeature, { values, baseline, outcomes }: FeatureSource): number {
  if (feature === "length") return Math.log2((1 + textOf(values).length) / (1 + textOf(baseline).length));
  if (feature === "distance") return Math.max(0, 1 - cosine(vectorOf(values), vectorOf(baseline)));
  if ("value" in feature) return feature.value(values);
  const measured = outcomes.map(({ objectives }) => objectives?.[feature.objective]);
  const known = measured.filter((one) => one !== undefined);
  // A guide may fail on all examples. That puts the candidate at the end of the axis rather than ending the run.
  return known.length === 0 ? feature.low : mean(known);
}

/**
 * The cell for some feature values: for each axis the number of its bin, joined by commas. Values beyond the bounds
 * fall into the bin at that end.
 * @throws TracegradError `bad-feature` for a feature that is missing or not a finite number, or for a `low` that is not
 *   below its `high`; `bad-option` unless `bins` is a whole number above 0.
 */
export function cellOf(features: Readonly<Record<string, number>>, axes: readonly FeatureAxis[]): string {
  const bins = axes.map(({ name, low, high, bins }) => {
    requireWholeNumber("bins", bins);
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
 * The elites with a new one among them, if it is the first of its cell or fitter than the one there; otherwise the same
 * array. Of equally fit ones the first stays.
 * @throws TracegradError `bad-score` when the fitness is not a finite number.
 */
export function placeElite(elites: readonly Elite[], elite: Elite): readonly Elite[] {
  if (!Number.isFinite(elite.fitness)) {
    throw new TracegradError(
      "bad-score",
      `The fitness of "${elite.candidate}" is ${String(elite.fitness)}, not a finite number.`,
    );
  }
  const present = elites.find(({ cell }) => cell === elite.cell);
  if (!present) return [...elites, elite];
  return elite.fitness > present.fitness ? elites.map((one) => (one === present ? elite : one)) : elites;
}

/** The vectors of values that are still in use: a search compares the same candidates in each round. */
const vectors = new WeakMap<CandidateValues, Vector>();

/** All values as one text. */
function textOf(values: CandidateValues): string {
  return Object.values(values)
    .map((value) => (typeof value === "string" ? value : JSON.stringify(value)))
    .join("\n");
}

/** The wording of all values as a vector, to compare candidates without a model. The values must not change later. */
export function vectorOf(values: CandidateValues): Vector {
  const known = vectors.get(values);
  if (known !== undefined) return known;
  const vector = textVector(textOf(values));
  vectors.set(values, vector);
  return vector;
}
