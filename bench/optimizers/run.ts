/**
 * Compares optimizers on problems whose judging needs no language model: `npm run bench:optimizers -- [--seeds N]
 * [--calls N] [--families a,b] [--optimizers x,y] [--controls x,y] [--noise SIZE] [--short] [--json FILE] [--markdown
 * FILE]`, or, of earlier results, `--from FILE,FILE`. Proposers are scripted, so that what is compared is what an
 * optimizer makes of a proposer of known skill, at equal numbers of evaluations. All problems that were run are told.
 */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { contest } from "./contest.ts";
import { contestants } from "./contestants.ts";
import { families } from "./problems/index.ts";
import { type Report, readReports, textOf } from "./report.ts";
import { rowsOf } from "./tables.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string" },
    calls: { type: "string" },
    families: { type: "string" },
    optimizers: { type: "string" },
    controls: { type: "string" },
    noise: { type: "string" },
    short: { type: "boolean", default: false },
    from: { type: "string" },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});

const chosen = named("optimizers", contestants, options.optimizers);
const usual = contestants.filter(({ control }) => control === true);
const controls = (options.controls === undefined ? usual : named("controls", chosen, options.controls)).map(
  ({ name }) => name,
);
const report = options.from === undefined ? await measured() : readReports(options.from.split(","));
const text = textOf(report, controls);
console.log(text);
if (options.markdown !== undefined) writeFileSync(options.markdown, text);
if (options.json !== undefined) {
  const told = { ...report, controls, rows: rowsOf(report.results, controls) };
  writeFileSync(options.json, `${JSON.stringify(told, null, 2)}\n`);
}

async function measured(): Promise<Report> {
  const seeds = wholeOf("seeds", options.seeds ?? (options.short ? "5" : "30"));
  const calls = wholeOf("calls", options.calls ?? (options.short ? "100" : "200"));
  const noise = options.noise === undefined ? {} : { noise: Number(options.noise) };
  const results = [];
  for (const family of named("families", families, options.families)) {
    for (let seed = 0; seed < seeds; seed++) {
      const problem = family.problem(seed, noise);
      for (const contestant of chosen) {
        if (contestant.families?.includes(family.name) === false) continue;
        results.push(await contest(contestant, { family, seed, calls }, problem));
      }
      if (process.stderr.isTTY) process.stderr.write(`${family.name}: ${seed + 1} of ${seeds}   \r`);
    }
  }
  return { date: new Date().toISOString(), seeds, calls, ...noise, results };
}

function wholeOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a whole number, at least 1; got ${text}.`);
  return value;
}

function named<T extends { readonly name: string }>(
  option: string,
  all: readonly T[],
  wanted: string | undefined,
): readonly T[] {
  if (wanted === undefined) return all;
  const names = wanted.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  throw new Error(`--${option} has no "${unknown}". It has: ${all.map(({ name }) => name).join(", ")}.`);
}
