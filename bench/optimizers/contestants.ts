/** What is compared: each optimizer with its proposer is a line here. */

import {
  basicSearch,
  beamSearch,
  bestOfN,
  evolution,
  gepa,
  type LanguageModel,
  OPRO,
  type Optimizer,
  OptoPrime,
  prioritySearch,
  type Search,
  strict,
  TextGrad,
  type TrainOptions,
  ucbSearch,
} from "tracegrad";
import type { BenchTask, Family } from "./problem.ts";
import { adversary, noop, oracle, random } from "./proposers.ts";

/** What a contestant is made for. */
export interface Entry {
  readonly family: Family;
  readonly seed: number;
  /** The most judged runs. */
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
  readonly optimizer?: (task: BenchTask, llm: LanguageModel) => Optimizer;
  /** What `train` is told beside the problem and the budget, such as a search. */
  readonly train?: (entry: Entry) => Partial<TrainOptions>;
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

/**
 * OptoPrime as the proposer of a search. The higher validation score decides, as in the plain loop: most problems have too few
 * examples for a test to prove anything, and no noise that it would have to see through.
 */
function searching(name: string, search: (entry: Entry) => Search): Contestant {
  return { name, llm: usual, train: (entry) => ({ search: search(entry), acceptance: strict() }) };
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
    optimizer: (task, llm) => new OptoPrime(task.parameters, { llm, memory: 4 }),
  },
  { name: "OPRO", llm: usual, optimizer: ({ parameters }, llm) => new OPRO(parameters, { llm }) },
  { name: "TextGrad", llm: usual, optimizer: ({ parameters }, llm) => new TextGrad(parameters, { llm }) },
  searching("BestOfN", ({ calls }) => bestOfN({ n: calls })),
  searching("BasicSearch", () => basicSearch({ ownMinibatches: true })),
  searching("BeamSearch", () => beamSearch()),
  searching("UCBSearch", () => ucbSearch()),
  searching("PrioritySearch", () => prioritySearch()),
  searching("GEPA", () => gepa()),
  searching("Evolution", () => evolution()),
  // One proposal at a time makes a chain of ever better programs, with nothing to merge; several make lines that part.
  searching("GEPA by four", () => gepa({ parallel: { proposals: 4 } })),
  searching("GEPA by four without merge", () => gepa({ parallel: { proposals: 4 }, merges: 0 })),
];
