/** The features of candidates: where in its island's archive a candidate belongs. */

import { cosine } from "../../math/epsilon-net.ts";
import { mean } from "../../math/statistics.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
import type { Outcome } from "../search/outcome.ts";
import { cellOf, type FeatureAxis } from "./map-elites.ts";
import type { EvolutionFeature } from "./settings.ts";
import { textOf, type Values, vectorOf } from "./text.ts";

const usualBins = 5;

/** The features as axes of an archive. */
export function axesOf(features: readonly EvolutionFeature[]): readonly FeatureAxis[] {
  return features.map((feature) => {
    if (feature === "length") return { name: feature, low: -2, high: 2, bins: usualBins };
    if (feature === "distance") return { name: feature, low: 0, high: 1, bins: usualBins };
    const { low, high, bins = usualBins } = feature;
    return { name: "objective" in feature ? feature.objective : feature.name, low, high, bins };
  });
}

/** What is known of a candidate whose cell is asked for. */
export interface Featured {
  readonly values: Values;
  /** Of the starting artifact. */
  readonly start: Values;
  /** How it did on the validation examples. */
  readonly outcomes: readonly Outcome[];
}

/**
 * The cell of a candidate.
 * @throws TracegradError `bad-feature` when a feature of the user's gives no finite number.
 */
export function cellIn(features: readonly EvolutionFeature[], candidate: Featured): string {
  const axes = axesOf(features);
  const values = features.map((feature, at) => [axes[at]?.name as string, valueOf(feature, candidate)] as const);
  return cellOf(Object.fromEntries(values), axes);
}

function valueOf(feature: EvolutionFeature, { values, start, outcomes }: Featured): number {
  if (feature === "length") return Math.log2((1 + textOf(values).length) / (1 + textOf(start).length));
  if (feature === "distance") return Math.max(0, 1 - cosine(vectorOf(values), vectorOf(start)));
  if ("value" in feature) return feature.value(values);
  const measured = outcomes.map(({ objectives }) => objectives?.[feature.objective]);
  const known = measured.filter((one) => one !== undefined);
  // What was never measured goes to the end of the axis rather than ending the run: a judge may fail.
  return known.length === 0 ? feature.low : mean(known);
}

/** What features are checked against, once that is known. */
interface Given {
  readonly start: Values;
  /** Names of the run's objectives. */
  readonly objectives: readonly string[];
}

/** Refuses features that cannot be. Throws TracegradError `bad-option`. */
export function checkFeatures(features: readonly EvolutionFeature[], given?: Given): void {
  if (!Array.isArray(features) || features.length === 0) {
    refuse(`\`features\` is a list of one feature or more; got ${preview(features)}.`);
  }
  for (const feature of features) checkFeature(feature, given);
  const names = axesOf(features).map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) refuse(`Two \`features\` are named "${twice}". Rename or drop one.`);
}

function checkFeature(feature: EvolutionFeature, given: Given | undefined): void {
  if (feature === "length" || feature === "distance") return;
  if (typeof feature !== "object" || feature === null) {
    refuse(
      `A feature is "length", "distance", { name, value, low, high } or { objective, low, high }; ` +
        `got ${preview(feature)}.`,
    );
  }
  const name = "objective" in feature ? feature.objective : feature.name;
  if (typeof name !== "string" || name === "") refuse(`A feature has a name; got ${preview(feature)}.`);
  const { low, high, bins = usualBins } = feature;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    refuse(
      `Feature "${name}" goes from \`low\` to \`high\`, low being below; got ${preview(low)} and ${preview(high)}.`,
    );
  }
  requirePositive(`features.${name}.bins`, bins);
  if ("value" in feature) {
    if (typeof feature.value !== "function") refuse(`\`value\` of feature "${name}" is a function of the values.`);
    const value = given === undefined ? 0 : feature.value(given.start);
    if (!Number.isFinite(value)) {
      refuse(`Feature "${name}" of the starting values is ${preview(value)}. Make \`value\` return a finite number.`);
    }
  } else if (given !== undefined && !given.objectives.includes(name)) {
    const known = given.objectives.length === 0 ? "none" : given.objectives.join(", ");
    refuse(`Feature "${name}" is no objective of the run (it has: ${known}). Name it in \`objectives\` of train.`);
  }
}

function refuse(problem: string): never {
  throw new TracegradError("bad-option", problem);
}
