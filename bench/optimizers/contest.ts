/** One run of the benchmark: a contestant on a problem, within a budget of evaluations. */

import { train } from "tracegrad";
import { optoPrime } from "tracegrad/optimizers";
import { bestOfN } from "./best-of-n.ts";
import type { Contestant, Entry } from "./contestants.ts";
import { type BenchProblem, trueScore } from "./problem.ts";

/** What came of one run. */
export interface Result {
  readonly family: string;
  readonly problem: string;
  readonly optimizer: string;
  readonly seed: number;
  /** The true score of the first program. */
  readonly start: number;
  /** The true score of the program that the run ended with. */
  readonly score: number;
  readonly optimum: number;
  /** Whether the score is within 0.01 of the optimum. */
  readonly solved: boolean;
  /** Evaluations that were spent: fewer than allowed when the optimum was reached. */
  readonly evaluations: number;
  readonly steps: number;
  readonly seconds: number;
}

/** How far below the optimum a program is still called a solution. */
const tolerance = 0.01;

/** Runs a contestant once. The seed of the entry decides everything. */
export async function contest(contestant: Contestant, entry: Entry, problem: BenchProblem): Promise<Result> {
  const { calls } = entry;
  const task = problem.make();
  const llm = contestant.llm(entry);
  const optimizer = contestant.optimizer?.(task, llm, entry) ?? optoPrime(task.parameters, { llm });
  for (const { code } of task.parameters) await code?.load();
  const start = await trueScore(task);
  const began = performance.now();
  // A run may end early only where a perfect validation score is certain to be the end of what can be learnt.
  const goal = task.noise === 0 && problem.optimum === 1 ? { stop: { goal: 1 - tolerance / 10 } } : {};
  const spent =
    contestant.loop === "bestOfN"
      ? await bestOfN({ task, optimizer, calls, ...goal.stop })
      : (
          await train({
            agent: task.agent,
            guide: task.guide,
            data: task.data,
            optimizer,
            budget: { steps: calls, evaluations: calls },
            seed: entry.seed,
            ...goal,
            ...contestant.train?.(entry, task),
          }).result
        ).spent;
  const score = await trueScore(task);
  return {
    family: problem.family,
    problem: problem.name,
    optimizer: contestant.name,
    seed: entry.seed,
    start,
    score,
    optimum: problem.optimum,
    solved: score >= problem.optimum - tolerance,
    evaluations: spent.evaluations,
    steps: spent.steps,
    seconds: (performance.now() - began) / 1000,
  };
}
