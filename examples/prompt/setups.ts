/** The two methods by which the prompt is learned, as README.md describes them. */

import { readFileSync } from "node:fs";
import { batch, type TrainOptions } from "tracegrad";
import { split } from "tracegrad/data";
import { exactMatch } from "tracegrad/guides";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { bootstrapFewShot } from "tracegrad/search";
import type { Extractor } from "./agent.ts";

type Options = TrainOptions<string, string, string>;

/** What is learned: which examples the prompt shows (`bootstrap`), or what its instruction says (`optoprime`). */
export type LearningMethod = "bootstrap" | "optoprime";

interface Row {
  readonly input: string;
  readonly target: string;
}

/** The options of the run, without its folder. `optimizer` is the model that OptoPrime asks; `bootstrap` asks none. */
export function optionsOf(method: LearningMethod, extractor: Extractor, optimizer: LanguageModel): Options {
  const { extract, instruction, examples } = extractor;
  const { rows } = JSON.parse(readFileSync(new URL("data.json", import.meta.url), "utf8")) as { rows: readonly Row[] };
  const learned: Pick<Options, "optimizer"> & Partial<Options> =
    method === "bootstrap"
      ? {
          optimizer: optoPrime(examples, { llm: optimizer }),
          search: bootstrapFewShot({ maxBootstrapped: 3, maxLabeled: 3, sets: 8 }),
        }
      : {
          optimizer: optoPrime(instruction, { llm: optimizer, memorySize: 5 }),
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
