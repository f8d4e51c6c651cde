/**
 * tracegrad: autodiff for agents. Wrap functions with `bundle`, run them under `trace`, combine graphs with `batchify`
 * or `chain`, give feedback with `backward`, and let an optimizer rewrite the parameters.
 *
 * What a program and its training need. Everything else has a door of its own: `tracegrad/optimizers`,
 * `tracegrad/search`, `tracegrad/guides`, `tracegrad/data`, …
 *
 * @packageDocumentation
 */

// Programs: values that remember where they came from.
export { bundle } from "./defaults.ts";
export type { Credit, Propagator, Signal } from "./graph/credit.ts";
export { credit, NoParameterError } from "./graph/credit.ts";
export type { Feedback } from "./graph/feedback.ts";
export { FeedbackError } from "./graph/feedback-error.ts";
export type { FeedbackImage, FeedbackRecord } from "./graph/feedback-record.ts";
export { type BackwardOptions, Graph, LearningGraph, WorkflowGraph } from "./graph/graph.ts";
export type { Subgraph } from "./graph/subgraph.ts";
// Graphs: what a run was, and the credit for it.
export { type GraphOf, graphOf, trace } from "./graph/trace.ts";
export type { Interval } from "./math/intervals.ts";
export type { Bundle, TracedFunction } from "./nodes/bundle.ts";
export type { BundleOptions } from "./nodes/bundle-options.ts";
export { DeadlineError, SchemaError } from "./nodes/call.ts";
export type { ClientOptions, TracedClient } from "./nodes/client.ts";
export { commit, type ParameterUpdate, StaleUpdateError } from "./nodes/commit.ts";
export { HiddenNodeError } from "./nodes/containers.ts";
export type { ParameterKind } from "./nodes/fit.ts";
export { ExternalReadError } from "./nodes/frame.ts";
export { type NodeOptions, node } from "./nodes/input-node.ts";
export { model, type Traced } from "./nodes/model.ts";
export type { Nodeable, NodeableArguments, NodeOf } from "./nodes/node.ts";
export { ExceptionNode, ExecutionError, isNode, Node } from "./nodes/node.ts";
export { NodeAsValueError } from "./nodes/node-as-value.ts";
export type { Operation, OperationKind } from "./nodes/operation.ts";
export {
  type CodeContract,
  Parameter,
  type ParameterOptions,
  parameter,
} from "./nodes/parameter.ts";
export { parametersOf } from "./nodes/parameters-of.ts";
export { untraced, withParameters } from "./nodes/runs.ts";
export type { TypeDeclaration } from "./nodes/source/declarations.ts";
// Values of parameters, and their history.
export { type Change, ParameterState, type StateJson } from "./nodes/state.ts";
export { type TextPart, t } from "./nodes/template.ts";
export type { Leaf, Unwrapped } from "./nodes/types.ts";
export type { Candidate } from "./optimizers/search/search.ts";
export { type BatchMix, type BatchOptions, batch } from "./templates/batch.ts";
// Templates: several graphs as one.
export { batchify } from "./templates/batchify.ts";
export { type ChainOptions, chain } from "./templates/chain.ts";
export { type EpisodicOptions, episodic } from "./templates/episodic.ts";
export { interactive } from "./templates/interactive.ts";
export type { Experience, LearningItem, LearningTemplate, TemplateSpec } from "./templates/template.ts";
export type { Comparison } from "./training/acceptance/comparison.ts";
export type { AcceptanceSpec } from "./training/acceptance/plan.ts";
export type { AcceptanceOptions, AcceptanceTest, Certainty } from "./training/acceptance/rule.ts";
export type { Evidence, Finding, Verdict } from "./training/acceptance/verdict.ts";
export { type CostOfOne, type EstimateSettings, estimate, type RunEstimate } from "./training/estimate.ts";
export { evaluate } from "./training/evaluate.ts";
export type { EvaluateOptions, EvaluationRow, EvaluationTable } from "./training/evaluate-types.ts";
export type { ModelCall } from "./training/evaluation/model-calls.ts";
export type { RoundEvent, TrainEvent } from "./training/events.ts";
// The description of a loop as data.
export { diffSpecs, type LoopSpec, loopSpec, specHash } from "./training/identity/spec.ts";
export type {
  ApprovalRequest,
  RollbackRules,
  RunFileOptions,
  Selection,
  StopRules,
  StudyFileOptions,
  TrainOptions,
} from "./training/options.ts";
export type { TrainResult } from "./training/result.ts";
export type {
  Choice,
  Grid,
  StudyEvent,
  StudyLoop,
  StudyOptions,
  StudyResult,
  TrialContext,
} from "./training/study/types.ts";
export { StudyRun, study } from "./training/study.ts";
// Training: the whole loop, studies over loops, and evaluation without training.
export { Run, train } from "./training/train.ts";
export type {
  Budget,
  EndReason,
  EvaluationResult,
  Outcome,
  Price,
  Role,
  RoleSpent,
  RunCost,
  ScoredCandidate,
  Spent,
  SplitName,
  StepRecord,
} from "./training/types.ts";
export { NoTextError } from "./util/as-text.ts";
export type { Json } from "./util/decode.ts";
// Errors. Each has a stable `code`.
export { ExternalCallError, SourceError, TracegradError } from "./util/errors.ts";
export type { Outages } from "./util/fault.ts";
export type { Redact, RedactOptions } from "./util/redact.ts";
