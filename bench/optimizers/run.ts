/**
 * Compares optimizers on problems whose judging needs no language model: `npm run bench:optimizers -- [--seeds N] [--calls N]
 * [--families a,b] [--optimizers x,y] [--controls x,y] [--noise SIZE] [--short] [--json FILE] [--markdown FILE]`. Proposers
 * are scripted, so that what is compared is what an optimizer makes of a proposer of known skill, at equal numbers of judged
 * runs. All problems that were run are told.
 */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { contest, type Result } from "./contest.ts";
import { contestants } from "./contestants.ts";
import { families } from "./problems/index.ts";
import { rowsOf, tablesOf } from "./tables.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string" },
    calls: { type: "string" },
    families: { type: "string" },
    optimizers: { type: "string" },
    controls: { type: "string" },
    noise: { type: "string" },
    short: { type: "boolean", default: false },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});

const seeds = wholeOf("seeds", options.seeds ?? (options.short ? "5" : "30"));
const calls = wholeOf("calls", options.calls ?? (options.short ? "100" : "200"));
const noise = options.noise === undefined ? {} : { noise: Number(options.noise) };
const chosenFamilies = named("families", families, options.families);
const chosen = named("optimizers", contestants, options.optimizers);

const results: Result[] = [];
for (const family of chosenFamilies) {
  for (let seed = 0; seed < seeds; seed++) {
    const problem = family.problem(seed, noise);
    for (const contestant of chosen) {
      if (contestant.families?.includes(family.name) === false) continue;
      results.push(await contest(contestant, { family, seed, calls }, problem));
    }
    if (process.stderr.isTTY) process.stderr.write(`${family.name}: ${seed + 1} of ${seeds}   \r`);
  }
}

const usual = contestants.filter(({ control }) => control === true);
const controls = (options.controls === undefined ? usual : named("controls", chosen, options.controls)).map(
  ({ name }) => name,
);
const rows = rowsOf(results, controls);
const text = `${head()}\n${tablesOf(rows, controls)}`;
console.log(text);
if (options.markdown !== undefined) writeFileSync(options.markdown, text);
if (options.json !== undefined) {
  const report = { date: new Date().toISOString(), seeds, calls, ...noise, controls, rows, results };
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

function head(): string {
  const about = chosenFamilies.map((family) => `- **${family.name}**: ${family.about}`);
  return [
    "# Optimizers without a language model",
    "",
    `${seeds} problems a family, ${calls} judged runs each${options.noise === undefined ? "" : `, noise ${options.noise}`}. The ` +
      "proposers are scripted: a number behind a name is the skill, how often the proposer does what the feedback says. Scores " +
      "are those of the chosen program without noise, mean ± standard error; differences are paired by problem, with 95 % " +
      "intervals by bootstrap.",
    "",
    ...about,
    "",
  ].join("\n");
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
