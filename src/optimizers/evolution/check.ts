/** Evolution's options with their defaults, and their checks before anything is spent. */

import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { resolveOptions } from "../../util/options.ts";
import { preview } from "../../util/preview.ts";
import { requireWholeNumber } from "../../util/require.ts";
import { bindSpace } from "../local-search/target.ts";
import { checkSizes, minibatchTable } from "../search/options.ts";
import type { SearchSetup } from "../search/search.ts";
import type { Domain } from "../space/domain.ts";
import { type Space, spaceOf } from "../space/space.ts";
import { axesOf, type CandidateValues, defaultBins } from "./archive.ts";
import type {
  ComputedFeature,
  EvolutionCascade,
  EvolutionFeature,
  EvolutionMigration,
  EvolutionNovelty,
  EvolutionOperators,
  EvolutionOptions,
  EvolutionSettings,
  ObjectiveFeature,
  ParentMixture,
} from "./settings.ts";

const names: NamesOf<EvolutionOptions> = {
  ...{ minibatchSize: true, temperatures: true },
  ...{ islands: true, children: true, populationSize: true, parent: true, operators: true, inspirations: true },
  ...{ features: true, novelty: true, cascade: true, migration: true, space: true },
};
const parentNames: NamesOf<ParentMixture> = { random: true, archive: true, fitness: true };
const operatorNames: NamesOf<EvolutionOperators> = { mutate: true, crossover: true, random: true };
const inspirationNames: NamesOf<NonNullable<EvolutionOptions["inspirations"]>> = { top: true, diverse: true };
const noveltyNames: NamesOf<EvolutionNovelty> = { threshold: true, maxRetries: true };
const cascadeNames: NamesOf<EvolutionCascade> = { on: true, examples: true, threshold: true };
const migrationNames: NamesOf<EvolutionMigration> = { every: true, share: true };
const groups = {
  ...{ parent: parentNames, operators: operatorNames, inspirations: inspirationNames },
  ...{ novelty: noveltyNames, cascade: cascadeNames, migration: migrationNames },
} as const;

/** OpenEvolve's shares. */
const openEvolveMixture: ParentMixture = { random: 0.2, archive: 0.7, fitness: 0.1 };

/** The options with their defaults. Throws TracegradError `bad-option`, `bad-space`. */
export function evolutionSettings(options: EvolutionOptions): EvolutionSettings {
  checkNames(options);
  const { minibatchSize, temperatures } = options;
  const { islands = 2, children = 4, populationSize = 10, features = ["length", "distance"] } = options;
  const { top = 3, diverse = 2 } = options.inspirations ?? {};
  for (const [name, value] of Object.entries({ islands, children, populationSize })) requireWholeNumber(name, value);
  requireWholeNumber("inspirations.top", top, { zero: true });
  requireWholeNumber("inspirations.diverse", diverse, { zero: true });
  checkFeatures(features);
  const space = spaceFrom(options.space);
  return {
    ...{ islands, children, populationSize, features, space, inspirations: { top, diverse } },
    ...resolveOptions("evolution", { minibatchSize, temperatures }, minibatchTable),
    parent: parentOf(options),
    operators: operatorsOf(options, space !== undefined),
    novelty: noveltyOf(options, space !== undefined),
    cascade: cascadeOf(options),
    migration: migrationOf(options),
  };
}

function checkNames(options: EvolutionOptions): void {
  requireKnown("evolution", options, names);
  for (const [group, known] of Object.entries(groups)) {
    const value = options[group as keyof typeof groups];
    if (typeof value === "object" && value !== null) requireKnown(`\`${group}\` of evolution`, value, known);
  }
}

function spaceFrom(space: EvolutionOptions["space"]): Space | undefined {
  return space === undefined || isSpace(space) ? space : spaceOf(space);
}

/** A record of domains may have any names, but its values are objects, never functions. */
function isSpace(space: Readonly<Record<string, Domain>> | Space): space is Space {
  return typeof space?.random === "function" && typeof space.crossover === "function";
}

