/** The inner loop: OptoPrime solves a problem in two steps, by an instruction that it is given. */

import { bundle, type Node, type Nodeable, type Parameter, parameter, trace } from "tracegrad";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { type Guess, guessesOf, type Problem, scoreOf, shownBy, startOf, textOf } from "./problems.ts";

/** A guess, and what it showed. */
interface Shown {
  readonly guess: Guess;
  readonly shows: string;
}

/** What an inner loop did: the guesses of each attempt, with what they showed. */
export interface Solved {
  readonly attempts: readonly (readonly Shown[])[];
  /** The best score of the last attempt. */
  readonly score: number;
}

/** Learns problems; its instruction is what an outer loop learns. */
export interface Learner {
  readonly solve: (problem: Nodeable<Problem>) => Promise<Node<Solved>>;
  readonly instruction: Parameter<string>;
}

const innerSteps = 2;

/** Makes a learner whose optimizer asks `llm`. */
export function makeLearner(llm: LanguageModel): Learner {
  const instruction = parameter("Change the guesses so that they get better feedback.", {
    name: "instruction",
    doc:
      "What an optimizer is told to aim at. It sees this, the problem in a sentence, its last guesses and the feedback " +
      "on them, and proposes new guesses, twice. It does not see other problems.",
  });

  /** Has the optimizer improve its guesses twice, and gives all attempts. The score is that of the last attempt. */
  const learn = bundle(async (instruction: string, problem: Problem): Promise<Solved> => {
    const guesses = parameter<readonly Guess[]>([startOf(problem)], {
      name: "guesses",
      doc: textOf(problem),
      constraint: "One to three guesses. The best of them counts.",
      schema: guessesOf(problem),
    });
    const measure = bundle(
      (guesses: readonly Guess[]) => guesses.map((guess) => ({ guess, shows: shownBy(problem, guess) })),
      {
        name: "measure",
      },
    );
    const optimizer = optoPrime(guesses, { llm, objective: instruction, memorySize: innerSteps });
    const attempts: (readonly Shown[])[] = [];
    for (;;) {
      const graph = await trace(() => measure(guesses));
      const attempt = graph.value ?? [];
      attempts.push(attempt);
      if (attempts.length > innerSteps) {
        return { attempts, score: Math.max(...attempt.map(({ guess }) => scoreOf(problem, guess))) };
      }
      graph.backward(attempt.map(({ guess, shows }) => `${JSON.stringify(guess)}: ${shows}`).join("; "));
      await optimizer.step();
    }
  });

  return { solve: (problem) => learn(instruction, problem), instruction };
}
