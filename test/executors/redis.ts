/** A real Redis with an append-only file, and workers of the built package, as processes that a test may kill. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";

/** Whether there is a Redis on this machine. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** A Redis server that can be killed and started again on its data. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  /** Starts one on a free port, with its data in `folder`. */
  static async start(folder: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), folder);
    await server.start();
    return server;
  }

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const data = ["--dir", this.#folder, "--appendonly", "yes", "--appendfsync", "always", "--save", ""];
    const options = ["--port", String(this.port), "--bind", "127.0.0.1", ...data, "--maxmemory-policy", "noeviction"];
    this.#process = spawn("redis-server", options, { stdio: "ignore" });
    const client = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    client.on("error", () => undefined);
    // While it loads its data it refuses.
    while ((await client.ping().catch(() => "no")) !== "PONG") await wait(20);
    client.disconnect();
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const { exited } = ending(this.#process);
    this.#process?.kill("SIGKILL");
    await exited;
  }
}

/** A worker of a run file. */
export class Worker {
  readonly #process: ChildProcess;
  output = "";

  constructor(file: string, env: Readonly<Record<string, string>>, flags: readonly string[] = []) {
    const root = process.env["TRACEGRAD_BUILT"] ?? "";
    const args = ["dist/cli/main.js", "worker", join("test/fixtures/executors", `${file}.js`), ...flags];
    this.#process = spawn(process.execPath, args, { cwd: root, env: { ...process.env, NO_COLOR: "1", ...env } });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
  }

  /** Resolves when it has written this. */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#process.exitCode !== null) throw new Error(`The worker has ended: ${this.output}`);
      await wait(20);
    }
  }

  /** Stops it where it is, or lets it go on. */
  pause(isPaused: boolean): void {
    this.#process.kill(isPaused ? "SIGSTOP" : "SIGCONT");
  }

  /** Ends it, at once or in order, and gives its exit code. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const { exited } = ending(this.#process);
    this.#process.kill(signal);
    return exited;
  }
}

function ending(child: ChildProcess | undefined): { readonly exited: Promise<number | null> } {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null)
    return { exited: Promise.resolve(child?.exitCode ?? null) };
  return { exited: new Promise((resolve) => child.once("exit", resolve)) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
