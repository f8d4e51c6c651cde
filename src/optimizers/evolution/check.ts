/** Fills in the defaults of Evolution's options, and refuses those that cannot be before anything is spent. */

import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
import { bind } from "../local-search/target.ts";
import { checkSizes, minibatchSettings } from "../search/options.ts";
import type { SearchSetup } from "../search/search.ts";
import type { Domain } from "../space/domain.ts";
import { type Space, spaceOf } from "../space/space.ts";
import { axesOf, checkFeatures } from "./features.ts";
import { checkEvolutionNames } from "./names.ts";
import type { EvolutionOptions, EvolutionSettings, ParentMixture } from "./settings.ts";

/** OpenEvolve's shares. */
const mixture: ParentMixture = { random: 0.2, archive: 0.7, fitness: 0.1 };

/** The options with their defaults. Throws TracegradError `bad-option`, `bad-space`. */
export function evolutionSettings(options: EvolutionOptions): EvolutionSettings {
  checkEvolutionNames(options);
  const {
    islands = 2,
    children = 4,
    populationSize = 10,
    inspirations = {},
    features = ["length", "distance"],
  } = options;
  const { top = 3, diverse = 2 } = inspirations;
  for (const [name, value] of Object.entries({ islands, children, populationSize })) requirePositive(name, value);
  requirePositive("inspirations.top", top, { zero: true });
  requirePositive("inspirations.diverse", diverse, { zero: true });
  checkFeatures(features);
  const space = givenSpace(options.space);
  return {
    ...{ islands, children, populationSize, features, space, inspirations: { top, diverse } },
    ...minibatchSettings(options),
    parent: parentOf(options),
    operators: operatorsOf(options, space !== undefined),
    novelty: noveltyOf(options, space !== undefined),
    cascade: cascadeOf(options),
    migration: migrationOf(options),
  };
}

function givenSpace(given: EvolutionOptions["space"]): Space | undefined {
  if (given === undefined || isSpace(given)) return given;
  return spaceOf(given);
}

/** A record of domains may have any names, but its values are domains: objects, no functions. */
function isSpace(given: Readonly<Record<string, Domain>> | Space): given is Space {
  return typeof given?.random === "function" && typeof given.crossover === "function";
}

function parentOf({ parent = "weighted" }: EvolutionOptions): EvolutionSettings["parent"] {
  if (parent === "weighted") return parent;
  if (parent === "mixture") return mixture;
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
    refuse("`operators.random` draws programs from a `space`. Give one, or leave `random` out.");
  }
  return { mutate, crossover, random };
}

function noveltyOf({ novelty = {} }: EvolutionOptions, hasSpace: boolean): EvolutionSettings["novelty"] {
  const { threshold = hasSpace ? 1 : 0.99, maxRetries = hasSpace ? 10 : 2 } = novelty;
  requireChance("novelty.threshold", threshold);
  requirePositive("novelty.maxRetries", maxRetries, { zero: true });
  return { threshold, maxRetries };
}

function cascadeOf({ cascade = {} }: EvolutionOptions): EvolutionSettings["cascade"] {
  if (cascade === null) return null;
  const { on = "validation", examples = 5, threshold = -0.2 } = cascade;
  if (on !== "validation" && on !== "minibatch") {
    refuse(`\`cascade.on\` is "validation" or "minibatch"; got ${preview(on)}.`);
  }
  requirePositive("cascade.examples", examples);
  if (!Number.isFinite(threshold)) {
    refuse(`\`cascade.threshold\` is a difference of scores, a finite number; got ${preview(threshold)}.`);
  }
  return { on, examples, threshold };
}

function migrationOf({ migration = {} }: EvolutionOptions): EvolutionSettings["migration"] {
  if (migration === null) return null;
  const { every = 10, share = 0.1 } = migration;
  requirePositive("migration.every", every);
  if (!(share > 0 && share <= 1)) refuse(`\`migration.share\` is above 0, and 1 at most; got ${preview(share)}.`);
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

function requireChance(option: string, value: number): void {
  if (!(value >= 0 && value <= 1)) refuse(`\`${option}\` is a number from 0 to 1; got ${preview(value)}.`);
}

/** The settings as JSON, for the record of a run: functions by the names of their features. */
export function settingsJson({ features, space, ...settings }: EvolutionSettings): Json {
  const { cascade, migration, operators, novelty, parent, ...plain } = settings;
  return {
    ...plain,
    temperatures: [...plain.temperatures],
    parent: typeof parent === "string" ? parent : { ...parent },
    ...{ operators: { ...operators }, novelty: { ...novelty } },
    cascade: cascade === null ? null : { ...cascade },
    migration: migration === null ? null : { ...migration },
    features: axesOf(features).map((axis) => ({ ...axis })),
    space: space?.spec ?? null,
  };
}

/** Refuses what does not go with the data, the parameters and the objectives. Throws TracegradError. */
export function checkSetup(options: EvolutionOptions, settings: EvolutionSettings, setup: SearchSetup): void {
  const { space, operators, cascade } = settings;
  // A space is searched without minibatches, unless the cascade judges by one.
  const usesMinibatch = space === undefined || cascade?.on === "minibatch";
  checkSizes(
    { ...(usesMinibatch && options.minibatchSize !== undefined ? { minibatchSize: options.minibatchSize } : {}) },
    setup,
  );
  const examples = options.cascade?.examples;
  if (examples !== undefined && examples > setup.validation.length) {
    refuse(
      `\`cascade.examples\` is ${examples}, but there are only ${setup.validation.length} validation examples. ` +
        "Make it smaller, or leave it out.",
    );
  }
  if (space !== undefined) bind(space, [...setup.parameters.values()], new WeakMap());
  const cannotCross = space === undefined && setup.llm === undefined && setup.names.length < 2;
  if (cannotCross && operators.mutate === 0) {
    refuse(
      "Crossover of a single parameter needs a model or a `space`. Give one of them, or `operators.mutate` above 0.",
    );
  }
  const start = Object.fromEntries([...setup.parameters].map(([name, { data }]) => [name, data]));
  checkFeatures(settings.features, { start, objectives: setup.objectives.map(({ name }) => name) });
}

function refuse(problem: string): never {
  throw new TracegradError("bad-option", problem);
}
