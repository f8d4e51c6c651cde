/**
 * What a run learned, on its way into production: `load` makes it live, `readLearned` gives it as a state to serve
 * beside others, and the rest writes it to files, as `tracegrad export` does.
 *
 * @packageDocumentation
 */

export { type ExportedFiles, exportedFiles, learnedProgram, writeExport } from "../shipping/export-run.ts";
export {
  type LearnedProgram,
  type LearnedSource,
  type LearnedStep,
  load,
  readLearned,
} from "../shipping/learned.ts";
export { exportModule } from "../shipping/module-text.ts";
