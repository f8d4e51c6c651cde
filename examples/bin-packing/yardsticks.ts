/** First fit and best fit on the sealed instances: what a learned rule is compared with. No model takes part. */

import { parseArgs } from "node:util";
import { mean, sampleStandardDeviation } from "simple-statistics";
import { writeOutcome } from "../shared/outcome.ts";
import { capacity, itemsOf, lowerBound, testSeeds } from "./instances.ts";
import { firstFit, packOnline } from "./packing.ts";
import { excessOf } from "./score.ts";

const help = `First fit and best fit on the sealed instances.

  npx tsx --conditions=@tracegrad/source examples/bin-packing/yardsticks.ts [--write]

  --write   write the outcomes to examples/bin-packing/results`;

const { values } = parseArgs({
  options: { write: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});

const sizes = Array.from({ length: capacity + 1 }, (_, size) => size);
const tightest = sizes.map((size) => sizes.map((space) => size - space));

/** The bins that a rule needs. */
const rules: Readonly<Record<string, (items: readonly number[]) => number>> = {
  "first fit": firstFit,
  "best fit": (items) => packOnline(items, tightest).bins,
};

function measure(rule: string, binsFor: (items: readonly number[]) => number): void {
  const excesses = testSeeds.map((seed) => {
    const items = itemsOf(seed);
    return excessOf(binsFor(items), lowerBound(items));
  });
  const score = {
    mean: mean(excesses),
    count: excesses.length,
    standardError: sampleStandardDeviation(excesses) / Math.sqrt(excesses.length),
  };
  console.log(`${rule.padEnd(10)} ${score.mean.toFixed(3)} % ± ${score.standardError.toFixed(3)}`);
  if (!values.write) return;
  const file = writeOutcome(import.meta.dirname, rule.replace(" ", "-"), {
    study: "bin-packing",
    condition: { rule },
    trial: 1,
    mode: ["no LLM"],
    models: [],
    date: new Date().toISOString().slice(0, 10),
    command: "npx tsx --conditions=@tracegrad/source examples/bin-packing/yardsticks.ts",
    metric: { name: "excess bins, %", better: "lower" },
    test: { start: score, chosen: score },
    notes: [],
  });
  console.log(`Written: ${file}`);
}

if (values.help) console.log(help);
else {
  console.log(`Mode: no LLM. Bins beyond the lower bound on ${testSeeds.length} instances, mean ± standard error.`);
  for (const [rule, binsFor] of Object.entries(rules)) measure(rule, binsFor);
}
