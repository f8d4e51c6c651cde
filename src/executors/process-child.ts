/** One child process, as its parent sees it: what it was sent, and which tasks it has under way. */

import { type ChildProcess, fork } from "node:child_process";
import type {
  ProgramIdentity,
  Task,
  TaskAttempt,
  TaskEnd,
  TaskHost,
  WorkerStatus,
} from "../training/execution/executor.ts";
import { fromPortable } from "../training/execution/portable-error.ts";
import { isBuilt, packageFile } from "../util/home.ts";
import { Outbox, readMessages } from "./outbox.ts";
import type { FromRunner, ToRunner } from "./process-messages.ts";

/** A task with who asked for it. */
export interface PooledTask {
  readonly task: Task;
  readonly identity: ProgramIdentity;
  readonly host: TaskHost;
  /** Takes how it ended. */
  readonly done: (end: TaskEnd) => void;
  /** How often a process ended while it made this task alone. */
  crashes: number;
  /** Whether a process ended while it made this task beside others: from then on it is made alone. */
  isSuspect: boolean;
  /** Whether nobody waits for it any more. */
  isCancelled: boolean;
}

/** How long a process has to give up a task, in milliseconds. */
const patience = 5_000;
/** Many tasks may refer to a content. After this many, a child forgets all and is sent them again. */
const maxContents = 200;

/** See the head of the file. */
export class RunnerProcess {
  readonly #process: ChildProcess;
  readonly #outbox = new Outbox<ToRunner>((messages) => this.#post(messages));
  readonly #loaded: Promise<void>;
  readonly #sent = new Set<string>();
  readonly #tasks = new Map<number, { readonly pooled: PooledTask; readonly attempt: TaskAttempt }>();
  readonly #finds = new Map<number, { resolve(): void; reject(error: unknown): void }>();
  readonly #ended = { done: 0, failed: 0 };
  #count = 0;
  #isReady = false;

  /** @param onFree Called when a task has ended. @param onExit Called with the tasks under way, and how it ended. */
  constructor(
    file: string,
    onFree: () => void,
    onExit: (child: RunnerProcess, tasks: readonly PooledTask[], how: string) => void,
  ) {
    // What the file prints is not the output of the run.
    this.#process = fork(packageFile(`executors/child.${isBuilt ? "js" : "ts"}`), { stdio: ["ignore", 2, 2, "ipc"] });
    this.#loaded = new Promise((resolve, reject) => {
      const receive = (message: FromRunner): void => {
        if (message.type !== "loaded") return this.#receive(message);
        if (message.error !== undefined) return reject(fromPortable(message.error));
        this.#isReady = true;
        resolve();
      };
      this.#process.on("message", (texts: readonly string[]) => {
        for (const message of readMessages<FromRunner>(texts)) receive(message);
        onFree();
      });
      const end = (how: string): void => {
        if (this.#isReady) this.#end(how, onExit);
        else reject(new Error(`The process ended while it loaded the file: ${how}.`));
      };
      this.#process.on("error", (error) => end(error.message));
      this.#process.on("exit", (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
    this.#loaded.catch(() => undefined);
    this.#send({ type: "load", file });
  }

  /** Resolves once the file is loaded. Rejects with what it threw. */
  get loaded(): Promise<void> {
    return this.#loaded;
  }

  /** How many more tasks it can take, of `most`; none while it loads the file or makes a suspect. */
  roomOf(most: number): number {
    if (!this.#isReady || [...this.#tasks.values()].some(({ pooled }) => pooled.isSuspect)) return 0;
    return most - this.#tasks.size;
  }

  /** What it does, and has done. */
  get status(): Pick<WorkerStatus, "pid" | "active" | "done" | "failed"> {
    return { pid: this.#process.pid ?? 0, active: this.#tasks.size, ...this.#ended };
  }

  /** Whether it keeps this process alive. */
  set isNeeded(needed: boolean) {
    if (needed) this.#process.ref();
    else this.#process.unref();
    const channel = this.#process.channel as { ref(): void; unref(): void } | null | undefined;
    if (needed) channel?.ref();
    else channel?.unref();
  }

  /** Rejects with ExternalCallError `other-program` when its file has another program. */
  find(identity: ProgramIdentity, trial: Task["trial"]): Promise<void> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#finds.set(id, { resolve, reject });
      this.#send({ type: "find", id, identity, trial });
    });
  }

  /** Begins a task. */
  begin(pooled: PooledTask): void {
    const id = ++this.#count;
    const { task, identity, host } = pooled;
    const attempt = host.begin((message) => this.#send({ type: "message", id, message }));
    this.#tasks.set(id, { pooled, attempt });
    const { values, validation, ...rest } = task;
    if (this.#sent.size > maxContents) {
      this.#sent.clear();
      this.#send({ type: "forget" });
    }
    for (const content of [values, validation]) {
      if (content === undefined || this.#sent.has(content.hash)) continue;
      this.#sent.add(content.hash);
      this.#send({ type: "content", ...content });
    }
    this.#send({ type: "task", id, identity, task: { ...rest, values: values.hash, validation: validation?.hash } });
  }

  /** Tells it to give up a task, and ends the process where code runs that does not hear of it. */
  cancel(pooled: PooledTask): void {
    for (const [id, one] of this.#tasks) {
      if (one.pooled !== pooled) continue;
      this.#send({ type: "message", id, message: { type: "stop", error: undefined } });
      setTimeout(() => this.#tasks.has(id) && this.kill(), patience).unref();
    }
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  #send(message: ToRunner): void {
    this.#outbox.add(message);
  }

  #post(messages: readonly string[]): void {
    // A process that has just ended takes no messages: its exit is on its way.
    if (this.#process.connected) this.#process.send(messages, () => undefined);
  }

  #receive(message: Exclude<FromRunner, { readonly type: "loaded" }>): void {
    if (message.type === "found") {
      const find = this.#finds.get(message.id);
      this.#finds.delete(message.id);
      return message.error === undefined ? find?.resolve() : find?.reject(fromPortable(message.error));
    }
    const task = this.#tasks.get(message.id);
    if (task === undefined) return;
    if (message.type === "message") return task.attempt.receive(message.message);
    this.#tasks.delete(message.id);
    this.#ended["record" in message.end ? "done" : "failed"] += 1;
    task.pooled.done(message.end);
  }

  #end(how: string, onExit: (child: RunnerProcess, tasks: readonly PooledTask[], how: string) => void): void {
    const tasks = [...this.#tasks.values()];
    this.#tasks.clear();
    for (const { attempt } of tasks) attempt.lost();
    for (const { reject } of this.#finds.values()) reject(new Error(`The process ended: ${how}.`));
    this.#finds.clear();
    onExit(
      this,
      tasks.map(({ pooled }) => pooled),
      how,
    );
  }
}
