/** Circle packing: a program that places 26 circles in a square is rewritten by a model, with evolution or with GEPA. */

import { split } from "tracegrad/data";
import { optoPrime } from "tracegrad/optimizers";
import { runSearchStudy } from "../shared/search-run.ts";
import { type Circle, pack } from "./agent.ts";
import { judgePacking } from "./score.ts";

const count = 26;
// There is one problem: it is learned from and chosen by, and nothing is left to generalize to.
const data = split([{ input: count, target: null }], { train: 1, validation: "train" });

await runSearchStudy({
  study: "circle-packing",
  folder: import.meta.dirname,
  title: `Placing ${count} circles in the unit square, by the sum of their radii.`,
  minibatchSize: 1,
  optionsFor: (llm) => ({
    agent: (circles: number) => pack(circles),
    guide: (asked: number, circles: readonly Circle[]) => judgePacking(circles, asked),
    data,
    optimizer: optoPrime(pack, { llm }),
    seed: 1,
    concurrency: 4,
  }),
  metric: { name: "sum of radii", better: "higher" },
  answerer: "one Claude agent that stayed with the run, through the mailbox",
  notes: [],
});
