/** Sets of demonstrations to choose from, by DSPy's recipes: none, labels, bootstrapped ones, and random mixtures. */

import { type Rng, shuffled } from "../../util/rng.ts";
import type { Demonstration } from "./demonstrations.ts";
import type { SourcedDemonstration } from "./traces.ts";

/** The material for sets, in the order of the training data. */
export interface Material {
  /** From successful rollouts. */
  readonly bootstrapped: readonly SourcedDemonstration[];
  /** Training examples with their expected output, as they are. */
  readonly labeled: readonly SourcedDemonstration[];
}

/** How large sets may be. */
export interface SetSizes {
  readonly maxBootstrapped: number;
  readonly maxLabeled: number;
  /** The most of both together. */
  readonly max: number;
}

/**
 * One set: the bootstrapped demonstrations, then labels of random other examples as far as there is room (Khattab et
 * al. 2023, BootstrapFewShot).
 */
export function setOf(
  bootstrapped: readonly SourcedDemonstration[],
  { labeled }: Pick<Material, "labeled">,
  sizes: SetSizes,
  rng: Rng,
): readonly Demonstration[] {
  const first = bootstrapped.slice(0, Math.min(sizes.maxBootstrapped, sizes.max));
  const used = new Set(first.map(({ exampleId }) => exampleId));
  const rest = shuffled(
    labeled.filter(({ exampleId }) => !used.has(exampleId)),
    rng,
  );
  const room = Math.max(0, Math.min(sizes.maxLabeled, sizes.max - first.length));
  return [...first, ...rest.slice(0, room)].map(({ demonstration }) => demonstration);
}

/**
 * `count` sets: an empty one, labels only, the bootstrapped ones in order, then shuffled ones of random size, as in
 * DSPy's random search and MIPROv2.
 */
export function demonstrationSets(
  material: Material,
  sizes: SetSizes,
  count: number,
  rng: Rng,
): readonly (readonly Demonstration[])[] {
  const sets: (readonly Demonstration[])[] = [[]];
  if (count > 1) sets.push(setOf([], material, sizes, rng));
  if (count > 2) sets.push(setOf(material.bootstrapped, material, sizes, rng));
  while (sets.length < count) {
    const size = 1 + rng.integer(Math.max(1, sizes.maxBootstrapped));
    sets.push(setOf(shuffled(material.bootstrapped, rng), material, { ...sizes, maxBootstrapped: size }, rng));
  }
  return sets.slice(0, count);
}
