/**
 * The worker's side of a queue: takes jobs, has them made by child processes, and passes on what they say to their run.
 * Tasks run in the children alone, so the locks of jobs are renewed whatever their code does.
 */

import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { DelayedError, type Job, WaitingError } from "bullmq";
import type { Redis } from "ioredis";
import type { Task, TaskContent, TaskHost } from "../../training/execution/executor.ts";
import { getOrSet } from "../../util/collections.ts";
import type { Json } from "../../util/decode.ts";
import { ExternalCallError } from "../../util/errors.ts";
import type { SentTask } from "../process-messages.ts";
import type { ProcessPool } from "../process-pool.ts";
import { MessageExchange } from "./exchange.ts";
import { IdleSign } from "./idle-sign.ts";
import { inboxSeconds, keepSeconds, type QueueKeys, type Silence } from "./keys.ts";
import { LookAhead } from "./look-ahead.ts";
import type { JobData, RunProgram, WorkerState } from "./messages.ts";
import { RunLine } from "./run-line.ts";

/** How long what is known of a run counts as recent, in milliseconds. */
const recent = 1_000;
/** After which time another worker may take a job that this one refuses, in milliseconds. */
const refusedFor = 2_000;
/** How long a record waits for others to go with it, in milliseconds: each write to a socket is dear. */
const gathering = 25;
/** How many values of candidates and programs of runs are cached. */
const maxCached = 200;

/** What a worker works with. */
export interface QueueWorkerParts {
  readonly redis: Redis;
  readonly keys: QueueKeys;
  readonly pool: ProcessPool;
  readonly concurrency: number;
  readonly silence: Silence;
  readonly say: (text: string) => void;
  /** Called when the limit has changed. */
  readonly onLimit: () => void;
}

