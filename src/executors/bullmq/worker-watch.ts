/** The workers of a queue, as a run sees them: what they say of themselves, and which have fallen silent. */

import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { ExecutedRun } from "../../training/execution/executor.ts";
import type { QueueKeys } from "./keys.ts";
import type { WorkerState } from "./messages.ts";

/** A worker is gone when it has said nothing new in so many looks in a row, each a heartbeat after the one before. */
const maxSilentLooks = 5;

/** What is watched, and for which run. */
interface WorkerWatchParts {
  readonly queue: Queue;
  readonly redis: Redis;
  readonly keys: QueueKeys;
  readonly run: ExecutedRun;
}

/** See the head of the file. */
export class WorkerWatch {
  readonly #parts: WorkerWatchParts;
  /** When each worker last spoke, by its own clock, and how many looks ago that was. */
  readonly #last = new Map<string, { readonly at: number | undefined; looks: number }>();

  constructor(parts: WorkerWatchParts) {
    this.#parts = parts;
  }

  /** Looks at the list of workers; at `known` ones also where they are not in it. Gives those that are not gone. */
  async look(known: ReadonlySet<string>): Promise<readonly WorkerState[]> {
    const { redis, keys, queue, run } = this.#parts;
    const [texts, counts] = await Promise.all([
      redis.hgetall(keys.workers),
      queue.getJobCounts("waiting", "prioritized", "delayed"),
    ]);
    const states = new Map(Object.entries(texts).map(([id, text]) => [id, JSON.parse(text) as WorkerState]));
    for (const id of this.#last.keys()) if (!states.has(id) && !known.has(id)) this.#last.delete(id);
    for (const id of new Set([...states.keys(), ...known])) {
      const at = states.get(id)?.at;
      const last = this.#last.get(id);
      // Looks are counted, and not time: while Redis is away, nobody can speak.
      if (last === undefined || last.at !== at) this.#last.set(id, { at, looks: 0 });
      else last.looks += 1;
    }
    const workers = [...states].map(([id, { host, pid, concurrency, active, done, failed }]) => ({
      ...{ host, pid, concurrency, active, done, failed, isGone: this.isGone(id) },
    }));
    run.onStatus({ waiting: Object.values(counts).reduce((sum, count) => sum + count, 0), workers });
    return [...states].flatMap(([id, state]) => (this.isGone(id) ? [] : [state]));
  }

  /** Whether a worker has fallen silent. */
  isGone(id: string): boolean {
    return (this.#last.get(id)?.looks ?? 0) >= maxSilentLooks;
  }
}

/** Warns a run that nobody makes its tasks, and says why where a worker has refused them. */
export function warnOfSilence({ id, warn }: ExecutedRun, queue: string, workers: readonly WorkerState[]): void {
  const reason = workers.map(({ refused }) => refused[id]).find((one) => one !== undefined);
  if (workers.length === 0)
    warn(`The queue "${queue}" has no workers. Start some: npx tracegrad worker <the run file>.`);
  else if (reason !== undefined) warn(`A worker refuses the tasks of this run. ${reason}`);
}
