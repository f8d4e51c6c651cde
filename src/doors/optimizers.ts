/**
 * Optimizers: from a graph with feedback to new parameter values. Each factory binds an algorithm to a program and
 * gives an `Optimizer`.
 *
 * @packageDocumentation
 */

export type { Exchange, Proposal } from "../optimizers/algorithm.ts";
// Search without a model.
export {
  type BestFound,
  LocalSearch,
  type LocalSearchOptions,
  type LocalSearchState,
  type LocalSearchTrial,
  localSearch,
} from "../optimizers/local-search/local-search.ts";
export type { ScoredSolution } from "../optimizers/opro/history.ts";
// OPRO.
export { type OproAlgorithmOptions, type OproOptions, type OproState, opro } from "../optimizers/opro/opro.ts";
// What all of them share.
export {
  Optimizer,
  type OptimizerJson,
  type ProposeOptions,
  type StepOptions,
  type StepResult,
} from "../optimizers/optimizer.ts";
export type { OptoPrimeRound } from "../optimizers/optoprime/memory.ts";
// OptoPrime, and several candidates a step.
export {
  type OptoPrimeOptions,
  type OptoPrimeState,
  optoPrime,
  type SummaryOptions,
} from "../optimizers/optoprime/optoprime.ts";
export type { OptoPrimeAlgorithmOptions } from "../optimizers/optoprime/settings.ts";
export type { CandidateChooser, MultiCandidate } from "../optimizers/optoprime-multi/candidate.ts";
export { type OptoPrimeMultiOptions, optoPrimeMulti } from "../optimizers/optoprime-multi/optoprime-multi.ts";
export type {
  CandidateGeneration,
  CandidateSelection,
  OptoPrimeMultiAlgorithmOptions,
} from "../optimizers/optoprime-multi/settings.ts";
// ACE and its playbooks.
export { type AceAlgorithmOptions, type AceOptions, type AceState, ace } from "../optimizers/playbook/ace.ts";
export {
  type Bullet,
  type Playbook,
  type PlaybookSettings,
  type PlaybookTextOptions,
  playbookText,
} from "../optimizers/playbook/bullets.ts";
export {
  applyDelta,
  type BulletTag,
  type DeltaRefusal,
  type DeltaResult,
  type PlaybookOperation,
} from "../optimizers/playbook/delta.ts";
export { type PlaybookOptions, type PlaybookStart, playbook } from "../optimizers/playbook/playbook.ts";
export type { ReplyFormat } from "../optimizers/prompt/reply.ts";
export type { FormatChoice } from "../optimizers/prompt/reply-format.ts";
export type { TokenCounter } from "../optimizers/prompt/within-tokens.ts";
export * as space from "../optimizers/space/domains.ts";
export type { Refusal, Suggestion } from "../optimizers/suggestion.ts";
// TextGrad.
export {
  type TextGradAlgorithmOptions,
  type TextGradOptions,
  type TextGradState,
  textGrad,
} from "../optimizers/textgrad/textgrad.ts";
