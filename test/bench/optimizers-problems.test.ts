/**
 * The families of the optimizer benchmark: what they claim of their optimum, their start, their noise and their seeds.
 */

import { type Graph, ParameterState, trace, withParameters } from "tracegrad";
import { type Optimizer, optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { type BenchTask, type Family, trueScore } from "../../bench/optimizers/problem.ts";
import { families } from "../../bench/optimizers/problems/index.ts";
import { oracle, random } from "../../bench/optimizers/proposers.ts";

/** Slow ones, which are tried with fewer seeds. */
const slow: ReadonlySet<string> = new Set(["battleship", "booleans", "dyck"]);

const named = families.map((family) => [family.name, family] as const);

/** A task whose code parameters can be rewritten. */
async function taskOf(family: Family, seed: number, noise?: number): Promise<BenchTask> {
  const task = family.problem(seed, noise === undefined ? {} : { noise }).make();
  for (const { code } of task.parameters) await code?.load();
  return task;
}

const valuesOf = (task: BenchTask) => Object.fromEntries(task.parameters.map((one) => [one.name, one.data]));

describe.each(named)("%s", (_, family) => {
  test("its best program reaches the optimum, which the first program does not", async () => {
    for (const seed of slow.has(family.name) ? [0, 1] : [0, 1, 2, 3, 4, 5, 6, 7]) {
      const { best, optimum } = family.problem(seed);
      const task = await taskOf(family, seed);
      const state = ParameterState.of(task.parameters).set(task.parameters.map((one) => [one, best[one.name]]));
      expect(await withParameters(state, () => trueScore(task))).toBeCloseTo(optimum, 6);
      expect(await trueScore(task)).toBeLessThan(optimum - 0.005);
    }
  });

  test("random changes are valid, change something, and never beat the optimum", async () => {
    const task = await taskOf(family, 3);
    const { optimum } = family.problem(3);
    const llm = random({ seed: 1, moves: family.moves });
    const optimizer = optoPrime(task.parameters, { llm, maxRetries: 0 });
    const first = valuesOf(task);
    for (let step = 0; step < (slow.has(family.name) ? 5 : 12); step++) {
      expect((await stepOn(task, optimizer)).refused).toEqual([]);
      expect(await trueScore(task)).toBeLessThanOrEqual(optimum + 1e-9);
    }
    expect(valuesOf(task)).not.toEqual(first);
  });

  test("a seed decides the whole problem, and another seed gives another", async () => {
    const [one, same, other] = [await taskOf(family, 5), await taskOf(family, 5), await taskOf(family, 6)];
    const told = ({ data, parameters }: BenchTask) => JSON.stringify([data.train, parameters.map((each) => each.data)]);
    expect(told(same)).toBe(told(one));
    expect(told(other)).not.toBe(told(one));
    expect(await trueScore(same)).toBe(await trueScore(one));
  });

  test("noise comes from the seed, is fresh at each visit, and leaves the true score alone", async () => {
    const [one, same] = [await taskOf(family, 2, 0.1), await taskOf(family, 2, 0.1)];
    const scores = async (task: BenchTask) => {
      const { id, input, target } = task.data.train[0] as (typeof task.data.train)[number];
      const output = (await task.agent(input)).data;
      const context = { exampleId: id, signal: undefined };
      const exact = (await task.exact(input, output, target, context)).score;
      const noisy: number[] = [];
      for (let visit = 0; visit < 40; visit++) noisy.push((await task.guide(input, output, target, context)).score);
      return { exact, noisy };
    };
    const { exact, noisy } = await scores(one);
    expect(await scores(same)).toEqual({ exact, noisy });
    expect(new Set(noisy).size).toBe(40);
    const mean = noisy.reduce((sum, score) => sum + score, 0) / 40;
    expect(Math.abs(mean - exact)).toBeLessThan(0.06);
    expect(await trueScore(one)).toBeCloseTo(await trueScore(await taskOf(family, 2)), 12);
  });
});

/** One step on the first training example. */
async function stepOn(task: BenchTask, optimizer: Optimizer) {
  const { id, input, target } = task.data.train[0] as (typeof task.data.train)[number];
  const graph: Graph<unknown> & { backward(feedback: unknown): unknown } = await trace(async () => task.agent(input));
  if (graph.error === undefined) {
    graph.backward(await task.guide(input, graph.value, target, { exampleId: id, signal: undefined }));
  } else graph.backward(graph.error.message);
  return optimizer.step();
}

const worded = families.filter(({ moves }) => moves.told !== undefined);

test("at least fourteen families, with names of their own, most of them with words", () => {
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  expect(families.length).toBeGreaterThanOrEqual(14);
  expect(worded.length).toBeGreaterThanOrEqual(10);
});

test.each(worded.map((family) => [family.name, family] as const))(
  "%s: what its words tell can be read from the rendered prompt, and is a change",
  async (_, family) => {
    const task = await taskOf(family, 1);
    const blind = { ...family.moves, random: () => ({}) };
    const llm = oracle({ skill: 1, seed: 1, moves: blind });
    const before = valuesOf(task);
    const { refused, changes } = await stepOn(task, optoPrime(task.parameters, { llm, maxRetries: 0 }));
    expect(refused).toEqual([]);
    expect(changes.length).toBeGreaterThan(0);
    expect(valuesOf(task)).not.toEqual(before);
  },
);

test("without the feedback in the prompt, no family's words are read", async () => {
  for (const family of worded) {
    const task = await taskOf(family, 1);
    const inner = oracle({ skill: 1, seed: 1, moves: { ...family.moves, random: () => ({}) } });
    const deaf = scripted(async (request) => {
      const content = String(request.messages[0]?.content).replace(
        /^# Feedback\n[^]*?\n\n(?=# )/m,
        "# Feedback\n?\n\n",
      );
      return inner.generate({ ...request, messages: [{ role: "user", content }] });
    });
    expect((await stepOn(task, optoPrime(task.parameters, { llm: deaf, maxRetries: 0 }))).changes).toEqual([]);
  }
});
