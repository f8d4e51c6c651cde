/** What is compared: each optimizer with its proposer is a line here. */

import { batch, type TrainOptions } from "tracegrad";
import type { LanguageModel } from "tracegrad/llm";
import { ace, localSearch, type Optimizer, opro, optoPrime, optoPrimeMulti, textGrad } from "tracegrad/optimizers";
import {
  basicSearch,
  beamSearch,
  bestOfN,
  bootstrapFewShot,
  evolution,
  gepa,
  mipro,
  prioritySearch,
  type Search,
  ucbSearch,
} from "tracegrad/search";
import { domainsOf } from "./domains.ts";
import type { BenchTask, Family } from "./problem.ts";
import { adversary, noop, oracle, random } from "./proposers.ts";

/** What a contestant is made for. */
export interface Entry {
  readonly family: Family;
  readonly seed: number;
  /** The most evaluations. */
  readonly calls: number;
}

/** An optimizer in the benchmark. */
export interface Contestant {
  readonly name: string;
  /** Whether the others are compared with it. Default: false. */
  readonly control?: boolean;
  /** The model that proposes. */
  readonly llm: (entry: Entry) => LanguageModel;
  /** Default: OptoPrime without memory. */
  readonly optimizer?: (task: BenchTask, llm: LanguageModel, entry: Entry) => Optimizer;
  /** What `train` is told beside the problem and the budget, such as a search. */
  readonly train?: (entry: Entry, task: BenchTask) => Partial<TrainOptions>;
  /** The families whose programs have what it rewrites. Default: all. */
  readonly families?: readonly string[];
  /** `bestOfN` in the place of `train`: every proposal starts from the first program. Default: `train`. */
  readonly loop?: "train" | "bestOfN";
}

/** How good the scripted proposer is, in those contestants that are compared by something else. */
const usualSkill = 0.5;

const by =
  (skill: number) =>
  ({ family, seed }: Entry): LanguageModel =>
    oracle({ skill, seed, moves: family.moves });
const usual = by(usualSkill);

/** OptoPrime as the proposer of a search. What ships is decided by the default acceptance, as in the plain loop. */
function searching(name: string, search: (entry: Entry, task: BenchTask) => Search): Contestant {
  return { name, llm: usual, train: (entry, task) => ({ search: search(entry, task) }) };
}

export const contestants: readonly Contestant[] = [
  { name: "no-op", control: true, llm: () => noop() },
  { name: "random", control: true, llm: ({ family, seed }) => random({ seed, moves: family.moves }) },
  { name: "best-of-N", control: true, llm: usual, loop: "bestOfN" },
  { name: "adversary", llm: ({ seed }) => adversary({ seed }) },
  { name: "OptoPrime 0.2", llm: by(0.2) },
  { name: "OptoPrime 0.5", llm: by(0.5) },
  { name: "OptoPrime 0.9", llm: by(0.9) },
  {
    name: "OptoPrime 0.5 + memory",
    llm: usual,
    optimizer: (task, llm) => optoPrime(task.parameters, { llm, memorySize: 4 }),
  },
  { name: "OPRO", llm: usual, optimizer: ({ parameters }, llm) => opro(parameters, { llm }) },
  { name: "TextGrad", llm: usual, optimizer: ({ parameters }, llm) => textGrad(parameters, { llm }) },
  {
    name: "TextGrad, semantic",
    llm: usual,
    optimizer: ({ parameters }, llm) => textGrad(parameters, { llm, propagator: "semantic" }),
  },
  {
    name: "OptoPrimeMulti",
    llm: usual,
    optimizer: ({ parameters }, llm) => optoPrimeMulti(parameters, { llm, candidates: 5, select: "majority" }),
  },
  {
    name: "ACE",
    llm: usual,
    optimizer: ({ parameters }, llm) => ace(parameters, { llm }),
    families: ["playbook"],
  },
  searching("BestOfN", ({ calls }) => bestOfN({ n: calls })),
  searching("BasicSearch", () => basicSearch({ ownMinibatches: true })),
  searching("BeamSearch", () => beamSearch()),
  searching("UCBSearch", () => ucbSearch()),
  searching("PrioritySearch", () => prioritySearch()),
  searching("GEPA", () => gepa()),
  searching("Evolution", () => evolution()),
  { ...searching("MIPROv2", () => mipro({ maxLabeled: 5 })), families: ["intents"] },
  { ...searching("BootstrapFewShot", () => bootstrapFewShot({ sets: 8, maxLabeled: 5 })), families: ["intents"] },
  {
    name: "LocalSearch (no LLM)",
    llm: noop,
    optimizer: (task, _, { family, seed }) =>
      localSearch(task.parameters, { space: domainsOf(task, family.moves), seed }),
    // It goes by scores alone, so each program is judged on the same examples: all of them.
    train: (_, { data }) => ({ template: batch(data.train.length) }),
  },
  searching("Evolution (no LLM)", ({ family }, task) => evolution({ space: domainsOf(task, family.moves) })),
  // One proposal at a time makes a chain of ever better programs, with nothing to merge; several make lines that part.
  searching("GEPA by four", () => gepa({ parallel: { proposals: 4 } })),
  searching("GEPA by four without merge", () => gepa({ parallel: { proposals: 4 }, maxMerges: 0 })),
];
