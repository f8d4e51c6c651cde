/**
 * Run folders, and what people look at: console progress, the report page, tables.
 *
 * @packageDocumentation
 */

export type { RecordSource } from "../report/cell-records.ts";
// Console and report.
export { type ConsoleOptions, type ConsoleProgress, consoleProgress } from "../report/console.ts";
// Tables and plots.
export { type EvaluationTextOptions, evaluationTable, evaluationText } from "../report/evaluation-table.ts";
export { type MeanScore, spreadText } from "../report/figures.ts";
export { type ReportOptions, reportHtml } from "../report/html.ts";
export { type LiveOptions, type ReportServer, serveReport } from "../report/live.ts";
export {
  checkPrompt,
  type PromptCheck,
  type PromptSectionSize,
  promptCheckText,
  type RepeatedLine,
} from "../report/prompt-check.ts";
export { resultText, spentText } from "../report/result-text.ts";
export { studyPlot } from "../report/study-plot.ts";
export { studyFigures, studyTable } from "../report/study-table.ts";
export { csvTable, markdownTable, type Table, type TableCell, textTable } from "../report/table.ts";
export { plainLine, plainText } from "../report/terminal.ts";
export { type NamedValues, valueDiff } from "../report/value-diff.ts";
export { verdictLines } from "../report/verdict-text.ts";
export {
  type BestView,
  type CandidateView,
  type EvaluationView,
  type LogLine,
  type RolloutView,
  type RunView,
  type StepView,
  viewOf,
} from "../report/view.ts";
export type { EvaluationChoice, EvaluationId, EvaluationRecord } from "../training/evaluation/evaluation-record.ts";
export type { Decision, PastRollouts, Progress } from "../training/events.ts";
export type { RecordedStatus } from "../training/execution/status-file.ts";
export { type Repair, repairJournal } from "../training/journal/repair.ts";
export type { RunIdentity, RunInfo } from "../training/journal/run-info.ts";
// Reading runs.
export { candidateOf, readRun, type SavedRun, type WhichCandidate } from "../training/read-run.ts";
export type { RunPicture } from "../training/run-pictures.ts";
export type {
  Average,
  ExampleScores,
  MeanEstimate,
  StudyRow,
  StudyTrial,
  TrialScores,
  TrialStatus,
} from "../training/study/types.ts";
