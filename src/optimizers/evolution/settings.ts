/** What can be chosen about Evolution, with defaults and their reasons. */

import type { MinibatchOptions, MinibatchSettings } from "../search/options.ts";
import type { Domain } from "../space/domain.ts";
import type { Space } from "../space/space.ts";

/** A feature that is computed from a candidate's values. */
export interface ComputedFeature {
  readonly name: string;
  /** The feature of a candidate, from its values by parameter name; a finite number. */
  readonly value: (values: Readonly<Record<string, unknown>>) => number;
  /** The bounds of the axis; what is beyond them falls into the last bin of that side. */
  readonly low: number;
  readonly high: number;
  /** How many cells the axis has. Default: 5. */
  readonly bins?: number;
}

/** A feature that is the mean of an objective of the run over the validation examples. */
export interface ObjectiveFeature extends Pick<ComputedFeature, "low" | "high" | "bins"> {
  /** Its name. */
  readonly objective: string;
}

/**
 * A feature by which an island keeps unlike candidates apart: `length` of all values together, as the binary logarithm
 * of its ratio to the starting artifact's (from a quarter to four times); `distance` from the starting artifact, 0 for
 * the same wording to 1 for none in common; a number of your own; or an objective of the run.
 */
export type EvolutionFeature = "length" | "distance" | ComputedFeature | ObjectiveFeature;

/** How much of the draws of parents goes to any candidate of the island, to those of its archive, and by fitness. */
export interface ParentMixture {
  readonly random: number;
  readonly archive: number;
  readonly fitness: number;
}

/** How a parent is drawn from its island. */
export type EvolutionParent = "weighted" | "mixture" | ParentMixture;

/** How likely each way to make a child is, in proportion to the others. */
export interface EvolutionOperators {
  /** One parent, rewritten by the model; with a `space` a step to a neighbour. Default: 0.7. */
  readonly mutate?: number;
  /**
   * Two parents. Where they differ in two parameters or more the child has each from one of them, which asks nobody;
   * otherwise the model rewrites the first with the second in view. With a `space` its own crossover. Default: 0.3.
   */
  readonly crossover?: number;
  /**
   * With a `space`: a candidate by chance. Default: 0.05 with a `space`, since a small space is crossed soon; else it
   * cannot be.
   */
  readonly random?: number;
}

/** Which children are not worth judging. */
export interface EvolutionNovelty {
  /**
   * A child whose wording has a cosine above this to a candidate of its island is not judged, as long as all values
   * that are no text are equal: one changed number or line of code is a change. Default: 0.99, as in ShinkaEvolve; with
   * a `space` 1, since its neighbours are alike by design. At 1 only candidates that were there before are left out.
   */
  readonly threshold?: number;
  /**
   * How often such a child is made anew. Default: 2, as in ShinkaEvolve; with a `space` 10, since it costs nothing
   * there.
   */
  readonly maxRetries?: number;
}

/** Which children are worth all validation examples. */
export interface EvolutionCascade {
  /**
   * What a child is judged on first: some `validation` examples, the same for all children of a round, where its parent
   * is known already and nothing is judged twice (default); or the `minibatch` of training examples that it was made
   * from.
   */
  readonly on?: "validation" | "minibatch";
  /** How many validation examples these are. Default: 5. With no more than that in all there is no cascade. */
  readonly examples?: number;
  /**
   * The least that the child's mean there may be above its parent's. Default: -0.2, for scores from 0 to 1: worse
   * children go on unless they are much worse, because an archive of unlike candidates has room for them.
   */
  readonly threshold?: number;
}

/** How islands exchange candidates. */
export interface EvolutionMigration {
  /** After so many rounds. Default: 10. */
  readonly every?: number;
  /**
   * Which share of the candidates born on an island goes to its neighbours, one at least. Default: 0.1, as in
   * OpenEvolve.
   */
  readonly share?: number;
}

/** Options of {@link evolution}. */
export interface EvolutionOptions extends MinibatchOptions {
  /**
   * How many populations evolve apart. Default: 2, as in ShinkaEvolve: runs here judge tens to hundreds of candidates,
   * and each island more divides them.
   */
  readonly islands?: number;
  /**
   * How many children a round makes, all at once, on the islands in turn. Default: 4. More is faster, fewer learns from
   * each.
   */
  readonly children?: number;
  /**
   * The most candidates of an island beside its archive; the least fit go. Default: 10. ShinkaEvolve keeps 40, which is
   * much for runs of some hundred candidates: half of all are parents then, and the best has few turns (on OneMax with
   * 20 bits and 150 candidates, 10 reaches 0.93 and 40 0.78).
   */
  readonly populationSize?: number;
  /**
   * How parents are drawn. Default: `weighted`, ShinkaEvolve's: the better than the median, and of these the seldom
   * chosen. `mixture` is OpenEvolve's: 0.2 any candidate, 0.7 one of the archive, 0.1 by fitness; or these shares as
   * you like.
   */
  readonly parent?: EvolutionParent;
  readonly operators?: EvolutionOperators;
  /**
   * How many other candidates of the island the model is shown with their scores: the best, and the most unlike.
   * Default: 3 and 2, as in OpenEvolve.
   */
  readonly inspirations?: { readonly top?: number; readonly diverse?: number };
  /**
   * The axes of each island's MAP-Elites archive, which keeps the fittest candidate of each cell. Default: `length` and
   * `distance`, in 5 bins each: 25 cells are as many as a run of some hundred candidates can fill.
   */
  readonly features?: readonly EvolutionFeature[];
  /** Which children are too alike to be judged. */
  readonly novelty?: EvolutionNovelty;
  /** Which children are worth all validation examples; null: all. */
  readonly cascade?: EvolutionCascade | null;
  /** How islands exchange candidates; null: they never do. */
  readonly migration?: EvolutionMigration | null;
  /**
   * Evolves without any model: the possible values by parameter name, as `LocalSearch` has them, or what `spaceOf` made
   * of them. Children come from the space alone; parameters that are not named stay as they are.
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
