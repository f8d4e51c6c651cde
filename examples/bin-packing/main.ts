/** Online bin packing: the rule by which items go into bins is rewritten by a model, with evolution or with GEPA. */

import { split } from "tracegrad/data";
import { optoPrime } from "tracegrad/optimizers";
import { runSearchStudy } from "../shared/search-run.ts";
import { type PackedInstance, pack_online, preferences } from "./agent.ts";
import { capacity, learningSeeds, testSeeds } from "./instances.ts";
import { judgeBins, worstExcess } from "./score.ts";

const instances = [...learningSeeds, ...testSeeds].map((seed) => ({ input: seed, target: null }));
// 5 instances to learn from, 10 to choose by, 20 that decide nothing.
const data = split(instances, { train: 5, validation: 10 });

await runSearchStudy({
  study: "bin-packing",
  folder: import.meta.dirname,
  title: "Online bin packing of 5,000 items, by the bins beyond the lower bound.",
  minibatchSize: 3,
  optionsFor: (llm) => ({
    agent: (seed: number) => pack_online(preferences(capacity), seed),
    guide: (_seed: number, packed: PackedInstance) => judgeBins(packed),
    data,
    optimizer: optoPrime(preferences, { llm }),
    failureScore: -worstExcess,
    acceptance: { range: [-worstExcess, 0] },
    test: true,
    seed: 1,
    concurrency: 4,
  }),
  metric: { name: "excess bins, %", better: "lower" },
  unit: (score) => -score,
  answerer: "Claude agents, through the mailbox: one for the first rounds of a run, then another one for each round",
  notes: [],
});
