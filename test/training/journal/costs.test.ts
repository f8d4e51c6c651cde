/** Costs by role, on a run whose program, optimizer and judge all call models. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, parameter, type TrainEvent, type TrainOptions, train } from "tracegrad";
import { split } from "tracegrad/data";
import { llmJudge } from "tracegrad/guides";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { afterEach, expect, test } from "vitest";
import type { Spent } from "../../../src/training/types.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const rows = Array.from({ length: 12 }, (_, index) => ({ input: index, target: index + 8 }));
const prices = {
  solver: { input: 0.1, output: 0.3 },
  teacher: { input: 3, output: 15 },
  grader: { input: 0.7, output: 1.1 },
};

/** A program that asks a model for each sum; the optimizer adds one to its offset; the judge is a model too. */
function options(changes: Partial<TrainOptions<number, number, number>> = {}) {
  const solver = scripted((request) => String(Number(request.messages[0]?.content)), { name: "solver" });
  const teacher = scripted(
    (request) => {
      const now = /\(number\) offset[^]*?```\n(-?[\d.]+)\n```/.exec(String(request.messages[0]?.content))?.[1];
      return JSON.stringify({ reasoning: "One more.", suggestion: { offset: Number(now) + 1 } });
    },
    { name: "teacher" },
  );
  const grader = scripted(
    (request) => {
      const text = String(request.messages[0]?.content);
      const [output, target] = ["output", "target"].map((name) =>
        Number(new RegExp(`${name}\\D*(\\d+)`).exec(text)?.[1]),
      );
      return JSON.stringify({
        reason: "By how far it is off.",
        score: 1 / (1 + Math.abs(Number(target) - Number(output))),
      });
    },
    { name: "grader" },
  );
  const offset = parameter(0, { name: "offset" });
  const ask = bundle(async function ask(sum: number): Promise<number> {
    return Number((await solver.generate({ messages: [{ role: "user", content: String(sum) }] })).text);
  });
  const given: TrainOptions<number, number, number> = {
    agent: (input) => ask(offset.map((value) => value + input)),
    optimizer: optoPrime(offset, { llm: teacher }),
    guide: llmJudge(grader, { rubric: "Near to the target." }),
    // The judge is always content, and the optimizer is to be asked all the same.
    maxScore: Number.POSITIVE_INFINITY,
    data: split(rows, { train: 4, validation: 3 }),
    budget: { steps: 4 },
    prices,
    ...changes,
  };
  return { given, models: { solver, teacher, grader } };
}

function sumOf(
  { byRole: { agent, optimizer, judge } }: Spent,
  name: "llmCalls" | "inputTokens" | "outputTokens",
): number {
  return agent[name] + optimizer[name] + judge[name];
}

test("calls are counted for who made them, and the roles sum up to the whole", async () => {
  const { given, models } = options();
  const { spent } = await train(given).result;
  const { agent, optimizer, judge } = spent.byRole;
  expect(agent.llmCalls).toBe(models.solver.calls.length);
  expect(optimizer.llmCalls).toBe(models.teacher.calls.length);
  expect(judge.llmCalls).toBe(models.grader.calls.length);
  expect([agent.llmCalls, optimizer.llmCalls, judge.llmCalls]).toEqual([19, 4, 19]);
  for (const name of ["llmCalls", "inputTokens", "outputTokens"] as const) expect(sumOf(spent, name)).toBe(spent[name]);
  expect((agent.usd ?? 0) + (optimizer.usd ?? 0) + (judge.usd ?? 0)).toBeCloseTo(spent.usd ?? 0, 12);
  expect(agent.usd).toBeCloseTo((agent.inputTokens * 0.1 + agent.outputTokens * 0.3) / 1e6, 12);
});

test("a price that is missing leaves open the dollars of that role only", async () => {
  const { grader, ...known } = prices;
  const paid: LanguageModel = {
    name: "grader",
    generate: async () => ({
      text: '{"reason":"So so.","score":0.5}',
      stopReason: "end",
      usage: { inputTokens: 9, outputTokens: 9 },
      model: "grader",
    }),
  };
  const { given } = options({ prices: known, guide: llmJudge(paid, { rubric: "Near to the target." }) });
  const { spent } = await train(given).result;
  expect(spent.usd).toBeUndefined();
  expect(spent.byRole.judge.usd).toBeUndefined();
  expect(spent.byRole.optimizer.usd).toBeGreaterThan(0);
  expect(grader.input).toBe(0.7);
});

test("the accounts are the same bytes at concurrency 1 and 16", async () => {
  const run = async (concurrency: number): Promise<string> => {
    const accounts: Spent[] = [];
    for await (const event of train(options({ concurrency }).given)) if ("spent" in event) accounts.push(event.spent);
    return JSON.stringify(accounts, (name, value: unknown) => (name === "seconds" ? undefined : value));
  };
  expect(await run(16)).toBe(await run(1));
});

test("a run that was stopped ends with the accounts of one that was not", async () => {
  const whole = (await train(options().given).result).spent;
  for (const at of ["rollout", "step", "evaluation"] as const) {
    const folder = mkdtempSync(join(tmpdir(), "tracegrad-costs-"));
    folders.push(folder);
    const controller = new AbortController();
    const first = train(options({ folder: join(folder, "run"), signal: controller.signal, concurrency: 1 }).given);
    let seen = 0;
    first.on((event: TrainEvent) => {
      if (event.type === at && ++seen === 3) controller.abort();
    });
    expect((await first.result).reason).toBe("aborted");
    const { spent } = await train(options({ folder: join(folder, "run") }).given).result;
    expect(spent.byRole).toEqual(whole.byRole);
    expect(spent.llmCalls).toBe(whole.llmCalls);
  }
});
