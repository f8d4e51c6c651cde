/** Who is a parent: ShinkaEvolve's weights, or OpenEvolve's mixture of any, the archive and the fit. */

import { noveltyWeights, sampleIndex } from "../../math/weighted-sample.ts";
import type { Rng } from "../../util/rng.ts";
import type { EvolutionSettings } from "./settings.ts";
import type { EvolutionIsland, EvolutionMember } from "./state.ts";

/** A parent from the island; undefined when nobody is left but the `without`. */
export function drawParent(
  { members, elites }: EvolutionIsland,
  parent: EvolutionSettings["parent"],
  rng: Rng,
  without?: string,
): EvolutionMember | undefined {
  const able = members.filter(({ candidate }) => candidate !== without);
  if (able.length === 0) return undefined;
  return able[sampleIndex(weightsOf(able, elites, parent, rng), rng)];
}

function weightsOf(
  able: readonly EvolutionMember[],
  elites: EvolutionIsland["elites"],
  parent: EvolutionSettings["parent"],
  rng: Rng,
): readonly number[] {
  const scores = scoresOf(able);
  if (parent === "weighted")
    return noveltyWeights(able.map(({ children }, at) => ({ children, score: scores[at] as number })));
  const way = sampleIndex([parent.random, parent.archive, parent.fitness], rng);
  if (way === 0) return able.map(() => 1);
  if (way === 2) return fitnessWeights(scores);
  const leading = new Set(elites.map(({ candidate }) => candidate));
  const weights = able.map(({ candidate }) => (leading.has(candidate) ? 1 : 0));
  return weights.includes(1) ? weights : able.map(() => 1);
}

/** Scores, where there is none the lowest. */
function scoresOf(members: readonly EvolutionMember[]): readonly number[] {
  const known = members.map(({ fitness }) => fitness).filter((fitness) => fitness !== null);
  const lowest = known.length === 0 ? 0 : Math.min(...known);
  return members.map(({ fitness }) => fitness ?? lowest);
}

/**
 * In proportion to what a score is above the lowest one; the lowest itself has a small chance. Scores may be negative.
 */
function fitnessWeights(scores: readonly number[]): readonly number[] {
  const lowest = Math.min(...scores);
  const range = Math.max(...scores) - lowest;
  return scores.map((score) => (range === 0 ? 1 : (score - lowest) / range + 0.01));
}
