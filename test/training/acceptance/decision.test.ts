/**
 * The decision at the end of a run: what it may spend, and that it is made once, however often the run is taken up
 * again.
 */

import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle, parameter, type TrainOptions, t, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { type LanguageModel, meter } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { readRun } from "tracegrad/report";
import { gepa } from "tracegrad/search";
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
  readonly llm?: LanguageModel;
}

/** A program whose level decides on which examples it is right: more with each level. */
function options({
  onRun,
  llm: rewriting = rewriter(),
  ...changes
}: Setting = {}): TrainOptions<number, string, number> {
  const level = parameter("0", { name: "level" });
  const llm = meter(paid);
  const ask = bundle(async function ask(prompt: string, _input: number): Promise<string> {
    await llm.generate({ messages: [{ role: "user", content: prompt }], maxTokens: 500 });
    return prompt;
  });
  const rows = Array.from({ length: 44 }, (_, index) => ({ input: index, target: index }));
  return {
    agent: (input) => ask(t`${level}`, input),
    optimizer: optoPrime(level, { llm: rewriting }),
    guide: code((input: number, output: string) => {
      onRun?.();
      return input % 6 < Number(output) ? 1 : 0;
    }),
    data: split(rows, { train: 4, validation: 40 }),
    search: gepa({ maxMerges: 0 }),
    acceptance: "proven",
    concurrency: 1,
    prices: { paid: { input: 1, output: 1 } },
    ...changes,
  };
}

describe("the budget keeps what the decision will cost", () => {
  test.each<[string, NonNullable<TrainOptions["budget"]>]>([
    ["evaluations", { evaluations: 150 }],
    ["US dollars", { usd: 0.17 }],
    ["tokens", { tokens: 170_000 }],
    ["model calls", { llmCalls: 160 }],
  ])("of %s", async (_, budget) => {
    const { reason, verdict, spent, best, baseline } = await train(options({ budget })).result;
    expect(reason).toBe("budget");
    expect(baseline.decision?.outcomes).toHaveLength(20);
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
  const budget = { evaluations: 150 };
  let runs = 0;
  const onRun = (): void => {
    runs += 1;
    // The run judges 150 times, the last 40 of them to decide.
    if (runs === 130) cancel.abort();
  };
  const cut = await train(options({ folder, budget, signal: cancel.signal, onRun })).result;
  expect(cut.best).toEqual(cut.baseline);
  expect(cut.warnings.join()).toMatch(/has not decided whether the finalist ships, so the baseline ships/);
  const whole = await train(options({ budget })).result;
  const again = await train(options({ folder, budget })).result;
  expect(again.best.id).toBe(whole.best.id);
  expect(again.verdict).toEqual(whole.verdict);
  expect(again.spent.evaluations).toBe(whole.spent.evaluations);
});

/** Answers the same question with the same level, from 0 to 39, in whatever process. */
function steadyRewriter(): LanguageModel {
  return scripted((request) => {
    const sum = [...JSON.stringify(request)].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 99_991, 7);
    return { toolInput: { reasoning: "", suggestion: { level: String(sum % 40) } } };
  });
}

test.each<[string, NonNullable<TrainOptions["budget"]>]>([
  ["US dollars", { usd: 0.17 }],
  ["tokens", { tokens: 170_000 }],
  ["model calls", { llmCalls: 160 }],
])("a run that was killed keeps as much of its %s as one that was not, and ends the same", async (_, budget) => {
  const base = await temporaryFolder();
  const folder = join(base, "run");
  const guide = code((input: number, output: string) => ((input * 7) % 40 < Number(output) ? 1 : 0));
  const start = (place: string) => train(options({ budget, guide, llm: steadyRewriter(), folder: place })).result;
  const whole = await start(folder);
  const lines = (await readFile(join(folder, "journal.jsonl"), "utf8")).split("\n");
  const { length } = lines;
  for (let end = 20; end < length; end += 37) {
    // A call that was under way may have been paid, and is paid again: less is left then.
    const last = lines.slice(0, end).findLastIndex((line) => !line.includes('"call.start"'));
    const killed = join(base, `killed-${end}`);
    await cp(folder, killed, { recursive: true });
    await writeFile(join(killed, "journal.jsonl"), `${lines.slice(0, last + 1).join("\n")}\n`);
    const { candidates, best, verdict, spent } = await start(killed);
    expect(candidates.map(({ id }) => id)).toEqual(whole.candidates.map(({ id }) => id));
    expect([best.id, verdict, spent.evaluations]).toEqual([whole.best.id, whole.verdict, whole.spent.evaluations]);
  }
});

test("a finished run that is started again neither judges nor decides again; one with more budget decides once more", async () => {
  const folder = join(await temporaryFolder(), "run");
  const start = async (evaluations: number): Promise<readonly [number, number]> => {
    const { spent } = await train(options({ folder, budget: { evaluations } })).result;
    const { events } = await readRun(folder);
    return [events.filter(({ type }) => type === "decision").length, spent.evaluations];
  };
  const [once, judged] = await start(100);
  expect(once).toBe(1);
  expect(await start(100)).toEqual([1, judged]);
  const [twice] = await start(200);
  expect(twice).toBe(2);
});

test("a run whose budget is raised again and again has room each time to decide on a better candidate", async () => {
  const folder = join(await temporaryFolder(), "run");
  const guide = code((_: number, output: string) => Number(output) / 100);
  let count = 0;
  const llm = scripted(() => {
    count += 1;
    return { toolInput: { reasoning: "", suggestion: { level: String(count) } } };
  });
  const decided: number[] = [];
  for (const evaluations of [110, 180, 250, 320]) {
    const { verdict } = await train(options({ folder, guide, llm, budget: { evaluations } })).result;
    expect(verdict?.isDecided).toBe(true);
    const { progress } = await readRun(folder);
    decided.push(progress.decisions.length);
  }
  expect(decided).toEqual([1, 2, 3, 4]);
});
