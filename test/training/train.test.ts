/**
 * The learning loop, on a real program: a number is learned from verbal feedback, by a scripted model that reads the
 * prompt.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  batch,
  bundle,
  estimate,
  interactive,
  type Node,
  parameter,
  parametersOf,
  type TrainEvent,
  type TrainOptions,
  train,
} from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { add } from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { afterEach, expect, test } from "vitest";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "tracegrad-train-"));
  folders.push(made);
  return join(made, "run");
}

/** Reads `(number) offset` and the feedback of the prompt, and moves half of the way that the feedback tells. */
function skilful() {
  return scripted((request) => {
    const prompt = String(request.messages[0]?.content);
    const now = Number(/\(number\) offset[^]*?```\n(-?[\d.]+)\n```/.exec(prompt)?.[1]);
    const off = [...prompt.matchAll(/too (low|high) by ([\d.]+)/g)].map(
      ([, side, size]) => (side === "low" ? 1 : -1) * Number(size),
    );
    const mean = off.length === 0 ? 0 : off.reduce((sum, one) => sum + one, 0) / off.length;
    return JSON.stringify({ reasoning: "Half of the way.", suggestion: { offset: now + mean / 2 } });
  });
}

const rows = Array.from({ length: 12 }, (_, index) => ({ input: index, target: index + 8 }));

function options(changes: Partial<TrainOptions<number, number, number>> = {}): TrainOptions<number, number, number> {
  const offset = parameter(0, { name: "offset" });
  const guide = code<number, number, number>((_input, output, target) => {
    const off = target - output;
    const text = off === 0 ? "Right." : `too ${off > 0 ? "low" : "high"} by ${Math.abs(off)}`;
    return { score: 1 / (1 + Math.abs(off)), text };
  });
  return {
    agent: (input: number): Node<number> => add(input, offset),
    optimizer: optoPrime(offset, { llm: skilful() }),
    guide,
    data: split(rows, { train: 4, validation: 4 }),
    budget: { steps: 5 },
    ...changes,
  };
}

async function eventsOf(given: TrainOptions<number, number, number>): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(given)) events.push(event);
  return events;
}

test("training raises the validation score step by step, and leaves the best program live", async () => {
  const given = options({ template: batch(2) });
  const { best, baseline, reason, spent } = await train(given).result;
  expect(reason).toBe("budget");
  expect(best.values).toEqual({ offset: 7.75 });
  expect(best.validation?.mean).toBeGreaterThan(baseline.validation?.mean ?? 1);
  expect(parametersOf(given.optimizer.parameters)[0]?.data).toBe(7.75);
  expect(spent).toMatchObject({ steps: 5, llmCalls: 5 });
});

test("a model that makes it worse ships the starting artifact", async () => {
  const worse = scripted(() => JSON.stringify({ reasoning: "", suggestion: { offset: -1000 } }));
  const offset = parameter(7.5, { name: "offset" });
  const given = options({
    agent: (input: number) => add(input, offset),
    optimizer: optoPrime(offset, { llm: worse }),
  });
  const { best } = await train(given).result;
  expect(best.step).toBe(0);
  expect(offset.data).toBe(7.5);
});

test("the same seed and replies give the same result and the same events at concurrency 1 and 16", async () => {
  const run = async (concurrency: number) => {
    const events = await eventsOf(options({ template: batch(3), concurrency, seed: 5 }));
    return JSON.stringify(events, (name, value: unknown) => (["graph", "seconds"].includes(name) ? undefined : value));
  };
  expect(await run(16)).toBe(await run(1));
});

test("a run that was stopped goes on to the result of one that was not", async () => {
  const whole = await train(options({ template: interactive() })).result;
  const place = folder();
  const controller = new AbortController();
  const first = train(options({ template: interactive(), folder: place, signal: controller.signal }));
  first.on((event) => {
    if (event.type === "step" && event.step === 2) controller.abort();
  });
  expect((await first.result).reason).toBe("aborted");
  const model = skilful();
  const offset = parameter(0, { name: "offset" });
  const second = options({ template: interactive(), folder: place });
  const resumed = await train({
    ...second,
    agent: (input: number) => add(input, offset),
    optimizer: optoPrime(offset, { llm: model }),
  }).result;
  expect(resumed.candidates).toEqual(whole.candidates);
  expect(resumed.spent.llmCalls).toBe(5);
  expect(model.calls.length).toBeLessThanOrEqual(4);
});