function parentOf({ parent = "weighted" }: EvolutionOptions): EvolutionSettings["parent"] {
  if (parent === "weighted") return parent;
  if (parent === "mixture") return openEvolveMixture;
  if (typeof parent !== "object" || parent === null) {
    refuse(`\`parent\` is "weighted", "mixture" or { random, archive, fitness }; got ${preview(parent)}.`);
  }
  const { random, archive, fitness } = parent;
  requireShares("parent", { random, archive, fitness });
  return { random, archive, fitness };
}

function operatorsOf({ operators = {} }: EvolutionOptions, hasSpace: boolean): EvolutionSettings["operators"] {
  const { mutate = 0.7, crossover = 0.3, random = hasSpace ? 0.05 : 0 } = operators;
  requireShares("operators", { mutate, crossover, random });
  if (random > 0 && !hasSpace) {
    refuse("`operators.random` samples candidates from a `space`. Give one, or leave `random` out.");
  }
  return { mutate, crossover, random };
}

function noveltyOf({ novelty = {} }: EvolutionOptions, hasSpace: boolean): EvolutionSettings["novelty"] {
  const { threshold = hasSpace ? 1 : 0.99, maxRetries = hasSpace ? 10 : 2 } = novelty;
  if (!(threshold >= 0 && threshold <= 1)) {
    refuse(`\`novelty.threshold\` is a number from 0 to 1; got ${preview(threshold)}.`);
  }
  requireWholeNumber("novelty.maxRetries", maxRetries, { zero: true });
  return { threshold, maxRetries };
}

function cascadeOf({ cascade = {} }: EvolutionOptions): EvolutionSettings["cascade"] {
  if (cascade === null) return null;
  const { on = "validation", examples = 5, threshold = -0.2 } = cascade;
  if (on !== "validation" && on !== "minibatch") {
    refuse(`\`cascade.on\` is "validation" or "minibatch"; got ${preview(on)}.`);
  }
  requireWholeNumber("cascade.examples", examples);
  if (!Number.isFinite(threshold)) {
    refuse(`\`cascade.threshold\` is a difference of scores, a finite number; got ${preview(threshold)}.`);
  }
  return { on, examples, threshold };
}

function migrationOf({ migration = {} }: EvolutionOptions): EvolutionSettings["migration"] {
  if (migration === null) return null;
  const { every = 10, share = 0.1 } = migration;
  requireWholeNumber("migration.every", every);
  if (!(share > 0 && share <= 1)) refuse(`\`migration.share\` is above 0, and at most 1; got ${preview(share)}.`);
  return { every, share };
}

function requireShares(option: string, shares: Readonly<Record<string, number>>): void {
  for (const [name, share] of Object.entries(shares)) {
    if (!(Number.isFinite(share) && share >= 0)) {
      refuse(`\`${option}.${name}\` is a number, 0 or more; got ${preview(share)}.`);
    }
  }
  if (Object.values(shares).every((share) => share === 0)) refuse(`One of \`${option}\` has to be above 0.`);
}

/** The settings as JSON, for the record of a run: functions by the names of their features. */
export function recordedSettings({ features, space, ...settings }: EvolutionSettings): Json {
  const { temperatures, parent, operators, inspirations, novelty, cascade, migration, ...counts } = settings;
  return {
    ...counts,
    temperatures: [...temperatures],
    parent: typeof parent === "string" ? parent : { ...parent },
    operators: { ...operators },
    inspirations: { ...inspirations },
    novelty: { ...novelty },
    cascade: cascade === null ? null : { ...cascade },
    migration: migration === null ? null : { ...migration },
    features: axesOf(features).map((axis) => ({ ...axis })),
    space: space?.spec ?? null,
  };
}

