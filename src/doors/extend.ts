/**
 * For authors of operators, propagators, optimizers, searches and adapters. Programs do not need it.
 *
 * @packageDocumentation
 */

export type { CallTextLimits } from "../graph/call-text.ts";
export { callOf } from "../graph/call-text.ts";
// Credit and its delivery.
export { type CollectedCredit, collectCredits, deliver, putBack, waitingCredits } from "../graph/delivery.ts";
export type { DotOptions } from "../graph/dot.ts";
export { combine, toFeedback } from "../graph/feedback.ts";
export { byIndex, feedbackText } from "../graph/feedback-text.ts";
export type { LoadOptions } from "../graph/from-json.ts";
export type { EdgeAttributes, NodeAttributes } from "../graph/graphology.ts";
export { joinCredits, joinGraphs } from "../graph/join.ts";
// Graphs as data.
export type { GraphJson, NodeJson, ParameterJson } from "../graph/json.ts";
export type { Pattern } from "../graph/pattern.ts";
export type { ShowOptions } from "../graph/show.ts";
export { minimalSubgraphOf } from "../graph/subgraph.ts";
export { cosine, epsilonNet, novelty, type Vector } from "../math/epsilon-net.ts";
// Statistics.
export { meanInterval, meanTest } from "../math/mean-test.ts";
export { dominates, type ObjectiveScores, paretoFront, paretoRanks } from "../math/pareto.ts";
export { signFlipTest } from "../math/sign-flip.ts";
export { textVector } from "../math/text-vector.ts";
export { type Arm, type UpperBoundOptions, ucb1, upperBound } from "../math/ucb.ts";
export { wealthOf } from "../math/wealth.ts";
export { sampleIndex } from "../math/weighted-sample.ts";
export { bundleWith } from "../nodes/bundle.ts";
export { restore } from "../nodes/commit.ts";
export { problemWith } from "../nodes/fit-value.ts";
export { derive } from "../nodes/node.ts";
// Operators and bundles.
export { type CallFigures, input, inputNameOf, operator } from "../nodes/operation.ts";
export { binary, unary } from "../nodes/operators/define.ts";
// Algorithms of optimizers.
export type { Algorithm, ProposeContext } from "../optimizers/algorithm.ts";
// Parts of searches.
export { type EpochState, type MinibatchRequest, nextMinibatch, noEpoch } from "../optimizers/gepa/epoch-sampler.ts";
export {
  type Front,
  frontScores,
  frontsOf,
  nonDominated,
  type ScoredExample,
  updateFronts,
} from "../optimizers/gepa/instance-fronts.ts";
export { sampleParent } from "../optimizers/gepa/parents.ts";
export { localSearchAlgorithm } from "../optimizers/local-search/local-search.ts";
export type { NumericPoint } from "../optimizers/mipro/dimensions.ts";
export { suggestByTpe, type TpeOptions, type Trial } from "../optimizers/mipro/tpe.ts";
export { oproAlgorithm } from "../optimizers/opro/opro.ts";
export { optoPrimeAlgorithm } from "../optimizers/optoprime/optoprime.ts";
export { optoPrimeMultiAlgorithm } from "../optimizers/optoprime-multi/optoprime-multi.ts";
export { aceAlgorithm } from "../optimizers/playbook/ace.ts";
export { contextOf, type Problem, type ProblemRun, problemOf, type Variable } from "../optimizers/problem.ts";
export { jsonReply } from "../optimizers/prompt/reply.ts";
export { xmlReply } from "../optimizers/prompt/xml-reply.ts";
export type { ContextValue, PatternCode, RunValues } from "../optimizers/run-view/values.ts";
export type { CategoricalDimension, Dimension, NumericDimension } from "../optimizers/space/domain.ts";
export { type Point, type Space, spaceOf } from "../optimizers/space/space.ts";
export { type Fitted, fit } from "../optimizers/suggestion.ts";
export { structuralOperators } from "../optimizers/textgrad/plan.ts";
export { textGradAlgorithm } from "../optimizers/textgrad/textgrad.ts";
// Sandboxes.
export { type Confinement, type NodeProcessOptions, nodeProcess } from "../sandbox/process/node-process.ts";
export { type ConsoleHook, type QuickJSOptions, quickjs } from "../sandbox/quickjs.ts";
export type { CallResult, CodeSpec, Sandbox, SandboxProgram, SandboxSession } from "../sandbox/sandbox.ts";
export { messageOf } from "../util/errors.ts";
export { redactData, redactor } from "../util/redact.ts";
// Randomness, secrets, errors.
export { Rng, type RngState, seeded, shuffled } from "../util/rng.ts";
