/**
 * Where evaluations are made: in other processes of this machine, and the port for engines of your own, with the server
 * that makes their tasks.
 * @module
 */

export { type ProcessesOptions, processes } from "../executors/processes.ts";
export { TaskServer } from "../executors/task-server.ts";
export type {
  ExecutedRun,
  ExecutionStatus,
  Executor,
  HostMessage,
  PortableCall,
  PortableTurn,
  ProgramIdentity,
  ServedProgram,
  ServeOptions,
  SlotNotes,
  Task,
  TaskAttempt,
  TaskContent,
  TaskEnd,
  TaskHost,
  TaskLine,
  TaskQueue,
  WorkerMessage,
  WorkerStatus,
} from "../training/execution/executor.ts";
export type { PortableError } from "../training/execution/portable-error.ts";
export type { ProgramOffer } from "../training/execution/serving.ts";
