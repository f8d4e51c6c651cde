/** The port of executors, which make the evaluations of a run in other processes or on other machines. Types only. */

import type { Json } from "../../util/decode.ts";
import type { Tokens } from "../../util/token-count.ts";
import type { PortableError } from "./portable-error.ts";

/**
 * Makes the evaluations of a run somewhere else. A run asks for an evaluation as a {@link Task}; whoever makes it sends
 * each model call back to the run, which counts it, holds it to the budget and keeps the reply. So a run with an executor
 * gives what it would give without one.
 */
export interface Executor {
  /** For messages, such as `processes`. */
  readonly name: string;
  /** The maximum number of evaluations under way at the same time. */
  readonly concurrency: number;
  /** Begins to take the tasks of a run. Rejects when nobody can make them. */
  open(run: ExecutedRun): Promise<TaskQueue>;
  /**
   * Makes the tasks of runs in other processes, with the programs of a run file, until the signal. Absent where the
   * executor starts its own workers.
   */
  serve?(file: string, options: ServeOptions): Promise<void>;
}

/** A run that an executor works for. */
export interface ExecutedRun {
  /** Unique to the run; the same when it is resumed. */
  readonly id: string;
  /** What decides how evaluations go. A worker whose program differs must not make them. */
  readonly identity: ProgramIdentity;
  /** Of a study: which trial. */
  readonly trial: Json | undefined;
  /** Adds a warning to the run, once for each text. */
  readonly warn: (message: string) => void;
  /** Aborted when the run is cancelled. Undefined without a signal. */
  readonly signal: AbortSignal | undefined;
  /** Takes who works for the run, now and then, for people who watch it. */
  readonly onStatus: (status: ExecutionStatus) => void;
}

/** Who makes the tasks of a run. */
export interface ExecutionStatus {
  /** The number of tasks that nobody has begun, those of other runs with the same workers included. */
  readonly waiting: number;
  readonly workers: readonly WorkerStatus[];
}

/** A process that makes tasks. */
export interface WorkerStatus {
  readonly host: string;
  readonly pid: number;
  /** How many tasks it makes at the same time at most, and how many it makes now. */
  readonly concurrency: number;
  readonly active: number;
  /** How many tasks it has made, and how many it could not make. */
  readonly done: number;
  readonly failed: number;
  /** Whether it has ended or fallen silent. */
  readonly isGone: boolean;
}

/** Hashes by place, such as `guide`, `agent > prompt` or `data`: equal for equal programs, judges and data. */
export type ProgramIdentity = Readonly<Record<string, string>>;

/** Takes the tasks of one run. */
export interface TaskQueue {
  /**
   * Has a task made. Resolves once, with how its last attempt ended. Rejects with the reason when the signal aborts.
   */
  run(task: Task, host: TaskHost, signal: AbortSignal | undefined): Promise<TaskEnd>;
  /** Releases what belongs to the run. Tasks that are under way are given up. */
  close(): Promise<void>;
}

/** An evaluation to make, as data. */
export interface Task {
  /** A hash of the run and of everything below: tasks with one key have one result. */
  readonly key: string;
  /** `score` runs the program without a trace; `rollout` traces it. */
  readonly kind: "score" | "rollout";
  /** Where in the run it is made: the calls and the chance of an evaluation go by this. */
  readonly path: string;
  /** The id of the example, and a hash of its content where that has one. */
  readonly example: { readonly id: string; readonly content: string | undefined };
  /** What code draws by; undefined for real chance. */
  readonly seed: string | undefined;
  /** The values of the candidate, by parameter. */
  readonly values: TaskContent;
  /** The validation score of the candidate, for feedback that uses it. */
  readonly validation: TaskContent | undefined;
  /** Of a study: which trial. */
  readonly trial: Json | undefined;
}

/** Something large that many tasks refer to. */
export interface TaskContent {
  readonly hash: string;
  readonly json: Json;
}

/**
 * How a task ended: with a record; with an error that says nothing about the program; or `crashed`, where the processes
 * that made it ended each time, and how.
 */
export type TaskEnd = { readonly record: Json } | { readonly error: PortableError } | { readonly crashed: string };

/** The run's side of a task, over all its attempts. */
export interface TaskHost {
  /** A worker begins the task. `send` sends it a message. */
  begin(send: (message: HostMessage) => void): TaskAttempt;
}

/** One attempt at a task. */
export interface TaskAttempt {
  /** Takes a message of the worker. */
  receive(message: WorkerMessage): void;
  /** The worker is gone: its messages have ended, and another attempt may begin. */
  lost(): void;
}

