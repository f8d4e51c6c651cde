/**
 * Plain steps, as a search along one line of programs: what goes live, what counts, what is bought, and what resuming
 * gives.
 */

import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import {
  batch,
  bundle,
  type Node,
  parameter,
  type TrainEvent,
  type TrainOptions,
  type TrainResult,
  train,
} from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import type { LanguageModel } from "tracegrad/llm";
import { add } from "tracegrad/operators";
import { Optimizer, optoPrime } from "tracegrad/optimizers";
import { readRun } from "tracegrad/report";
import { scripted } from "tracegrad/testing";
import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";

const rows = Array.from({ length: 12 }, (_, index) => ({ input: index, target: index + 8 }));

interface Setting extends Partial<TrainOptions<number, number, number>> {
  /** The value that each step suggests, the last one again and again. */
  readonly suggested?: readonly number[];
  /** The model in place of that. */
  readonly llm?: () => LanguageModel;
}

/** A program that adds an offset, judged by how near it comes to 8. */
function setting({ suggested = [2, 4, 6], llm: model, ...changes }: Setting = {}) {
  const offset = parameter(0, { name: "offset" });
  const counts = { judged: 0, asked: 0 };
  const llm = scripted(() => {
    counts.asked += 1;
    const value = suggested[Math.min(counts.asked, suggested.length) - 1];
    return { toolInput: { reasoning: "", suggestion: { offset: value } } };
  });
  const options: TrainOptions<number, number, number> = {
    agent: (input: number): Node<number> => add(input, offset),
    optimizer: optoPrime(offset, { llm: model?.() ?? llm }),
    guide: code<number, number, number>((_input, output, target) => {
      counts.judged += 1;
      return { score: 1 / (1 + Math.abs(target - output)), text: "Nearer to the target is better." };
    }),
    data: split(rows, { train: 6, validation: 4 }),
    budget: { steps: 3 },
    ...changes,
  };
  return { offset, counts, options };
}

async function eventsOf(options: TrainOptions<number, number, number>): Promise<[TrainEvent[], TrainResult]> {
  const events: TrainEvent[] = [];
  const run = train(options);
  for await (const event of run) events.push(event);
  return [events, await run.result];
}

test("the program of each step is live while it is scored, and the best one at the end", async () => {
  const { offset, options } = setting({ suggested: [6, 2, 4] });
  const live: number[] = [];
  const run = train(options);
  run.on((event) => {
    if (event.type === "evaluation" && event.step > 0) live.push(offset.data);
  });
  await run.result;
  expect(live).toEqual([6, 2, 4]);
  expect(offset.data).toBe(6);
  expect(options.optimizer.state.history().map((state) => state.values["offset"])).toEqual([0, 6, 2, 4, 6]);
});

test("each step runs as many examples as its template wants", async () => {
  for (const size of [1, 4]) {
    const [events] = await eventsOf(setting({ template: batch(size) }).options);
    for (const step of [1, 2, 3]) {
      expect(events.filter((event) => event.type === "rollout" && event.step === step)).toHaveLength(size);
    }
  }
});

const sum = bundle(function sum(input: number, offset: number): number {
  if (offset === 100) throw new RangeError("That is too much.");
  return input + offset;
});

test("steps whose runs all failed are free when that is asked for, and counted when it is not", async () => {
  for (const [countFailedSteps, steps] of [
    [true, 3],
    [false, 5],
  ] as const) {
    const { offset, options } = setting({ suggested: [100, 100, 1, 2, 3], countFailedSteps, rollback: {} });
    const agent = (input: number): Node<number> => sum(input, offset);
    const { spent } = await train({ ...options, agent }).result;
    expect(spent.steps).toBe(steps);
  }
});

test("rollback returns to the best program, says so, and the next step starts from there", async () => {
  const { options } = setting({ suggested: [6, -90, 7], rollback: { below: 0.8 } });
  const [events, { candidates }] = await eventsOf(options);
  const [, six, , seven] = candidates;
  expect(seven?.parents).toEqual([six?.id]);
  expect(events).toContainEqual({
    type: "warning",
    message: "Step 2: back to the candidate of step 1, since the score fell too far below the best.",
  });
});

test("a score below zero has fallen below a share of the best by its distance, not by its sign", async () => {
  // The second program scores -20.1 or -25 where the best has -20: five tenths of a percent less, and a quarter.
  for (const [second, isBack] of [
    [-20.1, false],
    [-25, true],
  ] as const) {
    const guide = code((_input: number, output: number) => output);
    const data = split(
      rows.map(({ target }) => ({ input: 0, target })),
      { train: 6, validation: 4 },
    );
    const { options } = setting({ suggested: [-20, second, -21], rollback: { below: 0.8 }, data, guide });
    const from = parameter(-30, { name: "offset" });
    const agent = (input: number): Node<number> => add(input, from);
    const optimizer = optoPrime(from, { llm: (options.optimizer as Optimizer).llm as LanguageModel });
    const [, { candidates }] = await eventsOf({ ...options, agent, optimizer });
    const [, best, fallen, last] = candidates;
    expect(last?.parents).toEqual([isBack ? best?.id : fallen?.id]);
  }
});

