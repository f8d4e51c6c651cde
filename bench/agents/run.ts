/**
 * Measures what tracing adds to agents on the AI SDK and on LangGraph, beside LangSmith's and OpenTelemetry's tracing in
 * the same run: `npm run bench:agents -- [--rounds N] [--size N] [--json FILE]`. Times are processor times, so that a
 * busy machine disturbs them little. Exits with 1 when a gate is broken.
 */

import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { measureAgents, tableOf } from "./measure.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    size: { type: "string", default: "1000" },
    json: { type: "string" },
  },
});
const [rounds, size] = [options.rounds, options.size].map(Number) as [number, number];
if (![rounds, size].every((count) => Number.isInteger(count) && count >= 1)) {
  throw new Error(`--rounds and --size are numbers, at least 1; got ${options.rounds} and ${options.size}.`);
}

const figures = await measureAgents(rounds, size);
const machine = { processor: cpus()[0]?.model ?? "unknown", load: loadavg()[0]?.toFixed(1), node: process.version };
console.log(`${machine.processor}, load ${machine.load}, Node ${machine.node}, ${rounds} rounds of ${size} calls`);
console.log(tableOf(figures));
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ machine, rounds, size, ...figures }, null, 2)}\n`);
}
const { rows, observer } = figures;
process.exitCode = [...rows, observer].some(({ verdict }) => verdict === "broken") ? 1 : 0;
