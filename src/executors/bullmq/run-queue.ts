/** The run's side of a queue: puts tasks into it, talks with the workers that make them, and reads their records. */

import type { Task, TaskAttempt, TaskEnd, TaskHost, TaskQueue } from "../../training/execution/executor.ts";
import { abortErrorOf } from "../../util/abort.ts";
import type { Json } from "../../util/decode.ts";
import { ExternalCallError } from "../../util/errors.ts";
import { MessageExchange } from "./exchange.ts";
import { JobAdder, type JobAdderParts } from "./job-adder.ts";
import type { Silence } from "./keys.ts";
import type { ToRun } from "./messages.ts";
import { RunOwner } from "./run-owner.ts";
import type { Packet, Wire } from "./wire.ts";
import { WorkerWatch, warnOfSilence } from "./worker-watch.ts";

/** How long the wire of an attempt that is over stays, in milliseconds. */
const lingering = 10_000;
/** How long tasks and records wait for others to go with them, in milliseconds: each write to a socket is dear. */
const gathering = 5;

/** What a run uses of its queue. */
export interface RunQueueParts extends JobAdderParts {
  readonly silence: Silence;
}

/** A task that is not over. */
interface OpenTask {
  readonly task: Task;
  readonly host: TaskHost;
  resolve(end: TaskEnd): void;
  reject(error: unknown): void;
  attempt: { readonly wire: Wire; readonly taken: TaskAttempt; readonly worker: string } | undefined;
  /** When something was last done for it. */
  at: number;
}

/** See the head of the file. */
export class RunQueue implements TaskQueue {
  readonly #parts: RunQueueParts;
  readonly #owner: RunOwner;
  readonly #office: MessageExchange;
  readonly #open = new Map<string, OpenTask>();
  /** The open task of each wire. */
  readonly #byWire = new Map<string, string>();
  readonly #adder: JobAdder;
  readonly #workers: WorkerWatch;
  readonly #alive: NodeJS.Timeout;
  #isWatching = false;
  #adding: OpenTask[] = [];
  #ended: string[] = [];
  /** Tasks whose records were read and are still there. */
  #read: string[] = [];
  /** When a worker was last heard, or the run began. */
  #heard = performance.now();
  #lost: ExternalCallError | undefined;

  /** Takes the run over from the process that had it, if there is one. */
  static async open(parts: RunQueueParts): Promise<RunQueue> {
    return new RunQueue(parts, await RunOwner.take(parts));
  }

