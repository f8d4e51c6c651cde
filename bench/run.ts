/**
 * Measures what tracing costs, as a table against the goals of the design. `npm run bench -- [--quick] [--rounds N]
 * [--only P1,P7] [--json FILE] [--opentrace PYTHON]`. Exits with 1 when a gate is broken twice in a row; a goal that is
 * missed is only said.
 */

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { median } from "./clock.ts";
import { type Metric, metricsOf } from "./metrics.ts";
import { besideOpenTrace } from "./opentrace.ts";
import { compile, type Measure } from "./process.ts";
import { type Measured, rowOf, tableOf, verdictOf } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string" },
    json: { type: "string" },
    opentrace: { type: "string" },
  },
});

const rounds = Number(options.rounds ?? (options.quick ? 3 : 5));
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is a number, at least 1; got ${options.rounds}.`);
const wanted = options.only?.split(",");
const metrics = metricsOf(options.quick).filter(({ id }) => wanted === undefined || wanted.includes(id));
if (metrics.length === 0) throw new Error(`--only names no metric: ${options.only}.`);

const measure = await compile();
let all = await measureAll(measure, metrics, rounds);
const broken = all.filter((measured) => verdictOf(measured) === "broken").map(({ metric }) => metric);
if (broken.length > 0) {
  console.log(`Once more, because a gate was broken: ${broken.map(({ id }) => id).join(", ")}.`);
  const again = new Map((await measureAll(measure, broken, rounds)).map((measured) => [measured.metric, measured]));
  all = all.map((measured) => again.get(measured.metric) ?? measured);
}

const machine = { processor: cpus()[0]?.model ?? "unknown", processors: cpus().length, node: process.version };
console.log(`${machine.processor}, ${machine.processors} processors, Node ${machine.node}, ${rounds} rounds`);
console.log(tableOf(all));
const peer = options.opentrace === undefined ? undefined : await besideOpenTrace(options.opentrace, measure, rounds);
console.log(
  peer === undefined
    ? "P3 and P8 were not measured: give a Python that has trace-opt with --opentrace PYTHON."
    : `P3: ${median(peer.call).toFixed(0)} times faster a call than OpenTrace. P8: ${median(peer.backward).toFixed(0)} times, backward.`,
);
if (options.json !== undefined) {
  const rows = all.map(rowOf);
  const date = new Date().toISOString();
  writeFileSync(
    options.json,
    `${JSON.stringify({ date, machine, quick: options.quick, rounds, rows, peer }, null, 2)}\n`,
  );
}
process.exitCode = all.some((measured) => verdictOf(measured) === "broken") ? 1 : 0;

/** Round by round, so that a slow moment falls on all metrics; in each, the floor and then what is compared with it. */
async function measureAll(run: Measure, list: readonly Metric[], count: number): Promise<readonly Measured[]> {
  const all = list.map((metric) => ({ metric, figures: [] as number[], floors: [] as number[] }));
  for (let round = 1; round <= count; round++) {
    for (const { metric, figures, floors } of all) {
      const floor = await run(metric.floor.job, metric.floor.size);
      const results: number[] = [];
      for (const { job, size } of metric.runs) results.push(await run(job, size));
      floors.push(floor);
      figures.push(metric.figure(results, floor));
    }
    if (process.stderr.isTTY) process.stderr.write(`Round ${round} of ${count}\r`);
  }
  return all;
}
