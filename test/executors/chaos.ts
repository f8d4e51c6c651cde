/**
 * Runs over workers while things break: workers, Redis and the run are killed, workers are stopped for longer than they
 * may be silent, and the network is cut. What happens, and when, is drawn by a seed; when is counted in answers of the
 * model.
 */

import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { seeded } from "../../src/util/rng.ts";
import type { Service } from "../e2e/killed-training.ts";
import { RedisServer, Worker } from "./redis.ts";
import { type FixtureEnd, runFixture } from "./run-fixture.ts";

/** A network that can be cut: what connects to its port reaches another one. */
class Network {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  constructor(to: number) {
    this.#server = createServer((socket) => {
      const other = connect(to, "127.0.0.1");
      for (const [one, two] of [
        [socket, other],
        [other, socket],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => undefined);
        one.on("close", () => {
          this.#sockets.delete(one);
          two.destroy();
        });
        one.pipe(two);
      }
      if (this.#isCut) socket.destroy();
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as { readonly port: number }).port;
  }

  /** Ends all connections, and refuses new ones for a while. */
  async cut(ms: number): Promise<void> {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
    await wait(ms);
    this.#isCut = false;
  }

  async close(): Promise<void> {
    await Promise.all([this.cut(0), new Promise((resolve) => this.#server.close(resolve))]);
  }
}

/** What can happen to a run. */
export type Mishap = "worker" | "redis" | "run" | "pause" | "network";
const all: readonly Mishap[] = ["worker", "redis", "run", "pause", "network"];

/** How a run in chaos ended. */
export interface ChaosEnd extends FixtureEnd {
  readonly happened: readonly Mishap[];
}

/** Where and how a run is made. */
export interface ChaosSettings {
  readonly service: Service;
  /** A folder for Redis and the run. */
  readonly folder: string;
  readonly seed: number;
  readonly program: string;
  /** About how often the model is asked in a calm run. */
  readonly answers: number;
  /** What happens, in this order. Default: three things, drawn by the seed. */
  readonly mishaps?: readonly Mishap[];
}

/** How many workers make the evaluations. */
const workerCount = 2;
/** Seconds that a worker may be silent. */
const silence = 2;

/** Makes a run in which things happen. */
export async function runInChaos(settings: ChaosSettings): Promise<ChaosEnd> {
  const { service, folder, seed, program, answers } = settings;
  const rng = seeded(seed);
  const redis = await RedisServer.start(folder);
  const network = new Network(redis.port);
  const url = `redis://127.0.0.1:${await network.open()}`;
  const env = { PROGRAM: program, EXECUTOR: `bullmq:chaos:${silence}`, REDIS_URL: url };
  const start = (): Worker => new Worker("programs", { ...env, MODEL_URL: service.server.url });
  const workers = Array.from({ length: workerCount }, start);
  const { mishaps = Array.from({ length: 3 }, () => all[rng.integer(all.length)] as Mishap) } = settings;
  const times = mishaps.map(() => 1 + rng.integer(answers)).sort((x, y) => x - y);
  const plan = mishaps.map((what, index) => ({ what, at: times[index] as number }));
  const happened: Mishap[] = [];
  service.forget();
  const running = { kill: () => undefined as void, isOver: false };
  const chaos = async (): Promise<void> => {
    for (const { at, what } of plan) {
      while (service.answered.length < at && !running.isOver) await wait(2);
      if (running.isOver) return;
      happened.push(what);
      const index = rng.integer(workerCount);
      if (what === "worker") {
        await workers[index]?.end("SIGKILL");
        workers[index] = start();
      } else if (what === "redis") {
        await redis.kill();
        await redis.start();
      } else if (what === "run") running.kill();
      else if (what === "network") await network.cut(300);
      else {
        workers[index]?.pause(true);
        await wait((silence + 1) * 1000);
        workers[index]?.pause(false);
      }
    }
  };
  const breaking = chaos();
  try {
    for (;;) {
      const run = join(folder, "run");
      const onStart = (send: (signal: "SIGKILL") => void): void => void (running.kill = () => send("SIGKILL"));
      const end = await runFixture("programs", env, { service, folder: run, onStart });
      if (end.final === undefined) continue;
      running.isOver = true;
      await breaking;
      return { ...end, happened };
    }
  } finally {
    running.isOver = true;
    await breaking;
    await Promise.all(workers.map((worker) => worker.end("SIGKILL")));
    await network.close();
    await redis.kill();
  }
}
