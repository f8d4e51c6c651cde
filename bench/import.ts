/**
 * Measures what it costs to load the package as users get it: `import("tracegrad")` in fresh processes, over empty ones
 * in turn, and what a bundler makes of a small program. `npm run bench:import -- [--rounds N]`. Exits with 1 when a gate is broken.
 */

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildCode } from "../scripts/build.ts";
import { bundleSize, maxBundleBytes } from "../scripts/bundle-size.ts";
import { median } from "./clock.ts";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "25" } } });
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is a number, at least 1; got ${options.rounds}.`);

/**
 * The most processor time that the import may take beyond an empty process, in milliseconds. On a calm machine it is more
 * than the time on the clock.
 */
const maxImport = 100;

const root = resolve(import.meta.dirname, "..");
// Below node_modules, so that the package finds its dependencies and its own name.
const folder = join(root, "node_modules/.cache/tracegrad-bench/package");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
copyFileSync(join(root, "package.json"), join(folder, "package.json"));
await buildCode(join(folder, "dist"));

interface Run {
  readonly wall: number;
  readonly processor: number;
  readonly memory: number;
}

/** Runs a program in a process of its own: milliseconds from start to end, of processor time too, and megabytes. */
function run(program: string): Run {
  const report =
    "const { user, system } = process.cpuUsage(); console.log((user + system) / 1e3, process.memoryUsage.rss() / 1e6)";
  const start = performance.now();
  const args = ["--input-type=module", "--eval", `${program};${report}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(stderr);
  const [processor = Number.NaN, memory = Number.NaN] = stdout.split(" ").map(Number);
  return { wall, processor, memory };
}

const empty: Run[] = [];
const loaded: Run[] = [];
for (let round = 0; round < rounds; round++) {
  empty.push(run(""));
  loaded.push(run('await import("tracegrad")'));
}

/** The median over the one of empty processes. */
const over = (field: keyof Run): number =>
  median(loaded.map((one) => one[field])) - median(empty.map((one) => one[field]));
const base = (field: keyof Run): string => median(empty.map((one) => one[field])).toFixed(0);

const load = loadavg()[0]?.toFixed(1);
console.log(`import("tracegrad") over an empty Node ${process.version}, medians of ${rounds} processes each, in turn:`);
console.log(`  ${over("processor").toFixed(0)} ms of processor time (gate ${maxImport}; empty: ${base("processor")})`);
console.log(`  ${over("wall").toFixed(0)} ms on the clock, at a load of ${load} (empty: ${base("wall")})`);
console.log(`  ${over("memory").toFixed(0)} MB of memory (empty: ${base("memory")})`);

const size = await bundleSize(folder);
const kB = (bytes: number): string => (bytes / 1e3).toFixed(1);
console.log("A bundle of bundle, trace and parameter, minified, after gzip:");
console.log(`  ${kB(size.gzip)} kB at the start (gate ${kB(maxBundleBytes)}), ${kB(size.later)} kB when needed`);
console.log(`  at the start, before gzip: ${size.packages.map(([name, bytes]) => `${name} ${kB(bytes)}`).join(", ")}`);
process.exitCode = over("processor") > maxImport || size.gzip > maxBundleBytes ? 1 : 0;
