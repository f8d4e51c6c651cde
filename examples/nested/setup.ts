/** The outer loop: OptoPrime rewrites the instruction of the inner optimizer. */

import { batch, type TrainOptions } from "tracegrad";
import { split } from "tracegrad/data";
import type { Guide } from "tracegrad/guides";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { makeLearner, type Solved } from "./learner.ts";
import { type Guess, type Problem, problems, solutionOf } from "./problems.ts";

/** Who answers: the optimizer of the inner loop, and that of the outer one. */
export interface Answerers {
  readonly inner: LanguageModel;
  readonly outer: LanguageModel;
}

const closeness: Guide<Problem, Solved, Guess> = (_problem, { score }, solution) => ({
  score,
  text: `The last attempt got ${score.toFixed(2)} of 1. The solution was ${JSON.stringify(solution)}.`,
});

/** The options of the outer run: 3 steps, each with a problem of each kind. */
export function optionsFor({ inner, outer }: Answerers): TrainOptions<Problem, Solved, Guess> {
  const { solve, instruction } = makeLearner(inner);
  return {
    agent: solve,
    optimizer: optoPrime(instruction, { llm: outer }),
    template: batch(3),
    order: "given",
    guide: closeness,
    maxScore: 1,
    data: split(problems, { train: 9, validation: 3, input: (problem) => problem, target: solutionOf }),
    // Three problems prove nothing: the best instruction in validation ships.
    acceptance: "best",
    budget: { steps: 3 },
    test: true,
  };
}
