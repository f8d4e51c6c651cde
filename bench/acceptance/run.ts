/**
 * Measures the rules by which a run ships its best program, as tables: `npm run bench:acceptance -- [--short] [--only
 * errors,power] [--runs N] [--markdown FILE]`. Neither a model nor a network is needed. All parts but `train` are a
 * simulator: programs are lists of scores, whose true means are known; the rules are those of `src`. Exits with 1 when
 * a rule that promises at most 5% of errors makes clearly more.
 */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { wholeRuns } from "./real.ts";
import { type Amount, type BenchPart, errors, plainSteps, power, shipping } from "./simulated.ts";
import { textOf } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string" },
    runs: { type: "string" },
    markdown: { type: "string" },
  },
});

const { short } = options;
const amountOf = (sizes: readonly number[], runs: number): Amount => ({
  sizes: short ? [20, 50] : sizes,
  runs: Number(options.runs ?? (short ? 40 : runs)),
});
const all = [10, 20, 50, 100, 200];

const parts: Readonly<Record<string, () => BenchPart | Promise<BenchPart>>> = {
  errors: () => errors(amountOf(all, 400)),
  power: () => power(amountOf([20, 50, 100, 200], 600)),
  shipping: () => shipping(amountOf(all, 1000)),
  plain: () => plainSteps(amountOf(all, 1000)),
  train: () => wholeRuns(Number(options.runs ?? (short ? 5 : 100))),
};

const chosen = options.only?.split(",") ?? Object.keys(parts);
const unknown = chosen.find((name) => !(name in parts));
if (unknown !== undefined) throw new Error(`--only has no "${unknown}". It has: ${Object.keys(parts).join(", ")}.`);

const texts: string[] = [];
const broken: string[] = [];
for (const name of chosen) {
  const began = process.cpuUsage();
  const part = await (parts[name] as () => BenchPart | Promise<BenchPart>)();
  const text = [`## ${name}`, "", ...part.tables.map(textOf)].join("\n");
  console.log(text);
  const { user, system } = process.cpuUsage(began);
  console.error(`${name}: ${((user + system) / 1e6).toFixed(1)} s of processor time`);
  texts.push(text);
  broken.push(...part.broken);
}
if (options.markdown !== undefined) writeFileSync(options.markdown, texts.join("\n"));
for (const line of broken) console.error(`Broken promise: ${line}`);
process.exitCode = broken.length > 0 ? 1 : 0;
