/**
 * tracegrad: autodiff for agents. Wrap functions with `bundle`, run them under `trace`, combine graphs with `batchify` or
 * `chain`, give feedback with `backward`, and let an optimizer rewrite the parameters.
 *
 * @packageDocumentation
 */

// Programs: values that remember where they came from.
export { bundle, loadSandbox } from "./defaults.ts";
// Graphs: what a run was, and credit for it.
export { type Credit, NoParameterError, type Propagator, type Signal } from "./graph/credit.ts";
export type { DotOptions } from "./graph/dot.ts";
export { type Feedback, FeedbackError, type FeedbackImage, type FeedbackRecord } from "./graph/feedback.ts";
export type { LoadOptions } from "./graph/from-json.ts";
export { type BackwardOptions, Graph, LearningGraph, type Reading, WorkflowGraph } from "./graph/graph.ts";
export type { EdgeAttributes, NodeAttributes } from "./graph/graphology.ts";
export type { GraphJson, NodeJson, ParameterJson } from "./graph/json.ts";
export { minimalSubgraph, sum } from "./graph/propagators.ts";
export type { ShowOptions } from "./graph/show.ts";
export type { Subgraph } from "./graph/subgraph.ts";
export { credit, type GraphOf, graphOf, trace } from "./graph/trace.ts";
// Language models without a provider. Providers have doors of their own, such as `tracegrad/llm/anthropic`.
export { type OutsideOptions, outside } from "./llm/call-outside.ts";
export { record, replay } from "./llm/cassette.ts";
export type {
  CallOptions,
  Content,
  LanguageModel,
  Message,
  ModelReply,
  ModelRequest,
  ReplyTool,
  StopReason,
  Usage,
} from "./llm/llm.ts";
export { type MailboxOptions, mailbox } from "./llm/mailbox.ts";
export { metered } from "./llm/metered.ts";
export type { Bundle, BundleDecorator, BundleOptions, MethodContext, TracedFunction } from "./nodes/bundle.ts";
export { DeadlineError, SchemaError } from "./nodes/call.ts";
export { HiddenNodeError } from "./nodes/carried.ts";
export type { ClientOptions, TracedClient, TracedClientMember, TracedOverloads } from "./nodes/client.ts";
export type { ClientCall, ClientMeter, CountedCall } from "./nodes/client-meter.ts";
export { commit, type ParameterUpdate, StaleUpdateError } from "./nodes/commit.ts";
export { ExternalReadError } from "./nodes/frame.ts";
export {
  type CompositionArgument,
  type CompositionArguments,
  model,
  type Traced,
  type TracedMember,
} from "./nodes/model.ts";
export { ExceptionNode, ExecutionError, isNode, Node, NodeAsValueError, type NodeOptions, node } from "./nodes/node.ts";
export type { Operation, OperationKind } from "./nodes/operation.ts";
export * as operators from "./nodes/operators/index.ts";
export {
  add,
  and,
  concat,
  cond,
  divide,
  eq,
  format,
  ge,
  get,
  gt,
  le,
  list,
  lt,
  multiply,
  neq,
  not,
  or,
  subtract,
} from "./nodes/operators/index.ts";
export {
  type CodeContract,
  Parameter,
  type ParameterKind,
  type ParameterOptions,
  parameter,
} from "./nodes/parameter.ts";
export { parametersOf } from "./nodes/parameters-of.ts";
export { untraced, withParameters } from "./nodes/runs.ts";
export { type Change, ParameterState, type StateJson } from "./nodes/state.ts";
export { type TextPart, t } from "./nodes/template.ts";
export type {
  ArgumentsOf,
  Leaf,
  MethodName,
  Nodeable,
  NodeableArguments,
  NodeOf,
  NodesInside,
  ResultOf,
  Unwrapped,
} from "./nodes/types.ts";
// Optimizers and searches: from a graph with feedback to new parameter values.
export * from "./optimizers/index.ts";
// What people look at: progress in the console, and a report of one page.
export { type ConsoleOptions, type ConsoleProgress, consoleProgress } from "./report/console.ts";
export { type EvaluationTextOptions, evaluationText } from "./report/evaluation-table.ts";
export { type ReportOptions, reportHtml } from "./report/html.ts";
export {
  type BestView,
  type CandidateView,
  type EvaluationView,
  type LogLine,
  type RolloutView,
  type RunView,
  type StepView,
  viewOf,
} from "./report/view.ts";
// Templates: several graphs as one.
export { type BatchMix, type BatchOptions, batch } from "./templates/batch.ts";
export { batchify } from "./templates/batchify.ts";
export { type ChainOptions, chain } from "./templates/chain.ts";
export { type EpisodicOptions, episodic } from "./templates/episodic.ts";
export { interactive } from "./templates/interactive.ts";
export type { Experience, LearningTemplate, Lesson, TemplateSpec } from "./templates/template.ts";
export type { Comparison } from "./training/acceptance/comparison.ts";
export type { AcceptanceSpec } from "./training/acceptance/plan.ts";
export type { AcceptanceOptions, AcceptanceTest, Certainty } from "./training/acceptance/rule.ts";
export type { Evidence, Finding, Verdict } from "./training/acceptance/verdict.ts";
export { datasetHash } from "./training/data/hash.ts";
// Training: data, guides, environments, and the whole loop.
export { type CsvOptions, loadCsv, loadJson, loadJsonl, type Row } from "./training/data/load.ts";
export type { InputOf, RowOptions, TargetOf } from "./training/data/rows.ts";
export { Sealed, type SealedRead } from "./training/data/sealed.ts";
export { type Seeds, seeds } from "./training/data/seeds.ts";
export { type Split, type SplitOptions, split } from "./training/data/split.ts";
export {
  type Agent,
  type Environment,
  type Episode,
  type EpisodeJudge,
  type EpisodeOptions,
  type EpisodeStep,
  type EpisodeSummary,
  type EpisodesOptions,
  playEpisode,
  playEpisodes,
  type Transition,
} from "./training/environment.ts";
export {
  type EnvironmentSettings,
  type EnvironmentTask,
  environmentTask,
  type PlaySettings,
} from "./training/environment-task.ts";
export { type CostOfOne, type Estimate as RunEstimate, type EstimateSettings, estimate } from "./training/estimate.ts";
export { evaluate } from "./training/evaluate.ts";
export type { EvaluateOptions, EvaluationRow, EvaluationTable } from "./training/evaluate-types.ts";
export { type LlmJudgeOptions, llmJudge } from "./training/guides/llm-judge.ts";
export { type ExactMatchOptions, exactMatch, multipleChoice, regex } from "./training/guides/match.ts";
export { all, code, type Scored, type Scorer, weighted } from "./training/guides/score.ts";
export { type Stage, staged } from "./training/guides/staged.ts";
export type { ModelCall } from "./training/model-calls.ts";
export type {
  RollbackRules,
  RunFileOptions,
  Selection,
  StopRules,
  StudyFileOptions,
  TrainOptions,
} from "./training/options.ts";
export { diffSpecs, type LoopSpec, loopSpec, specHash } from "./training/spec.ts";
export type {
  Average,
  Choice,
  Estimate,
  ExampleScores,
  Grid,
  StudyEvent,
  StudyLoop,
  StudyOptions,
  StudyResult,
  StudyRow,
  StudyTrial,
  TrialContext,
  TrialScores,
  TrialStatus,
} from "./training/study/types.ts";
export { StudyRun, study } from "./training/study.ts";
export { Run, train } from "./training/train.ts";
export type {
  Budget,
  Candidate,
  EvaluationResult,
  Example,
  Guide,
  GuideContext,
  Judgement,
  Outcome,
  Price,
  Role,
  RoleSpent,
  RoundEvent,
  RunCost,
  Spent,
  Split as SplitName,
  StepRecord,
  StopReason as EndReason,
  TrainEvent,
  TrainResult,
} from "./training/types.ts";
export { NoTextError } from "./util/as-text.ts";
export type { Json } from "./util/decode.ts";
export { OutsideError, SourceError, TracegradError } from "./util/errors.ts";
export type { Outages } from "./util/fault.ts";
export type { Interval } from "./util/intervals.ts";
export type { Tokens } from "./util/outside.ts";
export type { Redact, RedactOptions } from "./util/redact.ts";
export type { Rng, RngState } from "./util/rng.ts";
