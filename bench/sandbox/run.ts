/**
 * Measures the sandbox beside V8 without a border, node:vm and, where a folder is given that has it, isolated-vm, all in
 * the same processes. `npm run bench:sandbox -- [--rounds N] [--isolated-vm FOLDER]`. Exits with 1 when a gate is broken.
 */
import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { median } from "../clock.ts";
import { bundled } from "../process.ts";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, "isolated-vm": { type: "string" } },
});
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is a number, at least 1; got ${options.rounds}.`);

/** Microseconds by row and engine. */
type Rows = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A figure with what we want of it and what no change may break, in its own unit. */
interface Bound {
  readonly name: string;
  readonly figure: number;
  readonly unit: string;
  readonly goal: number;
  readonly gate: number;
}

const [child, first] = [
  await bundled(new URL("child.ts", import.meta.url)),
  await bundled(new URL("first.ts", import.meta.url)),
];
const run = <T>(file: string, args: readonly string[]): T =>
  JSON.parse(execFileSync(process.execPath, [file, ...args], { encoding: "utf8" })) as T;
const folder = options["isolated-vm"];
const all: Rows[] = [];
const firsts: { readonly check: number; readonly wall: number; readonly processor: number }[] = [];
for (let round = 0; round < rounds; round++) {
  all.push(run<Rows>(child, folder === undefined ? [] : [folder]));
  for (let at = 0; at < 5; at++) firsts.push(run(first, []));
}

const ours = "quickjs()";
const plain = "V8, no border but JSON";
const timeOf = (row: string, engine: string): number => median(all.map((rows) => rows[row]?.[engine] ?? Number.NaN));
const names = Object.keys(all[0]?.["a fresh world and one call"] ?? {});
const cell = (row: string, name: string): string => {
  const time = timeOf(row, name);
  if (Number.isNaN(time)) return "";
  return time >= 1_000 ? `${(time / 1_000).toFixed(1)} ms` : `${time.toFixed(time < 10 ? 1 : 0)} µs`;
};
console.log(`Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds`);
console.log(`| | ${names.join(" | ")} | ours / V8 |`);
console.log(`|---|${"---|".repeat(names.length + 1)}`);
for (const row of Object.keys(all[0] ?? {})) {
  const ratio = timeOf(row, ours) / timeOf(row, plain);
  const times = Number.isNaN(ratio) ? "" : ratio.toFixed(ratio < 10 ? 1 : 0);
  console.log(`| ${row} | ${names.map((name) => cell(row, name)).join(" | ")} | ${times} |`);
}

const fresh = timeOf("a fresh world and one call", ours);
const warm = timeOf("a number in and out", ours);
const bounds: readonly Bound[] = [
  { name: "a fresh world and one call", figure: fresh, unit: "µs", goal: 100, gate: 400 },
  { name: "the same, over a call in a world that is there", figure: fresh / warm, unit: "x", goal: 8, gate: 16 },
  {
    name: "an evaluated example, over one without a trainable function",
    figure: timeOf("an evaluated example", ours) - timeOf("an evaluated example", plain),
    ...{ unit: "µs", goal: 150, gate: 600 },
  },
  {
    name: "a trainable function whose result has an imported type, over one without a type",
    figure: timeOf("the same, its result of an imported type", ours) / timeOf("a trainable function", ours),
    ...{ unit: "x", goal: 1.2, gate: 2 },
  },
  {
    name: "the first check and the first call of a process",
    figure: median(firsts.map(({ wall }) => wall)),
    ...{ unit: "ms", goal: 60, gate: 240 },
  },
  { name: "of which the check", figure: median(firsts.map(({ check }) => check)), unit: "ms", goal: 45, gate: 180 },
  {
    name: "a single call of nodeProcess()",
    figure: timeOf("a number in and out", "nodeProcess()"),
    ...{ unit: "µs", goal: 80, gate: 400 },
  },
  {
    name: "a call of nodeProcess() among many at once",
    figure: timeOf("a number in and out, 1,000 at once", "nodeProcess()"),
    ...{ unit: "µs", goal: 4, gate: 40 },
  },
  {
    name: "a numeric loop in nodeProcess(), over plain V8",
    figure: timeOf("float loop, 10^8", "nodeProcess()") / timeOf("float loop, 10^8", plain),
    ...{ unit: "x", goal: 1.5, gate: 2 },
  },
];
console.log("\n| | measured | goal | gate | |\n|---|---|---|---|---|");
for (const { name, figure, unit, goal, gate } of bounds) {
  const verdict = figure <= goal ? "good" : figure <= gate ? "missed" : "broken";
  console.log(`| ${name} | ${figure.toFixed(1)} ${unit} | ≤ ${goal} | ≤ ${gate} | ${verdict} |`);
}
if (bounds.some(({ figure, gate }) => !(figure <= gate))) process.exitCode = 1;
