/** Refuses names among Evolution's options that nobody knows. */

import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { minibatchNames } from "../search/options.ts";
import type {
  EvolutionCascade,
  EvolutionMigration,
  EvolutionNovelty,
  EvolutionOperators,
  EvolutionOptions,
  ParentMixture,
} from "./settings.ts";

const names: NamesOf<EvolutionOptions> = {
  ...minibatchNames,
  ...{ islands: true, children: true, populationSize: true, parent: true, operators: true, inspirations: true },
  ...{ features: true, novelty: true, cascade: true, migration: true, space: true },
};
const parent: NamesOf<ParentMixture> = { random: true, archive: true, fitness: true };
const operators: NamesOf<EvolutionOperators> = { mutate: true, crossover: true, random: true };
const inspirations: NamesOf<NonNullable<EvolutionOptions["inspirations"]>> = { top: true, diverse: true };
const novelty: NamesOf<EvolutionNovelty> = { threshold: true, maxRetries: true };
const cascade: NamesOf<EvolutionCascade> = { on: true, examples: true, threshold: true };
const migration: NamesOf<EvolutionMigration> = { every: true, share: true };
const groups = { parent, operators, inspirations, novelty, cascade, migration } as const;

/** Throws TracegradError `bad-option` with the nearest known name. */
export function checkEvolutionNames(options: EvolutionOptions): void {
  requireKnown("evolution", options, names);
  for (const [group, known] of Object.entries(groups)) {
    const given = options[group as keyof typeof groups];
    if (typeof given === "object" && given !== null) requireKnown(`\`${group}\` of evolution`, given, known);
  }
}