  private constructor(parts: RunQueueParts, owner: RunOwner) {
    const { redis, keys, run, silence } = parts;
    this.#parts = parts;
    this.#owner = owner;
    this.#adder = new JobAdder(parts, !owner.isFirst);
    this.#office = new MessageExchange(`${run.id}/${owner.name}`, {
      ...{ redis, keys },
      onUnknown: (packet, from) => this.#begin(packet, from),
      onEnded: (ended) => {
        this.#heard = performance.now();
        for (const key of ended) this.#collect(key);
      },
    });
    this.#workers = new WorkerWatch(parts);
    this.#alive = setInterval(() => void this.#watchOnce(), silence.heartbeat);
  }

  run(task: Task, host: TaskHost, signal: AbortSignal | undefined): Promise<TaskEnd> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise<TaskEnd>((resolve, reject) => {
      const open: OpenTask = { task, host, resolve, reject, attempt: undefined, at: performance.now() };
      const cancel = (): void => {
        this.#giveUp(task.key);
        reject(abortErrorOf(signal as AbortSignal));
      };
      if (signal?.aborted === true) return cancel();
      signal?.addEventListener("abort", cancel, { once: true });
      open.resolve = (end) => {
        signal?.removeEventListener("abort", cancel);
        resolve(end);
      };
      this.#open.set(task.key, open);
      this.#add(open);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#alive);
    for (const key of [...this.#open.keys()]) this.#giveUp(key);
    await this.#remove(this.#read).catch(() => undefined);
    await this.#office.close();
    await this.#owner.release().catch(() => undefined);
  }

  /** Puts a task into the queue, with those that come soon. */
  #add(open: OpenTask): void {
    this.#adding.push(open);
    if (this.#adding.length > 1) return;
    setTimeout(() => {
      const adding = this.#adding;
      this.#adding = [];
      this.#addAll(adding).catch((thrown: unknown) => {
        for (const { reject } of adding)
          reject(new ExternalCallError("queue", `Redis refused a task: ${String(thrown)}`));
      });
    }, gathering);
  }

  async #addAll(given: readonly OpenTask[]): Promise<void> {
    // Another process of this run may have had them made.
    if (!this.#owner.isFirst) await this.#readRecords(given);
    await this.#adder.add(
      given.map(({ task }) => task),
      ({ key }) => this.#open.has(key),
    );
  }

  /** Ends the tasks whose records are there. */
  async #readRecords(tasks: readonly Pick<OpenTask, "task">[]): Promise<void> {
    const { redis, keys } = this.#parts;
    const names = tasks.map(({ task }) => task.key);
    if (names.length === 0) return;
    const texts = await redis.mget(names.map((key) => keys.record(key)));
    for (const [index, key] of names.entries()) {
      const text = texts[index];
      if (text === null || text === undefined) continue;
      this.#read.push(key);
      this.#end(key, { record: JSON.parse(text) as Json });
    }
  }

  #end(key: string, end: TaskEnd): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#forget(key, open);
    open.resolve(end);
  }

  #forget(key: string, { attempt }: OpenTask): void {
    this.#open.delete(key);
    if (attempt !== undefined) this.#leave(attempt.wire.name);
  }

  /** A wire has nothing more to do; for a while it still answers what comes again. */
  #leave(name: string): void {
    this.#byWire.delete(name);
    setTimeout(() => this.#office.shut(name), lingering).unref();
  }

  #giveUp(key: string): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#forget(key, open);
    if (open.attempt !== undefined) open.attempt.wire.send({ type: "stop" });
    else void this.#parts.queue.remove(key).catch(() => undefined);
  }

  /** A wire that is not known begins an attempt, or is of a task that is over. */
  #begin({ wire: name, n, body }: Packet, from: string): Wire | undefined {
    if (n !== 1) return undefined;
    const { key, worker } = body as unknown as Extract<ToRun, { readonly type: "begin" }>;
    const wire = this.#office.open(name, from, (message) => this.#receive(name, message as unknown as ToRun));
    const open = this.#open.get(key);
    if (open === undefined) {
      wire.send({ type: "stop" });
      this.#leave(name);
      return wire;
    }
    this.#drop(open);
    const taken = open.host.begin((message) => wire.send(message as unknown as Json));
    open.attempt = { wire, taken, worker };
    this.#byWire.set(name, key);
    return wire;
  }

  /** Gives up the attempt at a task. Its worker was silent for too long, but may be there after all. */
  #drop(open: OpenTask): void {
    if (open.attempt === undefined) return;
    open.attempt.wire.send({ type: "stop" });
    open.attempt.taken.lost();
    this.#leave(open.attempt.wire.name);
    open.attempt = undefined;
  }

  #receive(name: string, message: ToRun): void {
    this.#heard = performance.now();
    const key = this.#byWire.get(name);
    const open = key === undefined ? undefined : this.#open.get(key);
    if (key === undefined || open === undefined) return;
    open.at = performance.now();
    if (message.type === "message") open.attempt?.taken.receive(message.message);
    else if (message.type === "lost") {
      open.attempt?.taken.lost();
      open.attempt = undefined;
      this.#leave(name);
    } else if (message.type === "end") this.#end(key, message.end);
  }

  /** Reads a record that is there, with those that come soon, and removes those that were read before. */
  #collect(key: string): void {
    this.#ended.push(key);
    if (this.#ended.length > 1) return;
    setTimeout(() => {
      const tasks = this.#ended.flatMap((one) => this.#open.get(one) ?? []);
      const read = this.#read;
      [this.#ended, this.#read] = [[], []];
      // What cannot be read now is looked for again.
      this.#readRecords(tasks).catch(() => undefined);
      this.#remove(read).catch(() => undefined);
    }, gathering);
  }

  /** Removes records. */
  async #remove(read: readonly string[]): Promise<void> {
    const { redis, keys } = this.#parts;
    if (read.length > 0) await redis.del(read.map((key) => keys.record(key)));
  }

  /** While Redis is away, one look waits for it. */
  async #watchOnce(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    await this.#watch().catch(() => undefined);
    this.#isWatching = false;
  }

  /** Says that the run lives, and looks for workers that are gone and tasks of which nothing was heard. */
  async #watch(): Promise<void> {
    const { silence } = this.#parts;
    if (!(await this.#owner.claim())) return this.#lose();
    const open = [...this.#open.values()];
    const workers = await this.#workers.look(new Set(open.flatMap(({ attempt }) => attempt?.worker ?? [])));
    // Others may wait for what it has under way, with no place left for the tasks themselves.
    for (const one of open) if (one.attempt !== undefined && this.#workers.isGone(one.attempt.worker)) this.#drop(one);
    const now = performance.now();
    const quiet = open.filter(({ at }) => now - at > silence.limit);
    await this.#readRecords(quiet);
    for (const open of quiet) {
      open.at = now;
      this.#adder.doubt(open.task);
      // A job that is there already stays as it is.
      if (this.#open.has(open.task.key)) this.#add(open);
    }
    if (this.#open.size > 0 && now - this.#heard > silence.limit)
      warnOfSilence(this.#parts.run, this.#parts.queue.name, workers);
  }

  #lose(): void {
    const { run } = this.#parts;
    this.#lost = new ExternalCallError(
      "run-taken-over",
      `Another process has taken over the run ${run.id}. Only one may run it.`,
    );
    for (const [key, open] of this.#open) {
      this.#forget(key, open);
      open.reject(this.#lost);
    }
  }
}
