/** An executor on BullMQ: evaluations are made by workers on any number of machines, over Redis. */

import { Queue, Worker } from "bullmq";
import type { RedisOptions } from "ioredis";
import type { ExecutedRun, Executor, ServeOptions, TaskQueue } from "../training/execution/executor.ts";
import { untilAborted } from "../util/abort.ts";
import { requireWholeNumber } from "../util/require.ts";
import { JobTaker, type JobTakerParts } from "./bullmq/job-taker.ts";
import { QueueKeys, type Silence, silenceOf } from "./bullmq/keys.ts";
import type { JobData } from "./bullmq/messages.ts";
import { PatientRedis } from "./bullmq/patient-redis.ts";
import { QueueWorker } from "./bullmq/queue-worker.ts";
import { RunQueue } from "./bullmq/run-queue.ts";
import { ProcessPool } from "./process-pool.ts";

/** Options of {@link bullmq}. */
export interface BullmqOptions {
  /** Where Redis is: a URL, or options of `ioredis`. Default: `redis://127.0.0.1:6379`. */
  readonly connection?: string | RedisOptions | undefined;
  /** The name of the queue: runs and workers with one name work together. Default: `tracegrad`. */
  readonly queue?: string | undefined;
  /** The prefix of all keys in Redis. Default: `bull`, as BullMQ has it. */
  readonly prefix?: string | undefined;
  /**
   * The maximum number of evaluations of a run in the queue and under way. Half as many again as all workers make at the
   * same time keeps them busy. Default: 512.
   */
  readonly concurrency?: number | undefined;
  /**
   * How long a worker or a run may be silent before it counts as gone, in seconds: then others take the tasks of the
   * worker, and workers give up those of the run. The same for all. Default: 15.
   */
  readonly silence?: number | undefined;
}

/** How long a run may take to tidy up in Redis at its end, in milliseconds. */
const closing = 3_000;
/** After so many lost workers a job is removed, and its run puts it into the queue again. */
const maxStalledCount = 20;

/**
 * Makes the evaluations of a run by workers, on this machine and on others, with BullMQ and Redis (6.2 or later). The
 * workers are started with `tracegrad worker <run file>`, in any number, before or after the run; each loads the same
 * program and data, and refuses runs whose program or data differ. Packages: `bullmq` 6 and `ioredis` 5.
 *
 * The run decides on each model call, as without an executor: its journal is the only record of what was paid. A worker
 * writes the result of an evaluation under its key before the job ends, so a job that is made twice counts once. When a
 * worker dies, another one takes its jobs after `silence`; when Redis dies, runs and workers wait for it.
 * @throws TracegradError `bad-option` for a concurrency that is not a whole number of 1 or more.
 * @example
 * const executor = bullmq({ connection: "redis://queue:6379" });
 * export default (options: RunFileOptions) => train({ agent, optimizer, guide, data, executor, ...options });
 */
export function bullmq(options: BullmqOptions = {}): Executor {
  const { connection = "redis://127.0.0.1:6379", queue = "tracegrad", prefix = "bull" } = options;
  const { concurrency = 512, silence: seconds = 15 } = options;
  requireWholeNumber("concurrency", concurrency);
  requireWholeNumber("silence", seconds);
  const place = { connection, queue, prefix, keys: new QueueKeys(prefix, queue), silence: silenceOf(seconds) };
  return {
    name: "bullmq",
    concurrency,
    open: (run) => open(place, run),
    serve: (file, options) => serve(place, file, options),
  };
}

interface QueuePlace {
  readonly connection: string | RedisOptions;
  readonly queue: string;
  readonly prefix: string;
  readonly keys: QueueKeys;
  readonly silence: Silence;
}

async function open({ connection, queue, prefix, keys, silence }: QueuePlace, run: ExecutedRun): Promise<TaskQueue> {
  const redis = new PatientRedis(connection);
  const jobs = new Queue(queue, { connection: redis, prefix, streams: { events: { maxLen: 1_000 } } });
  jobs.on("error", () => undefined);
  const release = (): void => {
    void jobs.close().catch(() => undefined);
    redis.disconnect();
  };
  const { host, port } = redis.options;
  const waiting = setTimeout(() => run.warn(`Redis does not answer (${host}:${port}); the run waits.`), silence.limit);
  try {
    const opened = await untilAborted(RunQueue.open({ queue: jobs, redis, keys, run, silence }), run.signal);
    return {
      run: (...given) => opened.run(...given),
      close: async () => {
        await within(closing, opened.close());
        release();
      },
    };
  } catch (thrown) {
    release();
    throw thrown;
  } finally {
    clearTimeout(waiting);
  }
}

/** Waits for `work`, but not longer: Redis may be away, and drops by itself what is left there. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), ms);
  await untilAborted(work, enough.signal).catch(() => undefined);
  clearTimeout(timer);
}

async function serve(
  { connection, queue, prefix, keys, silence }: QueuePlace,
  file: string,
  { processes, concurrency = 8, signal, say }: ServeOptions,
): Promise<void> {
  const pool = new ProcessPool({ count: processes ?? 1, concurrency, file });
  await pool.enter();
  const redis = new PatientRedis(connection);
  const capacity = (processes ?? 1) * concurrency;
  const worker = new Worker<JobData>(queue, null, {
    ...{ connection: redis, prefix, maxStalledCount },
    ...{ lockDuration: silence.limit, stalledInterval: Math.ceil(silence.limit / 3) },
    ...{ removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } },
  });
  worker.on("error", (error) => say(`Redis: ${error.message}`));
  const onLimit = (): void => taker.wake();
  const work = new QueueWorker({ redis, keys, pool, concurrency: capacity, silence, say, onLimit });
  const make: JobTakerParts["make"] = (job, token) => work.make(job, token);
  const [limit, onEmpty] = [() => work.limit, () => work.sayIdle()];
  const taker = new JobTaker({ worker, make, limit, onEmpty, lockTime: silence.limit, say });
  say(`Serving ${file} on the queue "${queue}": ${capacity} evaluations at the same time.`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  say("Finishing what is under way.");
  work.drain();
  await taker.close();
  await work.close();
  pool.leave();
  redis.disconnect();
}
