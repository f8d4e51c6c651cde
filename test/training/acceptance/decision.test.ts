/** The decision at the end of a run: what it may spend, and that it is made once, however often the run is taken up again. */

import { join } from "node:path";
import {
  bundle,
  code,
  gepa,
  type LanguageModel,
  metered,
  OptoPrime,
  parameter,
  split,
  type TrainOptions,
  t,
  train,
} from "tracegrad";
import { readRun } from "tracegrad/extend";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";

/** Answers 1 to 5, each better than the one before. */
function rewriter(): LanguageModel {
  let count = 0;
  return scripted(() => {
    count += 1;
    return { toolInput: { reasoning: "", suggestion: { level: String(count % 6) } } };
  });
}

/** A model that a program pays for: a thousand tokens in, and a hundred out of at most five hundred. */
const paid: LanguageModel = {
  name: "paid",
  generate: async ({ messages }) => ({
    text: JSON.stringify(messages),
    stopReason: "end",
    usage: { inputTokens: 1000, outputTokens: 100 },
    model: "paid",
  }),
};

interface Setting extends Partial<TrainOptions<number, string, number>> {
  readonly onRun?: () => void;
}

/** A program whose level decides on which examples it is right: more with each level. */
function options({ onRun, ...changes }: Setting = {}): TrainOptions<number, string, number> {
  const level = parameter("0", { name: "level" });
  const llm = metered(paid);
  const ask = bundle(async function ask(prompt: string, _input: number): Promise<string> {
    await llm.generate({ messages: [{ role: "user", content: prompt }], maxTokens: 500 });
    return prompt;
  });
  const rows = Array.from({ length: 44 }, (_, index) => ({ input: index, target: index }));
  return {
    agent: (input) => ask(t`${level}`, input),
    optimizer: new OptoPrime(level, { llm: rewriter() }),
    guide: code((input: number, output: string) => {
      onRun?.();
      return input % 6 < Number(output) ? 1 : 0;
    }),
    data: split(rows, { train: 4, validation: 40 }),
    search: gepa({ merges: 0 }),
    acceptance: "proven",
    concurrency: 1,
    prices: { paid: { input: 1, output: 1 } },
    ...changes,
  };
}

describe("the budget keeps what the decision will cost", () => {
  test.each<[string, NonNullable<TrainOptions["budget"]>]>([
    ["judged runs", { metricCalls: 150 }],
    ["US dollars", { usd: 0.17 }],
    ["tokens", { tokens: 170_000 }],
    ["model calls", { llmCalls: 160 }],
  ])("of %s", async (_, budget) => {
    const { reason, verdict, spent, best, start } = await train(options({ budget })).result;
    expect(reason).toBe("budget");
    expect(start.decision?.outcomes).toHaveLength(20);
    expect(best.id).toBe(verdict?.finalist);
    expect(verdict?.validation.finding).toBe("proven better");
    const used = { ...spent, tokens: spent.inputTokens + spent.outputTokens };
    for (const [name, most] of Object.entries(budget)) {
      expect(used[name as keyof typeof used]).toBeLessThanOrEqual(most);
      // Not much more is kept than the decision takes.
      expect(Number(used[name as keyof typeof used])).toBeGreaterThan(0.8 * most);
    }
  });
});

test("a run that is cut off on the examples that decide ships the start, says so, and decides when it is taken up again", async () => {
  const folder = join(await temporaryFolder(), "run");
  const cancel = new AbortController();
  const budget = { metricCalls: 150 };
  let runs = 0;
  const onRun = (): void => {
    runs += 1;
    // The run judges 150 times, the last 40 of them to decide.
    if (runs === 130) cancel.abort();
  };
  const cut = await train(options({ folder, budget, signal: cancel.signal, onRun })).result;
  expect(cut.best).toEqual(cut.start);
  expect(cut.warnings.join()).toMatch(/has not decided whether its best candidate ships, so the start does/);
  const whole = await train(options({ budget })).result;
  const again = await train(options({ folder, budget })).result;
  expect(again.best.id).toBe(whole.best.id);
  expect(again.verdict).toEqual(whole.verdict);
  expect(again.spent.metricCalls).toBe(whole.spent.metricCalls);
});

test("a finished run that is started again neither judges nor decides again; one with more budget decides once more", async () => {
  const folder = join(await temporaryFolder(), "run");
  const start = async (metricCalls: number): Promise<readonly [number, number]> => {
    const { spent } = await train(options({ folder, budget: { metricCalls } })).result;
    const { events } = await readRun(folder);
    return [events.filter(({ type }) => type === "decision").length, spent.metricCalls];
  };
  const [once, judged] = await start(100);
  expect(once).toBe(1);
  expect(await start(100)).toEqual([1, judged]);
  const [twice] = await start(200);
  expect(twice).toBe(2);
});
