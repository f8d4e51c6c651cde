/** What a run and its workers say to each other over a wire, and what lies in a job. Types only. */

import type { ProgramIdentity, TaskEnd, WorkerMessage } from "../../training/execution/executor.ts";
import type { Json } from "../../util/decode.ts";
import type { SentTask } from "../process-messages.ts";

/** The data of a job. Its id is the key of the task. */
export interface JobData {
  /** The run that it belongs to. */
  readonly run: string;
  readonly task: SentTask;
  /** Whether there may be a record of the task. Default: only when the job has begun before. */
  readonly mayHaveRecord?: boolean;
}

/** What a run writes of its program. */
export interface RunProgram {
  readonly identity: ProgramIdentity;
  readonly trial: Json | undefined;
}

/** From a worker. */
export type ToRun =
  /** An attempt at a task begins. */
  | { readonly type: "begin"; readonly key: string; readonly worker: string }
  | { readonly type: "message"; readonly message: WorkerMessage }
  /** The attempt is over, without a record. */
  | { readonly type: "end"; readonly end: TaskEnd }
  /** The process that made it is gone; another attempt begins. */
  | { readonly type: "lost" };

/** What a worker says of itself. */
export interface WorkerState {
  readonly host: string;
  readonly pid: number;
  /** Unix time in milliseconds. */
  readonly at: number;
  readonly concurrency: number;
  readonly active: number;
  readonly done: number;
  readonly failed: number;
  /** Why it makes no tasks of some runs, by run. */
  readonly refused: Readonly<Record<string, string>>;
}
