/** Tasks that wait in a busy worker while another one has a place: two workers' signs in a real Redis. */

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

/** A worker that makes some tasks and has taken others ahead. Where it is not full, no review gives any back. */
class TestWorker {
  readonly lookAhead = new LookAhead(places, () => undefined);
  readonly sign: IdleSign;
  givenBack = 0;

  constructor(id: string) {
    this.sign = new IdleSign({ redis, keys, id, lookAhead: this.lookAhead });
  }

  take({ active, ahead }: { readonly active: number; readonly ahead: number }): this {
    for (let at = 0; at < active + ahead; at += 1) {
      const task = this.lookAhead.enter(() => (this.givenBack += 1));
      if (at < active) this.lookAhead.begin(task);
    }
    return this;
  }

  close(): void {
    this.lookAhead.close();
    this.sign.close();
  }
}

describe.skipIf(!hasRedis)("a worker that has a place and no task", () => {
  let workers: TestWorker[] = [];
  const open = (id: string, active = 0, ahead = 0): TestWorker => {
    const worker = new TestWorker(id).take({ active, ahead });
    workers.push(worker);
    return worker;
  };
  beforeEach(() => redis.flushall());
  afterEach(() => {
    for (const worker of workers) worker.close();
    workers = [];
  });
  const untilGivenBack = async (worker: TestWorker, again: () => unknown): Promise<void> => {
    while (worker.givenBack === 0) {
      // A machine that stalls may let a sign end before it is seen.
      await again();
      await wait(5);
    }
  };

  it("gets what another one has taken ahead beyond its places, and that one takes nothing ahead for a while", async () => {
    const [busy, idle] = [open("busy", places - 1, 2), open("idle", places - 1)];
    expect(busy.lookAhead.limit).toBe(places + 1);
    await untilGivenBack(busy, () => idle.sign.say());
    expect(busy.givenBack).toBe(1);
    expect(busy.lookAhead.limit).toBe(places);
    expect(busy.lookAhead.active).toBe(places - 1);
  });

  it("says so, and says nothing when it has no place or a task of its own for it", async () => {
    open("full", places).sign.say();
    open("filled", places - 1, 1).sign.say();
    expect(await redis.get(keys.idle)).toBeNull();
    const idle = open("idle");
    let said: unknown[] = [];
    while (said[0] !== "idle") {
      idle.sign.say();
      const replies = (await redis.multi().get(keys.idle).pttl(keys.idle).exec()) ?? [];
      said = replies.map(([, reply]) => reply);
    }
    expect(said[1]).toBeGreaterThan(0);
  });

  it("does not mean itself, when tasks come at last", async () => {
    const one = open("one").take({ active: places - 1, ahead: 2 });
    const other = open("other", places - 1, 2);
    await untilGivenBack(other, () => redis.set(keys.idle, "one"));
    await wait(100);
    expect(one.givenBack).toBe(0);
  });

  it("gets nothing back while the queue has tasks for it", async () => {
    const busy = open("busy", places - 1, 2);
    await redis.lpush("bull:jobs:wait", "id-1");
    await redis.set(keys.idle, "idle");
    await wait(200);
    expect(busy.givenBack).toBe(0);
    await redis.del("bull:jobs:wait");
    await untilGivenBack(busy, () => undefined);
  });
});