test("the last step is scored even where no evaluation was due", async () => {
  const [events, { best }] = await eventsOf(setting({ evaluateEvery: 2 }).options);
  const scored = events.flatMap((event) => (event.type === "evaluation" ? [event.candidate] : []));
  expect(scored).toHaveLength(3);
  expect(best.values).toEqual({ offset: 6 });
});

test("a step that the budget could not score is not begun, and all that was judged is counted", async () => {
  for (let evaluations = 4; evaluations <= 30; evaluations += 1) {
    const { counts, options } = setting({
      template: batch(3),
      budget: { evaluations, steps: 8 },
      suggested: [1, 2, 3, 4],
    });
    const { spent, candidates } = await train(options).result;
    expect(spent.evaluations).toBe(counts.judged);
    expect(spent.evaluations).toBeLessThanOrEqual(evaluations);
    expect(candidates.filter(({ validation }) => validation === undefined)).toEqual([]);
    expect(counts.asked).toBe(Math.floor((evaluations - 4) / 7));
  }
});

test("a run that is cut off by a budget of calls counts what was judged in the step", async () => {
  const { counts, options } = setting({ template: batch(3), budget: { llmCalls: 1, steps: 8 } });
  const { spent, reason } = await train(options).result;
  expect(reason).toBe("budget");
  expect(spent.evaluations).toBe(counts.judged);
});

test("a proposal that changes nothing is not scored again", async () => {
  const { counts, options } = setting({ suggested: [0], budget: { steps: 3 } });
  const { candidates } = await train(options).result;
  expect(candidates).toHaveLength(1);
  expect(counts.judged).toBe(4 + 3);
});

/** Answers each prompt in a way of its own, and the same prompt alike, in every process. */
const moody = () =>
  scripted((request) => {
    const offset = (createHash("sha256").update(JSON.stringify(request)).digest()[0] as number) % 16;
    return { toolInput: { reasoning: "", suggestion: { offset } } };
  });

test("a run that was stopped at any event goes on to the same bytes as one that was not", async () => {
  const place = temporaryFolder();
  const changes: Setting = { rollback: { below: 0.9 }, budget: { steps: 8 }, llm: moody };
  const bytesOf = async (folder: string): Promise<string> => {
    const { candidates, best, events } = await readRun(folder);
    const told = events.filter(({ type }) => !["start", "spent", "end"].includes(type));
    return JSON.stringify({ candidates, best, told });
  };
  const whole = join(place, "whole");
  const calm = setting({ ...changes, folder: whole });
  const [events] = await eventsOf(calm.options);
  expect(events.some((event) => event.type === "warning" && event.message.includes("back to the candidate"))).toBe(
    true,
  );
  for (let at = 1; at < events.length; at += 3) {
    const folder = join(place, `stopped-${at}`);
    const controller = new AbortController();
    const first = train(setting({ ...changes, folder, signal: controller.signal }).options);
    let seen = 0;
    first.on(() => {
      seen += 1;
      if (seen === at) controller.abort();
    });
    await first.result;
    const { offset, options } = setting({ ...changes, folder });
    await train(options).result;
    expect(await bytesOf(folder)).toBe(await bytesOf(whole));
    expect(offset.data).toBe(calm.offset.data);
  }
});

test("what a step writes does not grow with the steps before it", async () => {
  const folder = join(temporaryFolder(), "run");
  const { options } = setting({
    suggested: Array.from({ length: 60 }, (_, index) => index + 100),
    budget: { steps: 60 },
  });
  const sizes: number[] = [];
  const run = train({ ...options, folder });
  run.on((event) => {
    if (event.type === "round") sizes.push(statSync(join(folder, "journal.jsonl")).size);
  });
  await run.result;
  const written = sizes.map((size, index) => size - (sizes[index - 1] ?? 0));
  const [early, late] = [written.slice(2, 12), written.slice(-10)].map((some) => Math.max(...some)) as [number, number];
  expect(late).toBeLessThan(early * 1.1);
});

test("a run in memory makes JSON of nothing that it says", async () => {
  const { options } = setting();
  const stringify = vi.spyOn(JSON, "stringify");
  await train(options).result;
  const texts = stringify.mock.results.map(({ value }) => String(value)).filter((text) => text.includes("exampleId"));
  stringify.mockRestore();
  expect(texts).toEqual([]);
});

test("a plain step has no sample key, so a step by hand with the same seed samples the same", async () => {
  const { offset, options } = setting({ budget: { steps: 2 } });
  const sampleKeys: (string | undefined)[] = [];
  const optimizer = new Optimizer(offset, {
    name: "listener",
    init: () => null,
    propose: async (_credit, state, { sampleKey }) => {
      sampleKeys.push(sampleKey);
      return [{ updates: [], refused: [], reasoning: "", exchanges: [] }, state];
    },
  });
  await train({ ...options, optimizer }).result;
  expect(sampleKeys).toEqual([undefined, undefined]);
});