test("the sealed test set is read once, at the end, for the start and the chosen program", async () => {
  const given = options({ test: true });
  const result = await train(given).result;
  expect(given.data.test.reads).toHaveLength(1);
  expect(result.test?.best.mean).toBeGreaterThan(result.test?.baseline.mean ?? 1);
});

test("a test without sealed examples has no scores, and a warning says why", async () => {
  const data = split(rows.slice(0, 8), { train: 4, validation: 4 });
  const { test: read, verdict, warnings } = await train(options({ data, test: true })).result;
  expect([read, verdict?.test]).toEqual([undefined, undefined]);
  expect(warnings).toContainEqual(expect.stringMatching(/^`test: true` has no effect: no examples are sealed\./));
});

test("a program that fails is learned from; a guide that fails is reported, and ends the run after three steps", async () => {
  const offset = parameter(0, { name: "offset" });
  const fail = bundle(function fail(_x: number): number {
    throw new RangeError("no");
  });
  const failing = options({
    agent: (input: number) => fail(add(input, offset)),
    optimizer: optoPrime(offset, { llm: skilful() }),
  });
  const events = await eventsOf({ ...failing, budget: { steps: 1 } });
  expect(events.find((event) => event.type === "rollout")).toMatchObject({
    outcome: { score: 0, failure: { of: "agent" } },
  });
  const broken = options({ guide: () => ({ score: Number.NaN, text: "" }) });
  expect((await train(broken).result).reason).toBe("failures");
});

test("budgets are kept: evaluations before a round, model calls before a call", async () => {
  const few = await train(options({ budget: { steps: 50, evaluations: 11 } })).result;
  expect(few).toMatchObject({ reason: "budget" });
  expect(few.spent.evaluations).toBeLessThanOrEqual(11);
  const two = await train(options({ budget: { steps: 50, llmCalls: 2 } })).result;
  expect(two).toMatchObject({ reason: "budget", spent: { llmCalls: 2 } });
});

test("bad options are refused before anything runs", () => {
  expect(() => train(options({ concurrency: 0 }))).toThrow(/concurrency/);
  expect(() => train(options({ budget: { llmCalls: Number.NaN } }))).toThrow(/budget\.llmCalls/);
  const { guide, ...unjudged } = options();
  expect(guide).toBeDefined();
  expect(() => train(unjudged)).toThrow(/either an `agent` and a `guide`, or an `environment`/);
});

test("a dry run tells the most that a run takes, and no run takes more", async () => {
  const given = options({ template: batch(2), test: true });
  const perRun = { llmCalls: 0, inputTokens: 0, outputTokens: 0 };
  const perStep = { llmCalls: 1, inputTokens: 1_000, outputTokens: 100 };
  const most = estimate(given, { perRun, perStep, price: { input: 3, output: 15 } });
  expect(most).toMatchObject({ steps: 5, evaluations: { train: 10, validation: 24, test: 8, all: 42 }, llmCalls: 10 });
  expect(most.usd).toBeCloseTo((10_000 * 3 + 1_000 * 15) / 1e6);
  const { spent } = await train(given).result;
  expect(spent.evaluations).toBeLessThanOrEqual(most.evaluations.all);
  expect(spent.llmCalls).toBeLessThanOrEqual(most.llmCalls);
});

test("a run inside of a run's program is one of its own, and the outer run warns that it does not count its calls", async () => {
  const inner = async () => {
    const { best } = await train(options({ budget: { steps: 1 } })).result;
    return Number(best.values["offset"]);
  };
  const learn = bundle(async (_offset: number, _input: number) => inner(), { name: "learn" });
  const offset = parameter(0, { name: "offset" });
  const { warnings, spent } = await train({
    ...options({ budget: { steps: 1 } }),
    agent: (input) => learn(offset, input),
    optimizer: optoPrime(offset, { llm: skilful() }),
  }).result;
  expect(warnings.filter((text) => text.startsWith("train() was called by the program of a run."))).toHaveLength(1);
  expect(spent.byRole.agent.llmCalls).toBe(0);
});
