/**
 * Measures evaluations over workers with BullMQ and a real Redis: `npm run bench:workers -- [--tasks N] [--workers N]`.
 * Each evaluation waits for 500 ms. The workers serve before the run begins, and the run has half as many evaluations
 * again in the queue and under way as they make at the same time. The evaluations are made twice by the same processes:
 * first while all of them run their code for the first time, then warm; the gates are for the warm ones. It prints the
 * share of the ideal time, the processor time of the run for an evaluation, and the bytes that go through Redis for one.
 * Needs `redis-server` and a build. Exits with 1 when evaluations fail or get lost.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";

const { values: options } = parseArgs({
  options: {
    tasks: { type: "string", default: "10000" },
    workers: { type: "string", default: "8" },
    concurrency: { type: "string", default: "64" },
    calls: { type: "string", default: "0" },
    port: { type: "string", default: "6390" },
  },
});
const [tasks, count, concurrency] = [options.tasks, options.workers, options.concurrency].map(Number) as [
  number,
  number,
  number,
];
const root = join(import.meta.dirname, "../..");
const file = join(import.meta.dirname, "sleep.ts");
const folder = mkdtempSync(join(tmpdir(), "tracegrad-bench-"));
const url = `redis://127.0.0.1:${options.port}`;
Object.assign(process.env, {
  REDIS_URL: url,
  TASKS: String(tasks),
  CALLS: options.calls,
  WIDTH: String(Math.ceil(1.5 * count * concurrency)),
});

const redis = spawn("redis-server", ["--port", options.port, "--dir", folder, "--appendonly", "yes", "--save", ""], {
  stdio: "ignore",
});
process.on("exit", () => redis.kill("SIGKILL"));
const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
client.on("error", () => undefined);
await client.ping();
const workers = await Promise.all(Array.from({ length: count }, startWorker));

const { default: run } = await import("./sleep.ts");
const ideal = (Math.ceil(tasks / (count * concurrency)) * 500) / 1000;
console.log(`${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`);
console.log(
  `${tasks} evaluations of 500 ms, ${count} workers of ${concurrency}, ideal ${ideal} s; calls of each: ${options.calls}`,
);
const rounds = [await measure(false), await measure(true)];
// Waiting only: what is measured may be slow here, but never wrong.
process.exitCode = rounds.every((isRight) => isRight) ? 0 : 1;

for (const worker of workers) worker.kill("SIGKILL");
client.disconnect();
redis.kill("SIGKILL");
await once(redis, "exit");
rmSync(folder, { recursive: true, force: true });
process.exit();

/** Makes the evaluations and prints the figures, of warm ones beside their gates. Gives whether all of them were made. */
async function measure(isWarm: boolean): Promise<boolean> {
  const [bytes, redisSeconds] = [await traffic(), await busyTime()];
  const cpu = process.cpuUsage();
  const began = performance.now();
  const { rows, failures } = await run();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const figures = [
    { what: "share of the ideal time", value: ideal / seconds, unit: "", gate: 0.95, isFloor: true },
    { what: "processor time of the run an evaluation", value: (user + system) / tasks, unit: "µs", gate: 300 },
    { what: "bytes through Redis an evaluation", value: ((await traffic()) - bytes) / tasks, unit: "B", gate: 4000 },
  ];
  console.log(`${isWarm ? "warm" : "first"}: ${seconds.toFixed(2)} s`);
  for (const { what, value, unit, gate, isFloor = false } of figures) {
    const isGood = isFloor ? value >= gate : value <= gate;
    const verdict = `(${isFloor ? "at least" : "at most"} ${gate}): ${isGood ? "good" : "missed"}`;
    console.log(`  ${what}: ${Number(value.toPrecision(3))} ${unit} ${isWarm ? verdict : ""}`);
  }
  const redisMicroseconds = ((await busyTime()) - redisSeconds) * 1e6;
  console.log(`  processor time of Redis an evaluation: ${(redisMicroseconds / tasks).toFixed(0)} µs`);
  return rows.length === tasks && failures === 0;
}

async function startWorker(): Promise<ChildProcess> {
  const args = [join(root, "dist/cli/main.js"), "worker", file, "--concurrency", String(concurrency)];
  const worker = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  worker.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  while (!said.includes("Serving")) {
    if (worker.exitCode !== null) throw new Error(`A worker ended before it served. Is the build there?\n${said}`);
    await wait(50);
  }
  return worker;
}

/** Seconds that Redis has worked. */
async function busyTime(): Promise<number> {
  const stats = await client.info("cpu");
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(stats)?.[1]);
  return seconds("used_cpu_user") + seconds("used_cpu_sys");
}

/** The bytes that Redis has received and sent. */
async function traffic(): Promise<number> {
  const stats = await client.info("stats");
  const bytes = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1]);
  return bytes("total_net_input_bytes") + bytes("total_net_output_bytes");
}
