/** Tasks that a worker takes before it has a place for them: a real Redis, and workers whose evaluations can be held. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../llm/folder.ts";
import { hasRedis, RedisServer, Worker } from "./redis.ts";
import { type FixtureEnd, runFixture } from "./run-fixture.ts";

const data = mkdtempSync(join(tmpdir(), "tracegrad-redis-"));
let redis: RedisServer;
let client: Redis;
beforeAll(async () => {
  if (!hasRedis) return;
  redis = await RedisServer.start(data);
  client = new Redis(redis.url);
});
afterAll(async () => {
  client?.disconnect();
  await redis?.kill();
  rmSync(data, { recursive: true, force: true });
});

/** The number of evaluations that a worker makes at the same time. */
const places = 16;
/** The evaluations of the run: more than end until some are taken ahead. */
const inputs = Array.from({ length: 500 }, (_, index) => `waits ${index}`);

/** Resolves when it is so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await wait(5);
}

/** The number of tasks that workers have taken. */
const taken = (): Promise<number> => client.llen("bull:unruly:active");

/** A run whose worker has taken tasks ahead, and makes one in each of its places that does not end. */
class HeldRun {
  readonly #env: Readonly<Record<string, string>>;
  readonly #notes: string;
  readonly #running: Promise<FixtureEnd>;
  readonly worker: Worker;

  /** @param silence Seconds until others make the tasks of a worker that was killed. Where none is, no time matters. */
  static async start(silence = 600): Promise<HeldRun> {
    // Until a worker looks for others that are gone takes a third of the longest silence that any had before.
    await client.flushall();
    const run = new HeldRun(temporaryFolder(), silence);
    await until(async () => (await taken()) > places);
    writeFileSync(join(run.#notes, "hold"), "");
    await until(() => run.#linesOf("waiting").length === places);
    return run;
  }

  private constructor(notes: string, silence: number) {
    this.#notes = notes;
    this.#env = { NOTES: notes, REDIS_URL: redis.url, INPUTS: inputs.join(","), SILENCE: String(silence) };
    this.worker = this.startWorker();
    this.#running = runFixture("unruly", this.#env);
  }

  startWorker(): Worker {
    return new Worker("unruly", this.#env, ["--concurrency", String(places)]);
  }

  /** The evaluations that have begun, each as often as it did. */
  get begun(): readonly string[] {
    return this.#linesOf("starts");
  }

  #linesOf(name: string): readonly string[] {
    const file = join(this.#notes, name);
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** Lets all evaluations end. */
  release(): void {
    rmSync(join(this.#notes, "hold"));
  }

  /** Resolves when the run has ended. */
  async result(): Promise<unknown> {
    return JSON.parse((await this.#running).final ?? "{}");
  }
}

describe.skipIf(!hasRedis)("tasks that a worker has taken ahead", () => {
  it("go back into the queue when those under way last", async () => {
    const run = await HeldRun.start();
    await until(async () => (await taken()) === places);
    run.release();
    expect(await run.result()).toMatchObject({ mean: 1, failures: 0 });
    expect(new Set(run.begun)).toEqual(new Set(inputs));
    expect(run.begun).toHaveLength(inputs.length);
    expect(await run.worker.end("SIGTERM")).toBe(0);
  });

  it("are left to others on SIGTERM, and those under way are finished", async () => {
    const run = await HeldRun.start();
    const ending = run.worker.end("SIGTERM");
    await run.worker.says("Finishing what is under way");
    const { length: begun } = run.begun;
    run.release();
    expect(await ending).toBe(0);
    expect(run.begun).toHaveLength(begun);
    const other = run.startWorker();
    expect(await run.result()).toMatchObject({ mean: 1, failures: 0 });
    expect(new Set(run.begun)).toEqual(new Set(inputs));
    expect(run.begun).toHaveLength(inputs.length);
    expect(await other.end("SIGTERM")).toBe(0);
  });

  it("are not begun twice after a kill", async () => {
    const run = await HeldRun.start(10);
    await run.worker.end("SIGKILL");
    run.release();
    const other = run.startWorker();
    expect(await run.result()).toMatchObject({ mean: 1, failures: 0 });
    expect(new Set(run.begun)).toEqual(new Set(inputs));
    expect(run.begun.length).toBeLessThanOrEqual(inputs.length + places);
    expect(await other.end("SIGTERM")).toBe(0);
  });
});
