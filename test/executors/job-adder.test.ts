/** How a run puts tasks into its queue: a real Redis, behind a connection that is cut in the middle of its replies. */

import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Job, Queue } from "bullmq";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { JobAdder } from "../../src/executors/bullmq/job-adder.ts";
import { QueueKeys } from "../../src/executors/bullmq/keys.ts";
import type { JobData } from "../../src/executors/bullmq/messages.ts";
import { PatientRedis } from "../../src/executors/bullmq/patient-redis.ts";
import type { ExecutedRun, Task } from "../../src/training/execution/executor.ts";
import { hasRedis, RedisServer } from "./redis.ts";

const data = mkdtempSync(join(tmpdir(), "tracegrad-redis-"));
let redis: RedisServer;
let proxy: Server;
beforeAll(async () => {
  if (!hasRedis) return;
  redis = await RedisServer.start(data);
  proxy = createServer(forward);
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  proxy?.close();
  await redis?.kill();
  rmSync(data, { recursive: true, force: true });
});

/** How many connections are to be cut yet, each after the first 12 bytes that come back: a reply and a bit. */
let cuts = 0;

function forward(client: Socket): void {
  const server = connect(redis.port, "127.0.0.1");
  client.on("error", () => undefined).on("close", () => server.destroy());
  server.on("error", () => undefined).on("close", () => client.destroy());
  client.pipe(server);
  server.on("data", (bytes) => {
    if (cuts === 0) return void client.write(bytes);
    cuts -= 1;
    client.write(bytes.subarray(0, 12), () => client.destroy());
  });
}

let client: PatientRedis;
let queue: Queue;
beforeEach(async () => {
  if (!hasRedis) return;
  const { port } = proxy.address() as AddressInfo;
  client = new PatientRedis({ port, host: "127.0.0.1", retryStrategy: () => 10 });
  await client.flushall();
  queue = new Queue("jobs", { connection: client });
});
afterEach(async () => {
  if (!hasRedis) return;
  await queue.close();
  client.disconnect();
});

/** An adder, for the first process of a run or for another one. */
function adderOf(mayHaveRecord = false): JobAdder {
  const run = { id: "run" } as ExecutedRun;
  return new JobAdder({ queue, redis: client, keys: new QueueKeys("bull", "jobs"), run }, mayHaveRecord);
}

const values = { hash: "abc", json: { prompt: "Hello." } };
const tasks = (from: number, count: number): readonly Task[] =>
  Array.from({ length: count }, (_, index) => ({ key: `id-${from + index}`, values }) as unknown as Task);
const isOpen = () => true;
const dataOf = async (key: string): Promise<JobData> => ((await queue.getJob(key)) as Job<JobData>).data;

describe.skipIf(!hasRedis)("the tasks of a run", () => {
  it("all come into the queue once, also when the connection is lost between replies", async () => {
    const adder = adderOf();
    await adder.add(tasks(0, 1), isOpen);
    cuts = 2;
    await adder.add(tasks(1, 99), isOpen);
    expect(cuts).toBe(0);
    const ids = await client.lrange("bull:jobs:wait", 0, -1);
    expect(new Set(ids)).toEqual(new Set(tasks(0, 100).map(({ key }) => key)));
    expect(ids).toHaveLength(100);
  });

  it("are left out when they are not open any more", async () => {
    await adderOf().add(tasks(0, 3), ({ key }) => key !== "id-1");
    expect(await client.lrange("bull:jobs:wait", 0, -1)).toEqual(["id-2", "id-0"]);
  });

  it("say that there may be a record when another process had the run, or nothing was heard of one", async () => {
    const first = adderOf();
    await first.add(tasks(0, 1), isOpen);
    expect(await dataOf("id-0")).not.toHaveProperty("mayHaveRecord");
    await adderOf(true).add(tasks(1, 1), isOpen);
    expect(await dataOf("id-1")).toMatchObject({ run: "run", mayHaveRecord: true });
    first.doubt(tasks(0, 1)[0] as Task);
    await first.add(tasks(2, 1), isOpen);
    expect(await dataOf("id-2")).toMatchObject({ mayHaveRecord: true });
  });
});
