/**
 * Sets of demonstrations to choose among, by the recipes of DSPy: none, labels, bootstrapped ones, and mixtures of
 * chance size.
 */

import { type Rng, shuffled } from "../../util/rng.ts";
import type { Demonstration } from "./demonstrations.ts";
import type { Bootstrapped } from "./traces.ts";

/** What sets are made of, in the order of the training data. */
export interface Material {
  /** From runs that went well. */
  readonly bootstrapped: readonly Bootstrapped[];
  /** Training examples with their expected output, as they are. */
  readonly labeled: readonly Bootstrapped[];
}

/** How large sets may be. */
export interface SetSizes {
  readonly maxBootstrapped: number;
  readonly maxLabeled: number;
  /** The most of both together. */
  readonly max: number;
}

/**
 * One set: the given bootstrapped demonstrations, and labels of other examples by chance as far as there is room
 * (Khattab et al. 2023, BootstrapFewShot).
 */
export function setOf(
  bootstrapped: readonly Bootstrapped[],
  { labeled }: Pick<Material, "labeled">,
  sizes: SetSizes,
  rng: Rng,
): readonly Demonstration[] {
  const shown = bootstrapped.slice(0, Math.min(sizes.maxBootstrapped, sizes.max));
  const used = new Set(shown.map(({ exampleId }) => exampleId));
  const rest = shuffled(
    labeled.filter(({ exampleId }) => !used.has(exampleId)),
    rng,
  );
  const room = Math.max(0, Math.min(sizes.maxLabeled, sizes.max - shown.length));
  return [...shown, ...rest.slice(0, room)].map((one) => one.shown);
}

/**
 * `count` sets: none at all, labels only, the bootstrapped ones in order, then shuffled ones of a size by chance, as
 * DSPy's random search and MIPROv2 draw them.
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
