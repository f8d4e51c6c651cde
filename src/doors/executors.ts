/**
 * Where evaluations are made: in other processes of this machine, and the port for engines of your own.
 * @module
 */

export { type ProcessesOptions, processes } from "../executors/processes.ts";
export type {
  ExecutedRun,
  Executor,
  HostMessage,
  PortableCall,
  ProgramIdentity,
  ServedProgram,
  ServeOptions,
  Task,
  TaskAttempt,
  TaskContent,
  TaskEnd,
  TaskHost,
  TaskLine,
  TaskQueue,
  WorkerMessage,
} from "../training/execution/executor.ts";
export type { PortableError } from "../training/execution/portable-error.ts";
