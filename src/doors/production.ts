/**
 * What a run learned, on its way into production: `load` makes it live, `readLearned` gives it as a state to serve
 * beside others; the rest writes it to files, as `tracegrad export` does, and checks scores, as `tracegrad check` does.
 *
 * @packageDocumentation
 */

export { exportAgent } from "../shipping/export-agent.ts";
export { type ExportedFiles, exportRun, type RunExport, writeExport } from "../shipping/export-run.ts";
export {
  type LearnedProgram,
  type LearnedSource,
  type LearnedStep,
  load,
  readLearned,
} from "../shipping/learned.ts";
export { exportModule } from "../shipping/module-text.ts";
export {
  checkScores,
  isEvaluationTable,
  type RecordedScores,
  readScores,
  recordScores,
  type ScoreCheck,
  type ScoreCheckOptions,
} from "../shipping/score-check.ts";
