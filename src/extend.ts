/**
 * For authors of operators, propagators, optimizers and adapters. Programs need only `tracegrad`.
 *
 * @packageDocumentation
 */

export { collectSignals, deliver, putBack, signalsOf } from "./graph/delivery.ts";
export { byIndex, combine, feedbackText, toFeedback } from "./graph/feedback.ts";
export { creditBehind, join } from "./graph/join.ts";
export { callOf } from "./graph/show.ts";
export { minimalSubgraphOf } from "./graph/subgraph.ts";
export { bundleWith } from "./nodes/bundle.ts";
export { restore } from "./nodes/commit.ts";
export { problemWith } from "./nodes/fit.ts";
export { derive } from "./nodes/node.ts";
export { input, inputNameOf, operator } from "./nodes/operation.ts";
export { type Binary, binary, type Unary, unary } from "./nodes/operators/define.ts";
export type { Algorithm, ProposeContext } from "./optimizers/algorithm.ts";
export { localSearch } from "./optimizers/local-search/local-search.ts";
export { type Point, type Space, spaceOf } from "./optimizers/local-search/space.ts";
export { opro } from "./optimizers/opro/opro.ts";
export { optoPrime } from "./optimizers/optoprime/optoprime.ts";
export { optoPrimeMulti } from "./optimizers/optoprime-multi/optoprime-multi.ts";
export { ace } from "./optimizers/playbook/ace.ts";
export { type Problem, problemOf, type Shown, type Variable } from "./optimizers/problem.ts";
// The pure parts of searches: dominance, GEPA's fronts, bounds, nets, the next trial, a paired test.
export { crowding } from "./optimizers/pure/crowding.ts";
export { drawIndex, softmax } from "./optimizers/pure/draw.ts";
export {
  type EpochState,
  type MinibatchRequest,
  nextMinibatch,
  noEpoch,
} from "./optimizers/pure/epoch-sampler.ts";
export { cosine, epsilonNet, novelty, type Vector } from "./optimizers/pure/epsilon-net.ts";
export { hypervolume } from "./optimizers/pure/hypervolume.ts";
export {
  type Front,
  frontScores,
  frontsOf,
  nonDominated,
  type ScoredExample,
  updateFronts,
} from "./optimizers/pure/instance-fronts.ts";
export { drawParent } from "./optimizers/pure/parents.ts";
export {
  dominates,
  front as paretoFront,
  ranks as paretoRanks,
  type Scores,
  scalarize,
} from "./optimizers/pure/pareto.ts";
export type {
  Assignment,
  CategoricalDimension,
  Dimension,
  NumericDimension,
} from "./optimizers/pure/space.ts";
export { textVector } from "./optimizers/pure/text-vector.ts";
export { suggest as tpeSuggest, type TpeOptions, type Trial } from "./optimizers/pure/tpe.ts";
export { type Arm, type UpperBoundOptions, ucb1, upperBound } from "./optimizers/pure/ucb.ts";
export { jsonReply } from "./optimizers/reply.ts";
export { type Fitted, fit } from "./optimizers/suggestion.ts";
export { structuralOperators } from "./optimizers/textgrad/structural.ts";
export { textGrad } from "./optimizers/textgrad/textgrad.ts";
export { xmlReply } from "./optimizers/xml-reply.ts";
export type { RecordSource } from "./report/cell-records.ts";
// Reading runs and showing them, as the command line does.
export { type ConsoleOptions, type ConsoleProgress, consoleProgress } from "./report/console.ts";
export { evaluationTable } from "./report/evaluation-table.ts";
export { type Measured, spreadText } from "./report/figures.ts";
export { type ReportOptions, reportHtml } from "./report/html.ts";
export { type LiveOptions, type ReportServer, serveReport } from "./report/live.ts";
export { resultText, spentText } from "./report/result-text.ts";
export { studyPlot } from "./report/study-plot.ts";
export { studyFigures, studyTable } from "./report/study-table.ts";
export { type Cell, csvTable, markdownTable, type Table, textTable } from "./report/table.ts";
export { plainLine } from "./report/terminal.ts";
export { type NamedValues, valueDiff } from "./report/value-diff.ts";
export { verdictLines } from "./report/verdict-text.ts";
export { type RunView, viewOf } from "./report/view.ts";
export { type ConsoleHook, type QuickJSOptions, quickjs } from "./sandbox/quickjs.ts";
export type { CodeSpec, Program, Sandbox, SandboxSession } from "./sandbox/sandbox.ts";
export type { EvaluationChoice, EvaluationPlace, EvaluationRecord } from "./training/evaluation-record.ts";
export { type Repair, repairJournal } from "./training/journal/repair.ts";
export type { RunIdentity, RunInfo } from "./training/journal/run-info.ts";
export type { Decision, Progress } from "./training/progress.ts";
export { type KeptRun, programOf, readRun, type WhichProgram } from "./training/read-run.ts";
export { messageOf } from "./util/errors.ts";
export { meanInterval, meanTest } from "./util/mean-test.ts";
export { redactData, redactor } from "./util/redact.ts";
export { Rng, type RngState, seeded, shuffled } from "./util/rng.ts";
export { signFlipTest } from "./util/sign-flip.ts";
export { wealthOf } from "./util/wealth.ts";
