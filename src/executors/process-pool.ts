/** A pool of child processes that make tasks: those of all runs that use it, in the order in which they come. */

import { hostname } from "node:os";
import type {
  ExecutionStatus,
  ProgramIdentity,
  Task,
  TaskEnd,
  TaskHost,
  WorkerStatus,
} from "../training/execution/executor.ts";
import { toPortable } from "../training/execution/portable-error.ts";
import { abortErrorOf } from "../util/abort.ts";
import { ExternalCallError, messageOf } from "../util/errors.ts";
import { type PooledTask, RunnerProcess } from "./process-child.ts";

/** A task that was alone in this many processes when they ended is not tried again: the program is what ends them. */
const maxCrashes = 3;
/** The maximum number of processes of which it is known what they had done. */
const maxGone = 100;
/** How long idle processes are kept, in milliseconds: until the next trial of a study, say. */
const idleTime = 5_000;

/** What a pool is made of. */
export interface PoolSettings {
  /** The number of processes. */
  readonly count: number;
  /** The tasks that one process makes at the same time. */
  readonly concurrency: number;
  /** The run file, as an absolute path. */
  readonly file: string;
}

/** See the head of the file. */
export class ProcessPool {
  readonly #settings: PoolSettings;
  readonly #children = new Set<RunnerProcess>();
  readonly #waiting: PooledTask[] = [];
  /** What the processes had done that ended by themselves, the latest ones. */
  readonly #gone: WorkerStatus[] = [];
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  /** Begins to work for a user. Rejects with what the file throws when it is loaded. */
  async enter(): Promise<void> {
    this.#users += 1;
    clearTimeout(this.#idle);
    try {
      await this.#fill().loaded;
    } catch (thrown) {
      this.leave();
      throw thrown;
    }
  }

  /** Rejects with ExternalCallError `other-program` when the file has another program than a run. */
  async find(identity: ProgramIdentity, trial: Task["trial"]): Promise<void> {
    const process = this.#fill();
    await process.loaded;
    await process.find(identity, trial);
  }

  /** What its processes do. */
  get status(): ExecutionStatus {
    const { concurrency } = this.#settings;
    const here = [...this.#children].map((child) => ({ ...this.#statusOf(child), concurrency, isGone: false }));
    return { waiting: this.#waiting.length, workers: [...here, ...this.#gone] };
  }

  #statusOf(child: RunnerProcess): Omit<WorkerStatus, "concurrency" | "isGone"> {
    return { host: hostname(), ...child.status };
  }

  /** A user does not need it any more. */
  leave(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    for (const child of this.#children) child.isNeeded = false;
    this.#idle = setTimeout(() => this.#end(), idleTime).unref();
  }

  /** Has a task made. Rejects with the signal's reason when it aborts. */
  run(
    work: { readonly task: Task; readonly identity: ProgramIdentity; readonly host: TaskHost },
    signal: AbortSignal | undefined,
  ): Promise<TaskEnd> {
    return new Promise((resolve, reject) => {
      const pooled: PooledTask = { ...work, done, crashes: 0, isSuspect: false, isCancelled: false };
      const cancel = (): void => {
        pooled.isCancelled = true;
        for (const child of this.#children) child.cancel(pooled);
        reject(abortErrorOf(signal as AbortSignal));
      };
      function done(end: TaskEnd): void {
        signal?.removeEventListener("abort", cancel);
        resolve(end);
      }
      if (signal?.aborted === true) return cancel();
      signal?.addEventListener("abort", cancel, { once: true });
      this.#waiting.push(pooled);
      if (this.#children.size === 0) this.#fill();
      this.#assign();
    });
  }

  /** Starts the processes that are missing, and gives one of them. */
  #fill(): RunnerProcess {
    const { count, file } = this.#settings;
    while (this.#children.size < count) {
      const child: RunnerProcess = new RunnerProcess(
        file,
        () => this.#assign(),
        (lost, tasks, how) => this.#children.has(lost) && this.#lose(lost, tasks, how),
      );
      this.#children.add(child);
      child.loaded.catch((thrown: unknown) => this.#fail(child, thrown));
    }
    for (const child of this.#children) child.isNeeded = true;
    const [first] = this.#children;
    return first as RunnerProcess;
  }

  /** Gives waiting tasks to the processes with the most room. */
  #assign(): void {
    const { concurrency } = this.#settings;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!first.isCancelled) {
        const rooms = [...this.#children].map((child) => ({ child, room: child.roomOf(concurrency) }));
        const [most] = rooms.sort((a, b) => b.room - a.room);
        if (most === undefined || most.room < (first.isSuspect ? concurrency : 1)) return;
        most.child.begin(first);
      }
      this.#waiting.shift();
    }
  }

  #lose(child: RunnerProcess, tasks: readonly PooledTask[], how: string): void {
    this.#children.delete(child);
    const last = this.#statusOf(child);
    this.#gone.push({ ...last, failed: last.failed + tasks.length, active: 0, concurrency: 0, isGone: true });
    if (this.#gone.length > maxGone) this.#gone.shift();
    // Which of several tasks has ended the process, only more attempts can tell.
    const [only, ...others] = tasks;
    if (only !== undefined && others.length === 0) only.crashes += 1;
    for (const pooled of tasks.toReversed()) {
      pooled.isSuspect = true;
      if (pooled.crashes >= maxCrashes) pooled.done({ crashed: how });
      else this.#waiting.unshift(pooled);
    }
    if (this.#users === 0) return;
    this.#fill();
    this.#assign();
  }

  /** A file that loads in one process may fail in another: then nobody makes the tasks. */
  #fail(child: RunnerProcess, thrown: unknown): void {
    if (!this.#children.delete(child)) return;
    child.kill();
    if (this.#children.size > 0) return;
    const message = `A process could not load ${this.#settings.file}: ${messageOf(thrown)}`;
    const error = toPortable(new ExternalCallError("worker-failed-to-load", message, { cause: thrown }));
    for (const { done } of this.#waiting.splice(0)) done({ error });
  }

  #end(): void {
    const children = [...this.#children];
    this.#children.clear();
    for (const child of children) child.kill();
  }
}
