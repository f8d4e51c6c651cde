/** How a worker takes jobs from a queue: a real Redis, and jobs that end when the test says so. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Job, Queue, WaitingError, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { JobTaker } from "../../src/executors/bullmq/job-taker.ts";
import type { JobData } from "../../src/executors/bullmq/messages.ts";
import { hasRedis, RedisServer } from "./redis.ts";

const data = mkdtempSync(join(tmpdir(), "tracegrad-redis-"));
let redis: RedisServer;
let client: Redis;
let queue: Queue;
beforeAll(async () => {
  if (hasRedis) redis = await RedisServer.start(data);
});
afterAll(async () => {
  await redis?.kill();
  rmSync(data, { recursive: true, force: true });
});

/** How many jobs the worker asked for at once, each time. */
let asked: number[];
/** Ends jobs that are under way, by their ids. */
let ends: Map<string, (error?: Error) => void>;
let taker: JobTaker;
let limit: number;
/** How often it said that the queue is empty. */
let empty: number;

beforeEach(async () => {
  if (!hasRedis) return;
  client = new Redis(redis.url, { maxRetriesPerRequest: null });
  await client.flushall();
  queue = new Queue("jobs", { connection: client });
  [asked, ends, limit, empty] = [[], new Map(), 0, 0];
  const worker = new Worker<JobData>("jobs", null, { connection: client, lockDuration: 60_000 });
  const ask = worker.getNextJob.bind(worker);
  let isSameTurn = false;
  worker.getNextJob = (...given) => {
    if (!isSameTurn) asked.push(0);
    asked[asked.length - 1] = (asked.at(-1) ?? 0) + 1;
    isSameTurn = true;
    // A worker that never stops asking lets no timer run, and the test would not fail but hang.
    if (asked.length > 1_000) limit = 0;
    queueMicrotask(() => (isSameTurn = false));
    return ask(...given);
  };
  const make = (job: Job<JobData>, token: string): Promise<void> =>
    new Promise<void>((resolve, reject) =>
      ends.set(job.id as string, (error) => (error === undefined ? resolve() : reject(error))),
    ).catch(async (thrown: unknown) => {
      if (thrown instanceof WaitingError) await job.moveToWait(token);
      throw thrown;
    });
  taker = new JobTaker({
    worker,
    make,
    limit: () => limit,
    onEmpty: () => (empty += 1),
    lockTime: 60_000,
    say: () => undefined,
  });
});
afterEach(async () => {
  if (!hasRedis) return;
  const closing = taker.close();
  for (const end of ends.values()) end();
  await closing;
  await queue.close();
  client.disconnect();
});

/** Adds jobs with the ids 0, 1, and so on. The worker has no place at first. */
async function add(count: number): Promise<void> {
  const jobs = Array.from({ length: count }, (_, index) => ({
    name: "task",
    data: {},
    opts: { jobId: `id ${index}` },
  }));
  await queue.addBulk(jobs);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await wait(5);
}

describe.skipIf(!hasRedis)("a worker", () => {
  it("asks for twice as many jobs each time, up to 16, and for none without a place", async () => {
    await add(60);
    limit = 50;
    taker.wake();
    await until(() => ends.size === 50);
    expect(asked).toEqual([1, 2, 4, 8, 16, 16, 3]);
    expect(await client.llen("bull:jobs:active")).toBe(50);
    expect(await client.llen("bull:jobs:wait")).toBe(10);
  });

  it("takes the next job when one ends or fails, and ends none that went back", async () => {
    await add(6);
    limit = 3;
    taker.wake();
    await until(() => ends.size === 3);
    ends.get("id 0")?.();
    ends.get("id 1")?.(new Error("It failed."));
    await until(() => ends.size === 5);
    expect(asked).toEqual([1, 2]);
    limit = 2;
    ends.get("id 2")?.(new WaitingError());
    await until(async () => (await client.llen("bull:jobs:wait")) === 2);
    expect(await client.llen("bull:jobs:active")).toBe(2);
    limit = 3;
    taker.wake();
    await until(async () => (await client.llen("bull:jobs:active")) === 3);
    // What went back is first in line.
    expect(await client.lrange("bull:jobs:wait", 0, -1)).toEqual(["id 5"]);
    expect(await queue.getJobCounts("completed", "failed")).toEqual({ completed: 1, failed: 1 });
  });

  it("says that the queue is empty when it asks for a next job and there is none, and not otherwise", async () => {
    const active = async (count: number) => until(async () => (await client.llen("bull:jobs:active")) === count);
    await add(5);
    limit = 3;
    taker.wake();
    await until(() => ends.size === 3);
    ends.get("id 0")?.();
    ends.get("id 1")?.();
    await until(() => ends.size === 5);
    expect(empty).toBe(0);
    // Given back, and not taken again.
    limit = 2;
    ends.get("id 2")?.(new WaitingError());
    ends.delete("id 2");
    await active(2);
    // No place for another one.
    limit = 0;
    ends.get("id 3")?.();
    await active(1);
    expect(empty).toBe(0);
    limit = 1;
    await queue.pause();
    ends.get("id 4")?.();
    await active(0);
    expect(empty).toBe(0);
    await queue.resume();
    taker.wake();
    await until(() => ends.has("id 2"));
    expect(empty).toBe(0);
    ends.get("id 2")?.();
    await active(0);
    await until(() => empty === 1);
  });

  it("asks now and then, and lets timers run, while a limit of the queue holds", async () => {
    await queue.setGlobalRateLimit(1, 3_000);
    await add(3);
    limit = 4;
    taker.wake();
    await until(() => ends.size > 0);
    await wait(50);
    expect(asked.length).toBeLessThan(20);
  });
});