/** See the head of the file. */
export class QueueWorker {
  readonly #parts: QueueWorkerParts;
  readonly #id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  readonly #office: MessageExchange;
  readonly #contents = new Map<string, Promise<Json>>();
  readonly #programs = new Map<string, Promise<RunProgram>>();
  /** Whether the file has the program of a run: nothing, or why not. */
  readonly #checks = new Map<string, Promise<string | undefined>>();
  readonly #refused = new Map<string, string>();
  /** Which process runs a run, and when that was asked. */
  readonly #epochs = new Map<string, { readonly epoch: string; readonly at: number }>();
  /** Since when no process has run a run. */
  readonly #absent = new Map<string, number>();
  readonly #counts = { done: 0, failed: 0 };
  readonly #lookAhead: LookAhead;
  readonly #idleSign: IdleSign;
  /** When the records that wait are written. */
  #gathered: Promise<void> | undefined;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(parts: QueueWorkerParts) {
    const { redis, keys, silence } = parts;
    this.#parts = parts;
    this.#lookAhead = new LookAhead(parts.concurrency, parts.onLimit);
    this.#idleSign = new IdleSign({ redis, keys, id: this.#id, lookAhead: this.#lookAhead });
    this.#office = new MessageExchange(this.#id, { redis, keys, onUnknown: () => undefined, onEnded: () => undefined });
    const beat = (): void => void this.#beat().catch(() => undefined);
    this.#heartbeat = setInterval(beat, silence.heartbeat);
    beat();
    this.#removeGone().catch(() => undefined);
  }

  /** How many jobs may be taken now. */
  get limit(): number {
    return this.#lookAhead.limit;
  }

  /** The queue has no task for a place that is free now. */
  sayIdle(): void {
    this.#idleSign.say();
  }

  /** Makes the task of a job, or gives the job back. `token` is that of its lock. */
  async make(job: Job<JobData>, token: string): Promise<void> {
    const { run, task, mayHaveRecord = false } = job.data;
    const { redis, keys } = this.#parts;
    if ((await this.#epochOf(run)) === undefined) throw new Error("The run is gone.");
    const program = await this.#programOf(run);
    const refusal = await getOrMake(this.#checks, run, () => this.#check(program));
    if (refusal !== undefined) await this.#refuse(job, token, refusal);
    const whole = await this.#wholeTask(task);
    // Made already, by a worker that ended before it could say so.
    if ((mayHaveRecord || job.attemptsStarted > 1) && (await redis.exists(keys.record(task.key))) === 1) return;
    try {
      while (!(await this.#attempt(run, whole, program)));
    } catch (thrown) {
      if (thrown instanceof WaitingError) await job.moveToWait(token);
      throw thrown;
    }
  }

  /** Gives back the jobs that it has taken ahead. Those whose tasks have begun go on. */
  drain(): void {
    this.#lookAhead.close();
  }

  /** Says goodbye. Jobs must be over. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#idleSign.close();
    await this.#office.close();
    await this.#parts.redis.hdel(this.#parts.keys.workers, this.#id).catch(() => undefined);
  }

  /**
   * One attempt for the process that runs the run now. False when another one has taken it over meanwhile. Rejects with
   * WaitingError when the task is given back before it begins.
   */
  async #attempt(run: string, task: Task, { identity }: RunProgram): Promise<boolean> {
    const epoch = await this.#epochOf(run);
    if (epoch === undefined) throw new Error("The run is gone.");
    const gone = new AbortController();
    const watching = this.#watch(run, epoch, () => gone.abort());
    const line = new RunLine(this.#office, { to: `${run}/${epoch}`, key: task.key, worker: this.#id });
    const taken = this.#lookAhead.enter(() => gone.abort());
    const host: TaskHost = {
      begin: (send) => {
        this.#lookAhead.begin(taken);
        return line.begin(send);
      },
    };
    try {
      const making = this.#parts.pool.run({ task, identity, host }, gone.signal);
      const end = await making.finally(() => this.#lookAhead.end(taken));
      if ("record" in end) await this.#deliver(task.key, end.record, `${run}/${epoch}`);
      else if (!line.isGivenUp) {
        this.#counts.failed += 1;
        line.end(end);
        await line.flushed(gone.signal);
      }
      return true;
    } catch (thrown) {
      if (taken.isGivenBack) throw new WaitingError();
      if (gone.signal.aborted) return false;
      throw thrown;
    } finally {
      clearInterval(watching);
      line.close();
    }
  }

  /** Looks now and then whether another process has taken a run over. */
  #watch(run: string, epoch: string, onTaken: () => void): NodeJS.Timeout {
    const { redis, keys, silence } = this.#parts;
    const look = async (): Promise<void> => {
      if ((await redis.get(keys.alive(run))) === epoch) return;
      this.#epochs.delete(run);
      onTaken();
    };
    return setInterval(() => void look().catch(() => undefined), silence.heartbeat);
  }

  /** Writes a record under its key. The run finds it there, even where it does not hear of it. */
  async #deliver(key: string, record: Json, to: string): Promise<void> {
    const { redis, keys } = this.#parts;
    // The next place that becomes free has its task, so nothing waits for this job to end.
    if (this.#lookAhead.isFilled) await this.#gather();
    await redis.set(keys.record(key), JSON.stringify(record), "EX", keepSeconds);
    this.#counts.done += 1;
    this.#office.tellEnded(to, key);
  }

  /** Waits until several records can be written in one go. */
  #gather(): Promise<void> {
    this.#gathered ??= new Promise((resolve) =>
      setTimeout(() => {
        this.#gathered = undefined;
        resolve();
      }, gathering),
    );
    return this.#gathered;
  }

  /** The process that runs the run, by its epoch; undefined when none has come in time. */
  async #epochOf(run: string): Promise<string | undefined> {
    const known = this.#epochs.get(run);
    if (known !== undefined && performance.now() - known.at < recent) return known.epoch;
    const epoch = await this.#askForEpoch(run);
    if (epoch === undefined) this.#epochs.delete(run);
    else this.#epochs.set(run, { epoch, at: performance.now() });
    return epoch;
  }

  async #askForEpoch(run: string): Promise<string | undefined> {
    const { redis, keys, silence } = this.#parts;
    for (;;) {
      const epoch = await redis.get(keys.alive(run));
      if (epoch !== null) {
        this.#absent.delete(run);
        return epoch;
      }
      const since = getOrSet(this.#absent, run, () => performance.now());
      if (performance.now() - since > silence.limit) return undefined;
      await new Promise((resolve) => setTimeout(resolve, silence.heartbeat / 4));
    }
  }

  async #check({ identity, trial }: RunProgram): Promise<string | undefined> {
    const { pool } = this.#parts;
    try {
      await pool.find(identity, trial);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof ExternalCallError && thrown.code === "other-program") return thrown.message;
      throw thrown;
    }
  }

  /** Puts a job back for another worker. */
  async #refuse(job: Job<JobData>, token: string, why: string): Promise<never> {
    const { run } = job.data;
    if (!this.#refused.has(run)) {
      this.#refused.set(run, why);
      this.#parts.say(`Refused: the run ${run}. ${why}`);
      await this.#beat();
    }
    await job.moveToDelayed(Date.now() + refusedFor, token);
    throw new DelayedError();
  }

  async #wholeTask({ values, validation, ...rest }: SentTask): Promise<Task> {
    const contents = await Promise.all([this.#contentOf(values), validation && this.#contentOf(validation)]);
    return { ...rest, values: contents[0], validation: contents[1] || undefined };
  }

  async #contentOf(hash: string): Promise<TaskContent> {
    const { redis, keys } = this.#parts;
    return { hash, json: await getOrMake(this.#contents, hash, () => readJson<Json>(redis, keys.content(hash))) };
  }

  #programOf(run: string): Promise<RunProgram> {
    const { redis, keys } = this.#parts;
    return getOrMake(this.#programs, run, () => readJson<RunProgram>(redis, keys.identity(run)));
  }

  /** Removes workers that were killed from the list. */
  async #removeGone(): Promise<void> {
    const { redis, keys } = this.#parts;
    const all = Object.entries(await redis.hgetall(keys.workers));
    const gone = all.filter(([, text]) => Date.now() - (JSON.parse(text) as WorkerState).at > inboxSeconds * 1000);
    if (gone.length > 0) await redis.hdel(keys.workers, ...gone.map(([id]) => id));
  }

  async #beat(): Promise<void> {
    const { redis, keys, concurrency } = this.#parts;
    const state: WorkerState = {
      ...{ host: hostname(), pid: process.pid, at: Date.now(), concurrency },
      ...{ active: this.#lookAhead.active, ...this.#counts },
      refused: Object.fromEntries(this.#refused),
    };
    await redis.hset(keys.workers, this.#id, JSON.stringify(state));
  }
}

async function readJson<T>(redis: Redis, key: string): Promise<T> {
  const text = await redis.get(key);
  if (text === null) throw new Error(`${key} is not in Redis any more.`);
  return JSON.parse(text) as T;
}

/** The value at a key, made once; a failure is not kept, and of many the oldest is dropped. */
function getOrMake<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const [oldest] = map.keys();
  if (map.size >= maxCached && oldest !== undefined) map.delete(oldest);
  const value = make();
  map.set(key, value);
  value.catch(() => map.delete(key));
  return value;
}
