/**
 * The control of best-of-N: proposals that all start from the first program, of which the best by validation is taken.
 * It is written out here, without the loop and the searches of the package, so that it is a control of these too.
 */

import { ExecutionError, ParameterState, trace, untraced, withParameters } from "tracegrad";
import { restore } from "tracegrad/extend";
import type { Optimizer } from "tracegrad/optimizers";
import type { BenchTask } from "./problem.ts";

/** What best-of-N works with. */
export interface Draws {
  readonly task: BenchTask;
  readonly optimizer: Optimizer;
  /** The most evaluations. */
  readonly calls: number;
  /** The validation score at which it ends. Default: none. */
  readonly goal?: number;
}

/** Leaves the best program live, and gives what it spent. */
export async function bestOfN({
  task,
  optimizer,
  calls,
  goal = Infinity,
}: Draws): Promise<{ evaluations: number; steps: number }> {
  const { data, guide } = task;
  const start = ParameterState.of(task.parameters);
  let best = { state: start, score: await validated(task, start) };
  let [evaluations, steps] = [data.validation.length, 0];
  while (evaluations + 1 + data.validation.length <= calls && best.score < goal) {
    const example = data.train[steps % data.train.length] as (typeof data.train)[number];
    const graph = await trace(async () => task.agent(example.input));
    const context = { exampleId: example.id, signal: undefined };
    const judgement =
      graph.error === undefined
        ? await guide(example.input, graph.value, example.target, context)
        : { score: 0, text: `The program failed: ${graph.error.message}` };
    graph.backward(judgement);
    const { changes, state } = await optimizer.step();
    [evaluations, steps] = [evaluations + 1, steps + 1];
    if (changes.length === 0) continue;
    const score = await validated(task, state);
    evaluations += data.validation.length;
    if (score > best.score) best = { state, score };
    optimizer.undo();
  }
  restore(best.state);
  return { evaluations, steps };
}

/** The mean score on the validation data, with the task's noise. */
async function validated({ agent, guide, data }: BenchTask, state: ParameterState): Promise<number> {
  let sum = 0;
  for (const { id, input, target } of data.validation) {
    try {
      const output = await withParameters(state, () => untraced(async () => agent(input)));
      sum += (await guide(input, output.data, target, { exampleId: id, signal: undefined })).score;
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
    }
  }
  return sum / data.validation.length;
}
