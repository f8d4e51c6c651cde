/** The two ways in which the prompt is learned, as the protocol in README.md has them. */

import { readFileSync } from "node:fs";
import {
  batch,
  bootstrapFewShot,
  exactMatch,
  type LanguageModel,
  OptoPrime,
  split,
  type TrainOptions,
} from "tracegrad";
import type { Extractor } from "./agent.ts";

type Options = TrainOptions<string, string, string>;

/** How the prompt is learned: which examples stand in it, or what its instruction says. */
export type Way = "bootstrap" | "optoprime";

interface Row {
  readonly input: string;
  readonly target: string;
}

/** The options of the run but for where it is kept. `optimizer` is the model that OptoPrime asks; examples are chosen without any. */
export function optionsOf(way: Way, extractor: Extractor, optimizer: LanguageModel): Options {
  const { extract, instruction, examples } = extractor;
  const { rows } = JSON.parse(readFileSync(new URL("data.json", import.meta.url), "utf8")) as { rows: readonly Row[] };
  const learned: Pick<Options, "optimizer"> & Partial<Options> =
    way === "bootstrap"
      ? {
          optimizer: new OptoPrime(examples, { llm: optimizer }),
          search: bootstrapFewShot({ bootstrapped: 3, labeled: 3, sets: 8 }),
        }
      : {
          optimizer: new OptoPrime(instruction, { llm: optimizer, memory: 5 }),
          template: batch(3),
          budget: { steps: 5 },
          order: "given",
        };
  return {
    agent: extract,
    guide: exactMatch(),
    data: split(rows, { train: 15, validation: 10 }),
    seed: 1,
    test: true,
    concurrency: 1,
    ...learned,
  };
}
