/**
 * Where a run over workers saturates on the way to 10,000 of them, by the times that `bench:workers` has measured:
 * `npm run bench:saturation -- [--run µs] [--redis µs] [--journal µs] [--call µs] [--redis-call µs] [--calls N]
 * [--wait ms]`. The run, Redis and the journal are queues, a worker is a customer that waits for its model between them.
 * Mean value analysis of a closed network (Reiser and Lavenberg, 1980) gives the throughput for each number of
 * evaluations under way.
 */

import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    run: { type: "string", default: "210" },
    redis: { type: "string", default: "125" },
    journal: { type: "string", default: "75" },
    call: { type: "string", default: "180" },
    "redis-call": { type: "string", default: "10" },
    calls: { type: "string", default: "2" },
    wait: { type: "string", default: "10000" },
  },
});
const amount = (name: keyof typeof options): number => Number(options[name]);
const [calls, wait] = [amount("calls"), amount("wait")];

/** Seconds that each station works for one evaluation. A call is two messages and two records. */
const demands = {
  run: (amount("run") + calls * amount("call")) / 1e6,
  redis: (amount("redis") + calls * amount("redis-call")) / 1e6,
  journal: (amount("journal") * (1 + 2 * calls)) / 1e6,
};
const names = Object.keys(demands) as (keyof typeof demands)[];

console.log(`An evaluation waits for ${wait} ms and makes ${calls} calls.`);
console.log("evaluations under way | a second | of the ideal | busy: run, Redis, journal");
for (const customers of [1, 10, 100, 1_000, 2_000, 5_000, 10_000, 100_000, 640_000]) {
  const throughput = throughputOf(customers);
  const share = throughput / (customers / (wait / 1000));
  const busy = names.map((name) => `${Math.round(100 * throughput * demands[name])}%`).join(", ");
  console.log(`${customers} | ${throughput.toFixed(1)} | ${Math.round(100 * share)}% | ${busy}`);
}
console.log(`The first to be full: ${names.reduce((a, b) => (demands[a] >= demands[b] ? a : b))}.`);

/** Evaluations a second with so many under way. */
function throughputOf(customers: number): number {
  const lengths = new Map(names.map((name) => [name, 0]));
  let throughput = 0;
  for (let n = 1; n <= customers; n++) {
    const times = names.map((name) => [name, demands[name] * (1 + (lengths.get(name) ?? 0))] as const);
    throughput = n / (wait / 1000 + times.reduce((sum, [, time]) => sum + time, 0));
    for (const [name, time] of times) lengths.set(name, throughput * time);
  }
  return throughput;
}
