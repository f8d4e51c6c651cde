/**
 * Takes jobs from a queue, has them made, and ends them. BullMQ's own loop asks for a job only when it has the one before,
 * so at the beginning a worker would fill each of its places by a round trip to Redis. This one asks for several at once.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { DelayedError, Job, WaitingError, type Worker } from "bullmq";
import { messageOf } from "../../util/errors.ts";
import type { JobData } from "./messages.ts";

/** The maximum number of jobs that are asked for at once: the first worker leaves some to the others. */
const maxBatch = 16;
/** How long to wait after Redis has refused something, in milliseconds. */
const refusalTime = 1_000;
/** How long to wait when there was no job twice in a row, in milliseconds. */
const emptyTime = 100;

/** What a taker works with. */
export interface JobTakerParts {
  /** One without a processor: it takes nothing by itself, but gives stalled jobs back to the queue. */
  readonly worker: Worker<JobData>;
  /** Makes a job. Rejects with DelayedError or WaitingError when it was put back into the queue. */
  readonly make: (job: Job<JobData>, token: string) => Promise<void>;
  /** How many jobs may be taken, those under way included. */
  readonly limit: () => number;
  /** Called when a job has ended and the queue has no next one. */
  readonly onEmpty: () => void;
  /** How long a lock holds, in milliseconds. */
  readonly lockTime: number;
  readonly say: (text: string) => void;
}

/** A job that was taken. */
interface TakenJob {
  readonly id: string;
  /** The token of its lock. */
  readonly token: string;
}

/** See the head of the file. */
export class JobTaker {
  readonly #parts: JobTakerParts;
  readonly #jobs = new Set<TakenJob>();
  readonly #renewing: NodeJS.Timeout;
  readonly #running: Promise<void>;
  /** What waits for a change. */
  #waiting: (() => void)[] = [];
  #isRenewing = false;
  #isClosed = false;

  constructor(parts: JobTakerParts) {
    this.#parts = parts;
    this.#renewing = setInterval(() => void this.#renew(), parts.lockTime / 4);
    this.#running = this.#run();
  }

  /** Looks again whether more jobs may be taken. */
  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Takes no more jobs, and resolves when those that it has are over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.wake();
    await this.#over();
    // Where it waits for a job, it stops waiting.
    await this.#parts.worker.close(true);
    await this.#running;
    // A job may have come meanwhile, and goes back.
    await this.#over();
    clearInterval(this.#renewing);
  }

  /** Resolves when it has no job. */
  async #over(): Promise<void> {
    while (this.#jobs.size > 0) await this.#change();
  }

  async #run(): Promise<void> {
    const { worker, limit } = this.#parts;
    await worker.startStalledCheckTimer();
    // A few jobs go to as many workers: each asks for more only when it got all that it asked for.
    let most = 1;
    let isEmpty = false;
    while (!this.#isClosed) {
      const count = Math.min(limit() - this.#jobs.size, most);
      if (count < 1) {
        await this.#change();
        continue;
      }
      const taken = await this.#take(count);
      // Under a limit of the queue, BullMQ says at once that there is no job, also where it is to wait for one.
      if (taken === 0 && isEmpty) await pause(emptyTime);
      isEmpty = taken === 0;
      most = taken < count ? 1 : Math.min(most * 2, maxBatch);
    }
  }

  /** Takes as many jobs, or fewer when there are no more, and begins with each as it comes. One alone is waited for. */
  async #take(count: number): Promise<number> {
    let refusal: unknown;
    const ask = async (): Promise<number> => {
      const job = await this.#parts.worker.getNextJob(randomUUID(), { block: count === 1 }).catch((thrown: unknown) => {
        refusal ??= thrown;
      });
      if (job !== undefined) void this.#work(job);
      return job === undefined ? 0 : 1;
    };
    const taken = await Promise.all(Array.from({ length: count }, ask));
    if (refusal !== undefined) await this.#refused(refusal);
    return taken.reduce((sum, one) => sum + one, 0);
  }

  /** Makes a job, and those that its end brings. */
  async #work(first: Job<JobData>): Promise<void> {
    const { worker } = this.#parts;
    const token = first.token as string;
    for (let job: Job<JobData> | undefined = first; job !== undefined; ) {
      const taken: TakenJob = { id: job.id as string, token };
      this.#jobs.add(taken);
      // The lock may be lost: then another worker has the job.
      const next: NextJob = await this.#make(job, token).catch((thrown: unknown) => this.#refused(thrown));
      this.#jobs.delete(taken);
      const [data, nextId]: NonNullable<NextJob> = next ?? [];
      job = data && nextId ? Job.fromJSON<JobData>(worker, data, nextId) : undefined;
    }
    this.wake();
  }

  /** Makes a job and ends it. Gives what is next in the queue, if there is a place for it. */
  async #make(job: Job<JobData>, token: string): Promise<NextJob> {
    try {
      // It was lost too often.
      if (job.deferredFailure) throw new Error(job.deferredFailure);
      await this.#parts.make(job, token);
    } catch (thrown) {
      if (thrown instanceof DelayedError || thrown instanceof WaitingError) return undefined;
      return this.#end((asks) => job.moveToFailed(thrown as Error, token, asks));
    }
    return this.#end((asks) => job.moveToCompleted(null, token, asks));
  }

  /** Ends a job, and asks for the next one if there is a place for it. */
  async #end(move: (asks: boolean) => Promise<unknown>): Promise<NextJob> {
    const asks = this.#hasPlace;
    const next = (await move(asks)) as NextJob;
    // BullMQ says more than nothing where the queue is paused, has a limit, or has jobs for later.
    if (asks && next?.length === 0) this.#parts.onEmpty();
    return next;
  }

  /** Whether a job that ends leaves a place. */
  get #hasPlace(): boolean {
    return !this.#isClosed && this.#jobs.size <= this.#parts.limit();
  }

  async #renew(): Promise<void> {
    // While Redis is away, one renewal waits for it.
    if (this.#jobs.size === 0 || this.#isRenewing) return;
    this.#isRenewing = true;
    const { worker, lockTime, say } = this.#parts;
    const jobs = [...this.#jobs];
    const [ids, tokens] = [jobs.map(({ id }) => id), jobs.map(({ token }) => token)];
    // Where a lock is lost, another worker may make the job too, and the run takes one result of both.
    await worker.extendJobLocks(ids, tokens, lockTime).catch((thrown: unknown) => say(`Redis: ${messageOf(thrown)}`));
    this.#isRenewing = false;
  }

  async #refused(why: unknown): Promise<undefined> {
    this.#parts.say(`Redis: ${messageOf(why)}`);
    await pause(refusalTime);
  }

  /** Resolves when a job has ended, or more may be taken. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** What BullMQ gives when a job ends: the next one, if there is one. */
type NextJob = readonly [data: Parameters<typeof Job.fromJSON>[1] | null, id: string] | readonly [] | undefined;