/** An external call as data. */
export interface PortableCall {
  readonly to: string;
  readonly provider: string | undefined;
  /** Undefined for a call whose reply the run does not keep: the reply then stays with the worker. */
  readonly request: Json | undefined;
  /** The hash of who is called and the request. */
  readonly hash: string;
  readonly most: Partial<Tokens> | undefined;
  readonly isPaid: boolean;
  readonly isAtHand: boolean;
  readonly free: boolean;
  readonly usageFix: string | undefined;
  /** The turn that its first request takes. */
  readonly turn: PortableTurn | undefined;
}

/** The turn of a request as data: of what, and for what. */
export interface PortableTurn {
  /** The id of the limiter: equal in all processes that have loaded the same program. */
  readonly source: string;
  /** The name of the model, by which providers limit. */
  readonly model: string;
  /** The most tokens that the request may use. */
  readonly tokens: number;
  /** A more urgent request begins before others that wait. */
  readonly urgency: number;
}

/** What a worker says of the request that has a turn. */
export interface SlotNotes {
  /** The headers of the answer that speak of limits. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly holdMs?: number;
  readonly answered?: true;
  readonly refusedMs?: number;
  /** It has ended; `null` for an unknown use. */
  readonly used?: number | null;
}

/** What a worker says to the run while it makes a task. `n` numbers the calls of an attempt, from 1. */
export type WorkerMessage =
  | {
      readonly type: "call";
      readonly n: number;
      /** The call that makes it. */
      readonly outer: number | undefined;
      /** The path, below that of the task. */
      readonly path: string;
      readonly call: PortableCall;
    }
  | { readonly type: "ended"; readonly n: number; readonly used: Tokens | "unknown" }
  /** May one more request be made? With `most`: may one that uses so much be made? */
  | { readonly type: "again"; readonly n: number; readonly most?: Partial<Tokens> }
  | {
      readonly type: "performed";
      readonly n: number;
      readonly reply: Json | undefined;
      readonly usage: Partial<Tokens> | undefined;
    }
  | { readonly type: "failed"; readonly n: number; readonly error: PortableError }
  /** May a request begin? `turn` numbers the turns of a call, from 1; 0 is the turn that comes with `perform`. */
  | { readonly type: "turn"; readonly n: number; readonly turn: number; readonly wanted: PortableTurn }
  /** Nobody waits for the turn any more. */
  | { readonly type: "leave"; readonly n: number; readonly turn: number }
  | { readonly type: "slot"; readonly n: number; readonly turn: number; readonly notes: SlotNotes }
  | { readonly type: "instantly"; readonly path: string; readonly to: string; readonly most: Partial<Tokens> }
  | { readonly type: "unknown" | "warning" | "notice"; readonly text: string };

/** What the run says to a worker. */
export type HostMessage =
  /** Make the call. Its first request may begin at once, where it has the turn. */
  | { readonly type: "perform"; readonly n: number; readonly hasTurn?: true }
  /** The request may begin; or the run has nothing that gives such turns. */
  | { readonly type: "turn"; readonly n: number; readonly turn: number; readonly isKnown: boolean }
  /** The model of a request that waits refuses all, or answers again. */
  | { readonly type: "outage"; readonly n: number; readonly turn: number; readonly isOut: boolean }
  /** The answer: `reply`, or for a reply that stays with the worker, nothing. */
  | { readonly type: "answer"; readonly n: number; readonly reply: Json | undefined }
  /** There is no answer: for `error`, or where it is absent, for the worker's own. */
  | { readonly type: "refuse"; readonly n: number; readonly error: PortableError | undefined }
  /** The request may be made, unless there is an error. */
  | { readonly type: "again"; readonly n: number; readonly error: PortableError | undefined }
  /** The run does not go on with this task. */
  | { readonly type: "stop"; readonly error: PortableError | undefined };

/** The worker's side of the messages of a task. */
export interface TaskLine {
  /** Sends a message to the run. */
  send(message: WorkerMessage): void;
  /** Sets what takes the messages of the run. Called before anything is sent. */
  listen(receive: (message: HostMessage) => void): void;
}

/** A program that this process can make the tasks of. */
export interface ServedProgram {
  readonly identity: ProgramIdentity;
  /** Makes a task. Never rejects. */
  perform(task: Task, line: TaskLine): Promise<TaskEnd>;
}

/** How tasks are served. */
export interface ServeOptions {
  /** The number of processes that make them. Default: 1. */
  readonly processes: number | undefined;
  /** The tasks that one process makes at the same time. Default: 8. */
  readonly concurrency: number | undefined;
  /** Aborted to finish what is under way and end. */
  readonly signal: AbortSignal;
  /** Says something to the person who watches. */
  readonly say: (text: string) => void;
}
