/** Tasks that wait in a full worker while another one has a place: two workers' signs in a real Redis. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { IdleSign } from "../../src/executors/bullmq/idle-sign.ts";
import { QueueKeys } from "../../src/executors/bullmq/keys.ts";
import { LookAhead } from "../../src/executors/bullmq/look-ahead.ts";
import { hasRedis, RedisServer } from "./redis.ts";

const places = 4;
const keys = new QueueKeys("bull", "jobs");
const data = mkdtempSync(join(tmpdir(), "tracegrad-redis-"));
let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  if (!hasRedis) return;
  server = await RedisServer.start(data);
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis?.disconnect();
  await server?.kill();
  rmSync(data, { recursive: true, force: true });
});

/** A worker that has taken as many tasks, of which some have a place. */
class TestWorker {
  readonly lookAhead = new LookAhead(places, () => undefined);
  readonly sign: IdleSign;
  givenBack = 0;

  constructor(id: string, tasks: number) {
    this.sign = new IdleSign({ redis, keys, id, lookAhead: this.lookAhead });
    for (let at = 0; at < tasks; at += 1) {
      const task = this.lookAhead.enter(() => (this.givenBack += 1));
      if (at < places) this.lookAhead.begin(task);
    }
  }

  close(): void {
    this.lookAhead.close();
    this.sign.close();
  }
}

describe.skipIf(!hasRedis)("a worker that has a place and no task", () => {
  let workers: TestWorker[] = [];
  const open = (id: string, tasks: number): TestWorker => {
    const worker = new TestWorker(id, tasks);
    workers.push(worker);
    return worker;
  };
  beforeEach(() => redis.flushall());
  afterEach(() => {
    for (const worker of workers) worker.close();
    workers = [];
  });

  it("gets what another one has taken ahead, and that one takes nothing ahead for a while", async () => {
    const [full, idle] = [open("full", places + 1), open("idle", places - 1)];
    expect(full.lookAhead.limit).toBe(places + 1);
    idle.sign.say();
    while (full.givenBack === 0) await wait(5);
    expect(full.lookAhead.limit).toBe(places);
    expect(full.lookAhead.isFilled).toBe(false);
    expect(full.lookAhead.active).toBe(places);
  });

  it("says so, and says nothing when it has no place or a task of its own for it", async () => {
    open("full", places).sign.say();
    open("filled", places + 1).sign.say();
    expect(await redis.get(keys.idle)).toBeNull();
    open("idle", 0).sign.say();
    expect(await redis.get(keys.idle)).toBe("idle");
    expect(await redis.pttl(keys.idle)).toBeGreaterThan(0);
  });

  it("does not mean itself, when tasks come at last", async () => {
    const [worker, other] = [open("one", 0), open("other", places + 1)];
    worker.sign.say();
    for (let at = 0; at <= places; at += 1) {
      const task = worker.lookAhead.enter(() => (worker.givenBack += 1));
      if (at < places) worker.lookAhead.begin(task);
    }
    while (other.givenBack === 0) await wait(5);
    expect(worker.givenBack).toBe(0);
    expect(worker.lookAhead.isFilled).toBe(true);
  });
});
