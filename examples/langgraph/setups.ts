/** The four runs: which agent learns which task, with how many examples. */

import { batch, TracegradError, type TrainOptions } from "tracegrad";
import { split } from "tracegrad/data";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import type { LearningAgent } from "./agent.ts";
import { makePal } from "./pal.ts";
import { makeSelfRefine } from "./self-refine.ts";
import { isRight, type Problem } from "./tasks.ts";

/** How an agent is trained. Self-refine asks the model two or three times a problem, so it has fewer problems. */
interface Setup {
  readonly make: (llm: LanguageModel) => LearningAgent;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly batch: number;
}

/** By the name that the command line takes. */
export const setups: Readonly<Record<string, Setup>> = {
  pal: { make: makePal, train: 20, validation: 10, test: 30, batch: 4 },
  "self-refine": { make: makeSelfRefine, train: 20, validation: 6, test: 15, batch: 2 },
  "self-refine-full": { make: makeSelfRefine, train: 20, validation: 10, test: 30, batch: 4 },
};

/** Who answers: the model of the agent, and that of the optimizer. */
export interface Answerers {
  readonly agent: LanguageModel;
  readonly optimizer: LanguageModel;
}

/**
 * The options of a run: 5 steps of OptoPrime over the prompts and the node functions.
 * @throws TracegradError `bad-option` when there is no such agent, or there are too few problems.
 */
export function optionsFor(
  name: string,
  problems: readonly Problem[],
  { agent: model, optimizer }: Answerers,
): TrainOptions<string, string, string> {
  const setup = Object.hasOwn(setups, name) ? setups[name] : undefined;
  if (setup === undefined) {
    const known = Object.keys(setups).join(", ");
    throw new TracegradError("bad-option", `There is no agent "${name}". There are: ${known}.`);
  }
  const { make, train, validation, test, batch: size } = setup;
  const agent = make(model);
  return {
    agent: agent.answer,
    optimizer: optoPrime(agent.learns, { llm: optimizer }),
    template: batch(size),
    guide: isRight,
    maxScore: 1,
    data: split(problems.slice(0, train + validation + test), { train, validation }),
    budget: { steps: 5 },
    concurrency: 30,
    test: true,
  };
}
