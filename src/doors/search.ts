/**
 * Searches over many candidates, for the option `search` of `train`, and what they are made of.
 *
 * @packageDocumentation
 */

export type { Objective } from "../math/pareto.ts";
// Few-shot demonstrations as parameters.
export { type BootstrapFewShotOptions, bootstrapFewShot } from "../optimizers/bootstrap/bootstrap-few-shot.ts";
export {
  type Demonstration,
  type DemonstrationsOptions,
  demonstrations,
  demonstrationsText,
} from "../optimizers/bootstrap/demonstrations.ts";
export { evolution } from "../optimizers/evolution/evolution.ts";
export type {
  EvolutionCounts,
  EvolutionIsland,
  EvolutionMember,
  EvolutionState,
} from "../optimizers/evolution/islands.ts";
export type {
  ComputedFeature,
  EvolutionCascade,
  EvolutionFeature,
  EvolutionMigration,
  EvolutionNovelty,
  EvolutionOperators,
  EvolutionOptions,
  EvolutionParent,
  ObjectiveFeature,
  ParentMixture,
} from "../optimizers/evolution/settings.ts";
// Gates: which rewrites are worth a full evaluation.
export { type Gate, greaterOrEqual, strict } from "../optimizers/gate.ts";
// Searches.
export { gepa } from "../optimizers/gepa/gepa.ts";
export type { FrontKind } from "../optimizers/gepa/instance-fronts.ts";
export type { GepaOptions, GepaParent } from "../optimizers/gepa/settings.ts";
export type { GepaState } from "../optimizers/gepa/state.ts";
export { mipro } from "../optimizers/mipro/mipro.ts";
export type { MiproOptions } from "../optimizers/mipro/settings.ts";
export type { MiproState } from "../optimizers/mipro/state.ts";
export { prioritySearch } from "../optimizers/priority-search/priority-search.ts";
export type {
  EpsilonNetOptions,
  PriorityScore,
  PrioritySearchOptions,
} from "../optimizers/priority-search/settings.ts";
export { type BasicSearchOptions, basicSearch } from "../optimizers/search/basic-search.ts";
export { type BeamSearchOptions, beamSearch } from "../optimizers/search/beam-search.ts";
export { type BestOfNOptions, bestOfN } from "../optimizers/search/best-of-n.ts";
export type { MinibatchOptions, ValidationOptions } from "../optimizers/search/options.ts";
// A search of your own.
export type {
  AddRequest,
  AddResult,
  EvaluateRequest,
  ProposeRequest,
  ProposeResult,
  Rollout,
  RolloutRequest,
  Search,
  SearchContext,
  SearchRound,
  SearchSetup,
} from "../optimizers/search/search.ts";
export { type UcbSearchOptions, ucbSearch } from "../optimizers/search/ucb-search.ts";
