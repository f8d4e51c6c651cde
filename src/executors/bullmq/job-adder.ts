/** Puts the tasks of a run into its queue: in parts, and with the values that they refer to. */

import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { ExecutedRun, Task } from "../../training/execution/executor.ts";
import { chunksOf } from "../../util/collections.ts";
import { mapLimited } from "../../util/limit.ts";
import { keepSeconds, type QueueKeys } from "./keys.ts";
import type { JobData } from "./messages.ts";

/** How many tasks go into the queue in one go. */
const bulkSize = 32;

/** What tasks are added with. */
export interface JobAdderParts {
  readonly queue: Queue;
  readonly redis: Redis;
  readonly keys: QueueKeys;
  readonly run: ExecutedRun;
}

/** See the head of the file. */
export class JobAdder {
  readonly #parts: JobAdderParts;
  /** The hashes of the values that are in Redis. */
  readonly #contents = new Set<string>();
  #mayHaveRecord: boolean;

  /** @param mayHaveRecord Whether tasks may have records already, since another process has run this run before. */
  constructor(parts: JobAdderParts, mayHaveRecord: boolean) {
    this.#parts = parts;
    this.#mayHaveRecord = mayHaveRecord;
  }

  /**
   * Adds those of the tasks that are still open. A job that is in the queue already stays as it is. Waits while the
   * connection is lost, and rejects when Redis itself refuses.
   */
  async add(tasks: readonly Task[], isOpen: (task: Task) => boolean): Promise<void> {
    // Workers begin with the first ones while others are on their way. With two parts at a time, Redis does not wait.
    await mapLimited(chunksOf(tasks, bulkSize), 2, (part) => this.#addPart(part.filter(isOpen)));
  }

  /** Nothing was heard of a task: what Redis has of it may be lost, and it may have been made. */
  doubt({ values, validation }: Task): void {
    this.#mayHaveRecord = true;
    for (const content of [values, validation]) if (content !== undefined) this.#contents.delete(content.hash);
  }

  async #addPart(tasks: readonly Task[]): Promise<void> {
    const { redis, keys, run } = this.#parts;
    for (const { hash, json } of tasks.flatMap(({ values, validation }) => [values, validation ?? values])) {
      if (this.#contents.has(hash)) continue;
      this.#contents.add(hash);
      await redis.set(keys.content(hash), JSON.stringify(json), "EX", keepSeconds);
    }
    const doubt = this.#mayHaveRecord ? { mayHaveRecord: true } : {};
    await this.#addJobs(
      tasks.map(({ values, validation, ...rest }) => ({
        run: run.id,
        task: { ...rest, values: values.hash, validation: validation?.hash },
        ...doubt,
      })),
    );
  }

  /**
   * One by one: `addBulk` is a pipeline, and a connection that is lost between two replies aborts the rest of it. What is
   * sent in one turn goes in one write all the same.
   */
  async #addJobs(jobs: readonly JobData[]): Promise<void> {
    const removing = { removeOnComplete: true, removeOnFail: true };
    const { queue } = this.#parts;
    await Promise.all(jobs.map((data) => queue.add("task", data, { jobId: data.task.key, ...removing })));
  }
}
