/** What the optimizers room gives to users: algorithms, searches, and what they are made of. */

export type { Exchange, Proposal } from "./algorithm.ts";
export { type BootstrapFewShotOptions, bootstrapFewShot } from "./bootstrap/bootstrap-few-shot.ts";
export {
  type Demonstration,
  type DemonstrationsOptions,
  demonstrations,
  demonstrationsText,
} from "./bootstrap/demonstrations.ts";
export { evolution } from "./evolution/evolution.ts";
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
} from "./evolution/settings.ts";
export type {
  EvolutionCounts,
  EvolutionIsland,
  EvolutionMember,
  EvolutionState,
} from "./evolution/state.ts";
export { type Gate, greaterOrEqual, strict } from "./gate.ts";
export { gepa } from "./gepa/gepa.ts";
export type { GepaOptions, GepaParent } from "./gepa/settings.ts";
export type { GepaState } from "./gepa/state.ts";
export * as space from "./local-search/domains.ts";
export {
  type BestFound,
  LocalSearch,
  type LocalSearchSettings,
  type LocalSearchState,
  type LocalSearchTrial,
} from "./local-search/local-search.ts";
export { mipro } from "./mipro/mipro.ts";
export type { MiproOptions } from "./mipro/settings.ts";
export type { MiproState } from "./mipro/state.ts";
export type { ScoredSolution } from "./opro/history.ts";
export { OPRO, type OproOptions, type OproSettings, type OproState } from "./opro/opro.ts";
export {
  Optimizer,
  type OptimizerJson,
  type ProposeOptions,
  type StepOptions,
  type StepResult,
} from "./optimizer.ts";
export type { OptoPrimeRound } from "./optoprime/memory.ts";
export { OptoPrime, type OptoPrimeOptions, type OptoPrimeState } from "./optoprime/optoprime.ts";
export type { OptoPrimeSettings } from "./optoprime/settings.ts";
export type { CandidateChooser, MultiCandidate } from "./optoprime-multi/candidate.ts";
export { OptoPrimeMulti, type OptoPrimeMultiOptions } from "./optoprime-multi/optoprime-multi.ts";
export type {
  CandidateGeneration,
  CandidateSelection,
  OptoPrimeMultiSettings,
} from "./optoprime-multi/settings.ts";
export { ACE, type AceOptions, type AceSettings, type AceState } from "./playbook/ace.ts";
export type { Bullet, Playbook, PlaybookSettings } from "./playbook/bullets.ts";
export { applyDelta, type DeltaRefusal, type DeltaResult } from "./playbook/delta.ts";
export type { BulletTag, PlaybookOperation } from "./playbook/operations.ts";
export { type PlaybookOptions, type PlaybookStart, playbook } from "./playbook/playbook.ts";
export { type PlaybookTextOptions, playbookText } from "./playbook/text.ts";
export { prioritySearch } from "./priority-search/priority-search.ts";
export type {
  EpsilonNetOptions,
  PriorityScore,
  PrioritySearchOptions,
} from "./priority-search/settings.ts";
export type { FrontKind } from "./pure/instance-fronts.ts";
export type { Objective } from "./pure/pareto.ts";
export type { ReplyFormat } from "./reply.ts";
export type { FormatChoice } from "./reply-choice.ts";
export { type BasicSearchOptions, basicSearch } from "./search/basic-search.ts";
export { type BeamSearchOptions, beamSearch } from "./search/beam-search.ts";
export { type BestOfNOptions, bestOfN } from "./search/best-of-n.ts";
export type { MinibatchOptions, ValidationOptions } from "./search/options.ts";
export type {
  Added,
  AddRequest,
  EvaluateRequest,
  Program,
  Proposed,
  ProposeRequest,
  Rollout,
  RunRequest,
  Search,
  SearchRound,
  SearchSetup,
  SearchWorld,
} from "./search/search.ts";
export { type UCBSearchOptions, ucbSearch } from "./search/ucb-search.ts";
export type { Refusal, Suggestion } from "./suggestion.ts";
export type {
  GradientFallback,
  GradientOptions,
  GradientSettings,
  TextCredit,
} from "./textgrad/options.ts";
export { semantic, textGradient } from "./textgrad/propagators.ts";
export {
  TextGrad,
  type TextGradOptions,
  type TextGradSettings,
  type TextGradState,
} from "./textgrad/textgrad.ts";
