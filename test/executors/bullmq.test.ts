/** Runs whose evaluations are made by workers on BullMQ: a real Redis, real workers, a model on a loopback server. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { bullmq } from "tracegrad/bullmq";
import type { Task } from "tracegrad/executors";
import { readRun } from "tracegrad/report";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Service, startModel } from "../e2e/killed-training.ts";
import { type Mishap, runInChaos } from "./chaos.ts";
import { hasRedis, RedisServer, Worker } from "./redis.ts";
import { type FixtureEnd, runFixture, withoutCosts } from "./run-fixture.ts";

if (!hasRedis) console.warn("The tests of BullMQ are skipped: there is no redis-server (Debian package redis-server).");

const data = mkdtempSync(join(tmpdir(), "tracegrad-redis-"));
let service: Service;
let redis: RedisServer;
beforeAll(async () => {
  service = await startModel(inject("builtPackage"), () => 0);
  if (hasRedis) redis = await RedisServer.start(data);
});
afterAll(async () => {
  await redis?.kill();
  await service.server.close();
  rmSync(data, { recursive: true, force: true });
});

/** The concurrency of the programs. */
const tasksUnderWay = 4;

/** Runs a program with workers, which are there before it begins. */
async function withWorkers(program: string, count: number): Promise<FixtureEnd> {
  const env = { PROGRAM: program, EXECUTOR: `bullmq:${program}-${count}:15`, REDIS_URL: redis.url };
  const models = { MODEL_URL: service.server.url };
  const workers = Array.from({ length: count }, () => new Worker("programs", { ...env, ...models }));
  await Promise.all(workers.map((worker) => worker.says("Serving")));
  const end = await runFixture("programs", env, { service });
  expect(await Promise.all(workers.map((worker) => worker.end("SIGTERM")))).toEqual(workers.map(() => 0));
  return end;
}

describe.skipIf(!hasRedis)("a run whose workers, whose Redis or which itself is killed, stopped or cut off", () => {
  it.each<readonly Mishap[]>([
    ["worker", "redis", "run"],
    ["pause", "network", "worker"],
  ])("is the same to the byte, and no answer is paid for again: %s, %s, %s", async (...mishaps) => {
    const calm = await runFixture("programs", { PROGRAM: "steps", EXECUTOR: "none" }, { service });
    const folder = mkdtempSync(join(tmpdir(), "tracegrad-chaos-"));
    try {
      const { length: answers } = calm.requests;
      const end = await runInChaos({ service, folder, seed: 1, program: "steps", answers, mishaps });
      expect(withoutCosts(end.final)).toEqual(withoutCosts(calm.final));
      // At most what each task had under way: one call, at each kill.
      const repeats = end.requests.length - new Set(end.requests).size;
      expect(repeats).toBeLessThanOrEqual(end.happened.length * tasksUnderWay);
      expect([...new Set(end.requests)]).toEqual([...new Set(calm.requests)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(!hasRedis)("workers", () => {
  it("lose no job while code blocks for longer than they may be silent", async () => {
    const notes = mkdtempSync(join(tmpdir(), "tracegrad-notes-"));
    const env = { NOTES: notes, REDIS_URL: redis.url, INPUTS: "blocks,calm" };
    const worker = new Worker("unruly", env, ["--processes", "2"]);
    const folder = join(notes, "run");
    const { final = "{}" } = await runFixture("unruly", env, { folder });
    expect(JSON.parse(final)).toMatchObject({ mean: 1, failures: 0 });
    const { workers } = await readRun(folder);
    expect(workers).toMatchObject({ executor: "bullmq", waiting: 0 });
    expect(workers?.workers.filter(({ isGone }) => !isGone)).toMatchObject([{ host: hostname(), failed: 0 }]);
    expect(readFileSync(join(notes, "starts"), "utf8").trim().split("\n").sort()).toEqual(["blocks", "calm"]);
    await worker.end("SIGTERM");
    rmSync(notes, { recursive: true });
  });

  it("refuse the tasks of a run with other data, and say what differs", async () => {
    const notes = mkdtempSync(join(tmpdir(), "tracegrad-notes-"));
    const env = { NOTES: notes, REDIS_URL: redis.url, INPUTS: "calm" };
    const other = new Worker("unruly", { ...env, INPUTS: "calm,other" });
    await other.says("Serving");
    const running = runFixture("unruly", env);
    await other.says("they differ in data.rows");
    // The right one may come at any time.
    const right = new Worker("unruly", env);
    expect(JSON.parse((await running).final ?? "{}")).toMatchObject({ mean: 1 });
    await Promise.all([other.end("SIGTERM"), right.end("SIGTERM")]);
    rmSync(notes, { recursive: true });
  });

  it("end an evaluation that ends each of their processes after a model call, as a failed program", async () => {
    const env = { PROGRAM: "deadly", EXECUTOR: "bullmq:deadly:2", REDIS_URL: redis.url };
    const worker = new Worker("programs", { ...env, MODEL_URL: service.server.url });
    const { final = "{}", requests } = await runFixture("programs", env, { service });
    const { rows } = JSON.parse(final) as { readonly rows: readonly { readonly score: number }[] };
    expect(rows.map(({ score }) => score)).toEqual([1, 1, 0, 1]);
    expect(requests).toHaveLength(4);
    await worker.end("SIGTERM");
  });

  it("make each evaluation for each run, though two runs are the same", async () => {
    const notes = mkdtempSync(join(tmpdir(), "tracegrad-notes-"));
    const env = { NOTES: notes, REDIS_URL: redis.url, INPUTS: "calm" };
    const worker = new Worker("unruly", env);
    const ends = await Promise.all([runFixture("unruly", env), runFixture("unruly", env)]);
    for (const { final = "{}" } of ends) expect(JSON.parse(final)).toMatchObject({ mean: 1 });
    expect(readFileSync(join(notes, "starts"), "utf8")).toBe("calm\ncalm\n");
    await worker.end("SIGTERM");
    rmSync(notes, { recursive: true });
  });

  it("work for the newest process of a run alone", async () => {
    const { open } = bullmq({ connection: redis.url, queue: "fenced", silence: 1 });
    const [warn, onStatus] = [() => undefined, () => undefined];
    const run = { id: "one", identity: {}, trial: undefined, warn, signal: undefined, onStatus };
    const [older, newer] = [await open(run), await open(run)];
    const task: Task = {
      ...{ key: "a".repeat(32), kind: "score", path: "candidate a/validation/b#0", seed: undefined },
      ...{ example: { id: "b", content: undefined }, trial: undefined, validation: undefined },
      values: { hash: "none", json: {} },
    };
    const host = { begin: () => ({ receive: () => undefined, lost: () => undefined }) };
    await expect(older.run(task, host, undefined)).rejects.toMatchObject({ code: "run-taken-over" });
    await Promise.all([older.close(), newer.close()]);
  });
});

describe.skipIf(!hasRedis)("a run whose evaluations are made by workers", () => {
  it.each<readonly [string, readonly number[]]>([
    ["steps", [1, 4, 16]],
    ["gepa", [1, 4, 16]],
    ["study", [1, 4, 16]],
    ["environment", [2]],
    ["evaluate", [2]],
  ])("is the same to the byte: %s with %j workers", async (program, counts) => {
    const here = await runFixture("programs", { PROGRAM: program, EXECUTOR: "none" }, { service });
    expect(here.final).toBeDefined();
    for (const count of counts) expect(await withWorkers(program, count)).toEqual(here);
  });
});
