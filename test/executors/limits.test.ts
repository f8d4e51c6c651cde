/** Limits that hold for all processes of a run together: real workers, and a provider on a loopback server. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Behaviour, end, fails, START, STOP, startServer, streams, textBlock } from "../llm/messages-server.ts";
import { hasRedis, RedisServer, Worker } from "./redis.ts";
import { runFixture } from "./run-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "tracegrad-redis-"));
let redis: RedisServer;
beforeAll(async () => {
  if (hasRedis) redis = await RedisServer.start(folder);
});
afterAll(async () => {
  await redis?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** The number of evaluations of the program, with one call each. */
const calls = 12;
const answer: Behaviour = (response, request) => {
  const [, by] = /shift 1 by (\d+)/.exec(JSON.stringify(request.body["messages"])) ?? [];
  streams(START, textBlock(String(1 + Number(by))), end("end_turn"), STOP)(response, request);
};

/** Resolves when it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(5);
}

/** Time for what must not happen. It only makes it likelier to be noticed. */
const leave = (): Promise<void> => wait(400);

interface Started {
  readonly final: Promise<unknown>;
  /** Lets a minute pass in the process of the run. */
  readonly passMinute: () => void;
}

/** Starts the program in a process where time stands still, with four workers of three evaluations each. */
async function start(executor: string, limits: object, url: string): Promise<Started> {
  const env = { PROGRAM: "limits", LIMITS: JSON.stringify(limits), EXECUTOR: executor, MODEL_URL: url };
  const isQueue = executor.startsWith("bullmq");
  const all = isQueue ? { ...env, REDIS_URL: redis.url } : env;
  const workers = isQueue ? Array.from({ length: 4 }, () => new Worker("programs", all, ["--concurrency", "3"])) : [];
  await Promise.all(workers.map((worker) => worker.says("Serving")));
  let passMinute = (): void => undefined;
  const running = runFixture(
    "programs",
    { ...all, CLOCK: "still" },
    {
      onStart: (send) => void (passMinute = () => send("SIGUSR2")),
    },
  );
  const final = running.then(async ({ final: text, output }) => {
    await Promise.all(workers.map((worker) => worker.end("SIGTERM")));
    return text === undefined ? output : (JSON.parse(text) as unknown);
  });
  return { final, passMinute: () => passMinute() };
}

describe.each(["processes:4:3", ...(hasRedis ? ["bullmq:limits:15"] : [])])("with %s, a limiter", (executor) => {
  it("lets no more requests a minute begin than one process would", async () => {
    const server = await startServer([answer]);
    const { final, passMinute } = await start(executor, { requestsPerMinute: 5 }, server.url);
    for (const so of [5, 10]) {
      await until(() => server.received.length >= so);
      await leave();
      expect(server.received).toHaveLength(so);
      passMinute();
    }
    expect(await final).toMatchObject({ mean: 1, failures: 0 });
    expect(server.received).toHaveLength(calls);
    await server.close();
  });

  it("lets no more requests be under way, and all that it allows", async () => {
    const open: (() => void)[] = [];
    let most = 0;
    const slow: Behaviour = (response, request) => {
      open.push(() => answer(response, request));
      most = Math.max(most, open.length);
      // Time for other processes to start, and to send what they may not.
      const ms = server.received.length <= 3 ? 3_000 : 50;
      if (open.length >= 3) setTimeout(() => open.splice(0).map((go) => go()), ms);
    };
    const server = await startServer([slow]);
    const { final } = await start(executor, { concurrency: 3 }, server.url);
    expect(await final).toMatchObject({ mean: 1, failures: 0 });
    expect(most).toBe(3);
    await server.close();
  });

  it("pauses all when the model refuses all, and one request at a time asks it", async () => {
    let [isOut, refused] = [true, 0];
    const waiting: (() => void)[] = [];
    const provider: Behaviour = (response, request) => {
      if (!isOut) return answer(response, request);
      waiting.push(() => {
        refused += 1;
        fails(529, "overloaded_error")(response, request);
      });
      // The first requests of all come together; later ones are refused at once.
      if (refused + waiting.length >= calls) for (const refuse of waiting.splice(0)) refuse();
    };
    const server = await startServer([provider]);
    const { final, passMinute } = await start(executor, {}, server.url);
    await until(() => refused === calls);
    // They ask again when their own waits are over, and then wait for a probe, which time must pass for.
    for (const probes of [1, 2]) {
      const passing = setInterval(passMinute, 100);
      await until(() => refused >= calls + probes);
      clearInterval(passing);
    }
    await wait(3_000);
    isOut = false;
    const passing = setInterval(passMinute, 100);
    expect(await final).toMatchObject({ mean: 1, failures: 0 });
    clearInterval(passing);
    // Each of the four processes alone would have asked until it had six refusals of its own: 24 in all.
    expect(refused).toBeLessThan(20);
    await server.close();
  });
});

describe.skipIf(!hasRedis)("while the model refuses all", () => {
  it("a worker holds the evaluations that it has places for, the others wait in the queue, and none fails", async () => {
    const places = 5;
    let [isOut, refused] = [true, 0];
    const provider: Behaviour = (response, request) => {
      if (!isOut) return answer(response, request);
      refused += 1;
      fails(529, "overloaded_error")(response, request);
    };
    const server = await startServer([provider]);
    const env = { PROGRAM: "limits", LIMITS: "{}", EXECUTOR: "bullmq:outage:15", REDIS_URL: redis.url };
    const all = { ...env, MODEL_URL: server.url };
    const worker = new Worker("programs", all, ["--concurrency", String(places)]);
    await worker.says("Serving");
    let passMinute = (): void => undefined;
    const onStart = (send: (signal: "SIGUSR2") => void): void => void (passMinute = () => send("SIGUSR2"));
    const running = runFixture("programs", { ...all, CLOCK: "still" }, { onStart });
    const client = new Redis(redis.url);
    const waiting = (): Promise<number> => client.llen("bull:outage:wait");
    // It takes one more ahead at the beginning, and gives it back when none has ended for a second.
    while (refused < places || (await waiting()) !== calls - places) await wait(5);
    const passing = setInterval(passMinute, 100);
    const before = refused;
    await until(() => refused > before + 1);
    expect(await waiting()).toBe(calls - places);
    isOut = false;
    expect(JSON.parse((await running).final ?? "{}")).toMatchObject({ mean: 1, failures: 0 });
    clearInterval(passing);
    client.disconnect();
    await worker.end("SIGTERM");
    await server.close();
  });
});

describe.skipIf(!hasRedis)("a worker that dies with the only turn", () => {
  it("gives it back, though all other workers wait for it", async () => {
    const first: Behaviour = () => undefined;
    const server = await startServer([first, answer]);
    const env = { PROGRAM: "limits", LIMITS: '{"concurrency":1}', EXECUTOR: "bullmq:turns:1", REDIS_URL: redis.url };
    const all = { ...env, MODEL_URL: server.url };
    const dying = new Worker("programs", all, ["--concurrency", "1"]);
    const running = runFixture("programs", all);
    await until(() => server.received.length === 1);
    const other = new Worker("programs", all, ["--concurrency", "2"]);
    await other.says("Serving");
    await leave();
    expect(server.received).toHaveLength(1);
    await dying.end("SIGKILL");
    expect(JSON.parse((await running).final ?? "{}")).toMatchObject({ mean: 1, failures: 0 });
    expect(server.received).toHaveLength(calls + 1);
    await other.end("SIGTERM");
    await server.close();
  });
});
