/** Evolution's options, with the defaults and their reasons. */

import type { MinibatchOptions, MinibatchSettings } from "../search/options.ts";
import type { Domain } from "../space/domain.ts";
import type { Space } from "../space/space.ts";

/** A feature that is computed from a candidate's values. */
export interface ComputedFeature {
  readonly name: string;
  /** The feature of a candidate, from its values by parameter name; a finite number. */
  readonly value: (values: Readonly<Record<string, unknown>>) => number;
  /** The bounds of the axis; values beyond them fall into the last bin on that side. */
  readonly low: number;
  readonly high: number;
  /** How many cells the axis has. Default: 5. */
  readonly bins?: number;
}

/** A feature that is the mean of an objective of the run over the validation examples. */
export interface ObjectiveFeature extends Pick<ComputedFeature, "low" | "high" | "bins"> {
  /** The name of the objective. */
  readonly objective: string;
}

/**
 * A feature by which an island distinguishes candidates: `length` of all values together, as the binary logarithm of
 * its ratio to the baseline's (from a quarter to four times); `distance` from the baseline, from 0 for the same wording
 * to 1 for nothing in common; your own number; or an objective of the run.
 */
export type EvolutionFeature = "length" | "distance" | ComputedFeature | ObjectiveFeature;

/** The shares of parents that are any candidate of the island, one of its archive, or chosen by fitness. */
export interface ParentMixture {
  readonly random: number;
  readonly archive: number;
  readonly fitness: number;
}

/** How a parent is sampled from its island. */
export type EvolutionParent = "weighted" | "mixture" | ParentMixture;

/** How likely each way to make a child is, relative to the others. */
export interface EvolutionOperators {
  /** One parent, rewritten by the model; with a `space`, a step to a neighbour. Default: 0.7. */
  readonly mutate?: number;
  /**
   * Two parents. When they differ in two parameters or more, the child has each from one of them, without the model;
   * otherwise the model rewrites the first with the second in view. With a `space`, its crossover. Default: 0.3.
   */
  readonly crossover?: number;
  /**
   * A random candidate of the `space`. Default: 0.05, since crossover soon exhausts a small space; without a `space` it
   * must be 0.
   */
  readonly random?: number;
}

/** Which children are not worth judging. */
export interface EvolutionNovelty {
  /**
   * A child whose wording has a cosine above this to a candidate of its island is not judged, if all values that are
   * not text are equal: one changed number or line of code makes a difference. Default: 0.99, as in ShinkaEvolve; with
   * a `space` 1, since its neighbours are alike by design. At 1 only existing candidates are left out.
   */
  readonly threshold?: number;
  /**
   * How often such a child is made again. Default: 2, as in ShinkaEvolve; with a `space` 10, since that costs
   * nothing.
   */
  readonly maxRetries?: number;
}

/** Which children are worth all validation examples. */
export interface EvolutionCascade {
  /**
   * What a child is judged on first: some `validation` examples, the same for all children of a round, where the
   * parent's outcomes are known and nothing is judged twice (default); or the `minibatch` of training examples that it
   * was made from.
   */
  readonly on?: "validation" | "minibatch";
  /** How many validation examples these are. Default: 5. With no more than that in total there is no cascade. */
  readonly examples?: number;
  /**
   * The minimum of the child's mean minus its parent's. Default: -0.2, for scores from 0 to 1: children pass unless
   * they are much worse, because an archive of different candidates has room for them.
   */
  readonly threshold?: number;
}

/** How islands exchange candidates. */
export interface EvolutionMigration {
  /** How many rounds pass between migrations. Default: 10. */
  readonly every?: number;
  /**
   * The share of the candidates born on an island that goes to its neighbours, at least one. Default: 0.1, as in
   * OpenEvolve.
   */
  readonly share?: number;
}

/** Options of {@link evolution}. */
export interface EvolutionOptions extends MinibatchOptions {
  /**
   * How many populations evolve apart. Default: 2, as in ShinkaEvolve: runs here judge tens to hundreds of candidates,
   * and each further island divides them.
   */
  readonly islands?: number;
  /**
   * How many children a round makes, all at once, on the islands in turn. Default: 4. More is faster; with fewer, each
   * child can build on more.
   */
  readonly children?: number;
  /**
   * The most candidates of an island beside its archive; the least fit leave. Default: 10. ShinkaEvolve's 40 is much
   * for runs of a few hundred candidates: half of all are parents then, and the best has few turns (on OneMax with 20
   * bits and 150 candidates, 10 reaches 0.93 and 40 reaches 0.78).
   */
  readonly populationSize?: number;
  /**
   * How parents are sampled. Default: `weighted`, as in ShinkaEvolve: mostly candidates above the median, and of these
   * the seldom chosen. `mixture` is OpenEvolve's: 0.2 any candidate, 0.7 one of the archive, 0.1 by fitness; or give
   * your own shares.
   */
  readonly parent?: EvolutionParent;
  readonly operators?: EvolutionOperators;
  /**
   * How many other candidates of the island the model sees with their scores: the best, and the most different.
   * Default: 3 and 2, as in OpenEvolve.
   */
  readonly inspirations?: { readonly top?: number; readonly diverse?: number };
  /**
   * The axes of each island's MAP-Elites archive, which stores the fittest candidate of each cell. Default: `length`
   * and `distance`, in 5 bins each: 25 cells are as many as a run of a few hundred candidates can fill.
   */
  readonly features?: readonly EvolutionFeature[];
  /** Which children are too much like an existing candidate to be judged. */
  readonly novelty?: EvolutionNovelty;
  /** Which children are worth all validation examples; null: all. */
  readonly cascade?: EvolutionCascade | null;
  /** How islands exchange candidates; null: they never do. */
  readonly migration?: EvolutionMigration | null;
  /**
   * Evolves without a model: the possible values by parameter name, as for `localSearch`, or a space from `spaceOf`.
   * Children come from the space alone; parameters that are not named stay unchanged.
   */
  readonly space?: Readonly<Record<string, Domain>> | Space;
}

/** The options with their defaults. */
export interface EvolutionSettings extends MinibatchSettings {
  readonly islands: number;
  readonly children: number;
  readonly populationSize: number;
  readonly parent: "weighted" | ParentMixture;
  readonly operators: Required<EvolutionOperators>;
  readonly inspirations: { readonly top: number; readonly diverse: number };
  readonly features: readonly EvolutionFeature[];
  readonly novelty: Required<EvolutionNovelty>;
  readonly cascade: Required<EvolutionCascade> | null;
  readonly migration: Required<EvolutionMigration> | null;
  readonly space: Space | undefined;
}
