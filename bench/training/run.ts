/**
 * Measures the learning loop without a model, as a table against its gates: `npm run bench:training -- [--rounds N]
 * [--only L1,L5] [--python PYTHON] [--json FILE]`. GEPA's engine is measured beside the Python gepa, in turns, where
 * PYTHON (default: python3) can import it (`pip install gepa==0.1.4`). Times are processor times, so that a busy
 * machine disturbs them little. Exits with 1 when a gate is broken.
 */

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { median } from "../clock.ts";
import { bundled } from "../process.ts";
import type { Figures } from "./jobs.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    python: { type: "string", default: "python3" },
    json: { type: "string" },
  },
});

/** A job, and the most that its figures may be. */
interface Row {
  readonly id: string;
  readonly what: string;
  readonly job: readonly string[];
  readonly gates: Figures;
  /** What the peer is asked for; then the gate is of the ratio. */
  readonly peer?: readonly string[];
  /** For jobs that take a minute. */
  readonly once?: boolean;
}

const engine = (id: string, validation: string, calls: string, ratio: number): Row => ({
  id,
  what: `GEPA's engine, ${validation} validation examples, ${calls} evaluations`,
  job: ["gepaEngine", validation, calls],
  peer: [validation, calls],
  gates: { "times gepa": ratio },
});

const slope = "last tenth to second";
const rows: readonly Row[] = [
  {
    id: "L1",
    what: "1,000 steps × 20 examples in memory",
    job: ["stepsInMemory"],
    gates: { "ms a step": 4, [slope]: 1.5 },
  },
  { id: "L2", what: "the same in a folder", job: ["stepsInFolder"], gates: { MB: 40, [slope]: 1.5 } },
  {
    id: "L3",
    what: "100 steps × 500 examples × 300 characters of feedback in a folder",
    job: ["largeEvaluations"],
    gates: { MB: 60, [slope]: 1.5 },
  },
  {
    id: "L4",
    what: "20 steps × 10,000 examples × 3,000 characters of feedback, stopped and resumed",
    job: ["hugeEvaluations"],
    gates: { "steps done": 20, MB: 900 },
    once: true,
  },
  engine("L5", "20", "20000", 2),
  engine("L6", "100", "20000", 2),
  engine("L7", "1000", "20000", 4),
];

const run = promisify(execFile);
const child = await bundled(new URL("child.ts", import.meta.url));
const wanted = options.only?.split(",");
const hasPeer = await run(options.python, ["-c", "import gepa"]).then(
  () => true,
  () => false,
);
const measured = [];
for (const row of rows.filter(({ id }) => wanted === undefined || wanted.includes(id))) {
  if (row.peer === undefined || hasPeer) measured.push(await measure(row));
  else console.log(`${row.id} was not measured: ${options.python} cannot import gepa (pip install gepa==0.1.4).`);
}

const machine = `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} processors, Node ${process.version}`;
console.log(`${machine}, median of ${options.rounds} rounds\n`);
console.log("| | what | figures | gates | verdict |\n|---|---|---|---|---|");
for (const { row, figures, verdict } of measured) {
  console.log(`| ${row.id} | ${row.what} | ${textOf(figures)} | ${gatesOf(row.gates)} | ${verdict} |`);
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine, measured }, null, 2)}\n`);
process.exitCode = measured.some(({ verdict }) => verdict === "broken") ? 1 : 0;

async function measure(row: Row): Promise<{ row: Row; figures: Figures; verdict: "good" | "broken" }> {
  const all: Figures[] = [];
  const rounds = row.once === true ? 1 : Number(options.rounds);
  for (let round = 0; round < rounds; round += 1) {
    const ours = await figuresOf(process.execPath, [child, ...row.job]);
    if (row.peer === undefined) all.push(ours);
    else {
      const script = fileURLToPath(new URL("peer.py", import.meta.url));
      const theirs = await figuresOf(options.python, [script, ...row.peer]);
      const [us, peer] = [ours["us"] as number, theirs["us"] as number];
      all.push({ us, "gepa us": peer, "times gepa": us / peer });
    }
  }
  const names = Object.keys(all[0] ?? {});
  const figures = Object.fromEntries(names.map((name) => [name, median(all.map((one) => one[name] as number))]));
  const good = Object.entries(row.gates).every(([name, gate]) => (figures[name] as number) <= gate);
  return { row, figures, verdict: good ? "good" : "broken" };
}

async function figuresOf(command: string, args: readonly string[]): Promise<Figures> {
  const { stdout } = await run(command, args, { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout.trim().split("\n").at(-1) as string) as Figures;
}

function textOf(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${Number(value.toPrecision(3))} ${name}`)
    .join(", ");
}

function gatesOf(gates: Figures): string {
  return Object.entries(gates)
    .map(([name, value]) => `≤ ${value} ${name}`)
    .join(", ");
}