/** Refuses what does not fit the data, the parameters or the objectives. Throws TracegradError `bad-option`. */
export function checkSetup(options: EvolutionOptions, settings: EvolutionSettings, setup: SearchSetup): void {
  const { space, operators, cascade } = settings;
  // A space is searched without minibatches, unless the cascade judges by one.
  const usesMinibatch = space === undefined || cascade?.on === "minibatch";
  const { minibatchSize } = options;
  checkSizes(usesMinibatch && minibatchSize !== undefined ? { minibatchSize } : {}, setup);
  const examples = options.cascade?.examples;
  if (examples !== undefined && examples > setup.validation.length) {
    refuse(
      `\`cascade.examples\` is ${examples}, but there are only ${setup.validation.length} validation examples. ` +
        "Make it smaller, or leave it out.",
    );
  }
  if (space !== undefined) bindSpace(space, [...setup.parameters.values()], new WeakMap());
  const cannotCross = space === undefined && setup.llm === undefined && setup.names.length < 2;
  if (cannotCross && operators.mutate === 0) {
    refuse(
      "Crossover of a single parameter needs a model or a `space`. Give one of them, or `operators.mutate` above 0.",
    );
  }
  const baseline = Object.fromEntries([...setup.parameters].map(([name, { data }]) => [name, data]));
  checkFeatures(settings.features, { baseline, objectives: setup.objectives.map(({ name }) => name) });
}

/** What features are checked against, once it is known. */
interface FeatureSetup {
  readonly baseline: CandidateValues;
  /** Names of the run's objectives. */
  readonly objectives: readonly string[];
}

/** Refuses invalid features. */
function checkFeatures(features: readonly EvolutionFeature[], setup?: FeatureSetup): void {
  if (!Array.isArray(features) || features.length === 0) {
    refuse(`\`features\` is a list of one feature or more; got ${preview(features)}.`);
  }
  for (const feature of features as readonly EvolutionFeature[]) {
    if (feature === "length" || feature === "distance") continue;
    checkAxis(feature);
    if ("value" in feature) checkComputed(feature, setup);
    else if (setup !== undefined) checkObjective(feature, setup);
  }
  const axes = axesOf(features).map(({ name }) => name);
  const twice = axes.find((name, at) => axes.indexOf(name) < at);
  if (twice !== undefined) refuse(`Two \`features\` are named "${twice}". Rename or drop one.`);
}

function checkAxis(feature: ComputedFeature | ObjectiveFeature): void {
  if (typeof feature !== "object" || feature === null) {
    refuse(
      `A feature is "length", "distance", { name, value, low, high } or { objective, low, high }; ` +
        `got ${preview(feature)}.`,
    );
  }
  const name = "objective" in feature ? feature.objective : feature.name;
  if (typeof name !== "string" || name === "") refuse(`A feature has a name; got ${preview(feature)}.`);
  const { low, high, bins = defaultBins } = feature;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    refuse(
      `Feature "${name}" goes from \`low\` to \`high\`, and \`low\` is below \`high\`; ` +
        `got ${preview(low)} and ${preview(high)}.`,
    );
  }
  requireWholeNumber(`features.${name}.bins`, bins);
}

function checkComputed({ name, value }: ComputedFeature, setup: FeatureSetup | undefined): void {
  if (typeof value !== "function") refuse(`\`value\` of feature "${name}" is a function of the values.`);
  const ofBaseline = setup === undefined ? 0 : value(setup.baseline);
  if (Number.isFinite(ofBaseline)) return;
  refuse(`Feature "${name}" of the baseline is ${preview(ofBaseline)}. Make \`value\` return a finite number.`);
}

function checkObjective({ objective }: ObjectiveFeature, { objectives }: FeatureSetup): void {
  if (objectives.includes(objective)) return;
  const known = objectives.length === 0 ? "none" : objectives.join(", ");
  refuse(
    `Feature "${objective}" is not an objective of the run (it has: ${known}). Name it in \`objectives\` of train.`,
  );
}

function refuse(problem: string): never {
  throw new TracegradError("bad-option", problem);
}
