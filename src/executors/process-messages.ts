/** What a process and its children say to each other. Types only. */

import type { HostMessage, ProgramIdentity, Task, TaskEnd, WorkerMessage } from "../training/execution/executor.ts";
import type { PortableError } from "../training/execution/portable-error.ts";
import type { Json } from "../util/decode.ts";

/** A task as it is sent: what is large goes once, by its hash. */
export type SentTask = Omit<Task, "values" | "validation"> & {
  readonly values: string;
  readonly validation: string | undefined;
};

/** To a child. `id` names a task of the child. */
export type ToRunner =
  /** Loads the run file. */
  | { readonly type: "load"; readonly file: string }
  /** Asks whether the file has this program. */
  | { readonly type: "find"; readonly id: number; readonly identity: ProgramIdentity; readonly trial: Json | undefined }
  | { readonly type: "content"; readonly hash: string; readonly json: Json }
  /** Forgets all contents. */
  | { readonly type: "forget" }
  | { readonly type: "task"; readonly id: number; readonly task: SentTask; readonly identity: ProgramIdentity }
  | { readonly type: "message"; readonly id: number; readonly message: HostMessage };

/** From a child. */
export type FromRunner =
  | { readonly type: "loaded"; readonly error: PortableError | undefined }
  | { readonly type: "found"; readonly id: number; readonly error: PortableError | undefined }
  | { readonly type: "message"; readonly id: number; readonly message: WorkerMessage }
  | { readonly type: "end"; readonly id: number; readonly end: TaskEnd };
