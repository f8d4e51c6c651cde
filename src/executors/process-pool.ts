/** A pool of child processes that make tasks: those of all runs that use it, in the order in which they come. */

import type { ProgramIdentity, Task, TaskEnd, TaskHost } from "../training/execution/executor.ts";
import { abortErrorOf } from "../util/abort.ts";
import { type PooledTask, RunnerProcess } from "./process-child.ts";

/** A task during which this many processes have ended is not tried again: the program is what ends them. */
const maxCrashes = 3;
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
      const pooled: PooledTask = { ...work, done, crashes: 0, isCancelled: false };
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
      this.#assign();
    });
  }

  /** Starts the processes that are missing, and gives one of them. */
  #fill(): RunnerProcess {
    const { count, file } = this.#settings;
    while (this.#children.size < count) {
      this.#children.add(
        new RunnerProcess(
          file,
          () => this.#assign(),
          (child, tasks, how) => this.#lose(child, tasks, how),
        ),
      );
    }
    for (const child of this.#children) child.isNeeded = true;
    const [first] = this.#children;
    return first as RunnerProcess;
  }

  /** Gives waiting tasks to the processes with the fewest. */
  #assign(): void {
    const { concurrency } = this.#settings;
    while (this.#waiting.length > 0) {
      const [child] = [...this.#children].sort((a, b) => a.load - b.load);
      if (child === undefined || child.load >= concurrency) return;
      const pooled = this.#waiting.shift();
      if (pooled !== undefined && !pooled.isCancelled) child.begin(pooled);
    }
  }

  #lose(child: RunnerProcess, tasks: readonly PooledTask[], how: string): void {
    this.#children.delete(child);
    for (const pooled of tasks) {
      pooled.crashes += 1;
      if (pooled.crashes >= maxCrashes) pooled.done({ crashed: how });
      else this.#waiting.unshift(pooled);
    }
    if (this.#users === 0) return;
    this.#fill();
    this.#assign();
  }

  #end(): void {
    const children = [...this.#children];
    this.#children.clear();
    for (const child of children) child.kill();
  }
}
