import { EventEmitter, once } from "node:events";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeModel } from "../../../src/llm/adapter.ts";
import type { ModelReply } from "../../../src/llm/llm.ts";
import { scripted } from "../../../src/llm/scripted.ts";
import { type CallsOptions, journaledCalls } from "../../../src/training/journal/calls.ts";
import { openRun } from "../../../src/training/journal/folder.ts";
import type { Budget } from "../../../src/training/types.ts";
import { TracegradError } from "../../../src/util/errors.ts";
import { intercepted } from "../../../src/util/external-call.ts";
import { counting, newFolder, request, run, typesIn, usage } from "./in-run.ts";

describe("budgets", () => {
  const asked = { ...request("x".repeat(40)), maxTokens: 100 };

  it.each<[string, Budget, RegExp]>([
    [
      "llmCalls",
      { llmCalls: 2 },
      /budget of 2 model calls \(budget.llmCalls\).* would have spent 3\. The call was not made/,
    ],
    ["tokens", { tokens: 150 }, /budget of 150 tokens/],
    ["usd", { usd: 0.002 }, /budget of 0.002 US dollars/],
  ])("%s are checked before a call, which then is not made", async (_, budget, message) => {
    const model = counting();
    const folder = newFolder();
    const prices = { counting: { input: 1, output: 15 } };
    const program = async (): Promise<void> => {
      for (let n = 0; n < 9; n += 1) await model.generate({ ...asked, temperature: n });
    };
    const over = run(folder, program, { budget, prices });
    await expect(over).rejects.toMatchObject({ code: "budget", name: "ExternalCallError" });
    await expect(over).rejects.toThrow(message);
    expect(model.asked.length).toBeGreaterThan(0);
    expect((await typesIn(folder)).filter((type) => type === "call.start")).toHaveLength(model.asked.length);
    // What earlier processes have spent counts.
    await expect(run(folder, program, { budget, prices })).rejects.toMatchObject({ code: "budget" });
    const { spent } = await run(folder, async () => {});
    expect(spent.llmCalls).toBe(model.asked.length);
  });

  it("seconds are those of this process, by the clock that is given", async () => {
    let now = 0;
    const model = scripted(() => {
      now += 400;
      return "";
    });
    const program = async (): Promise<void> => {
      for (let n = 0; n < 9; n += 1) await model.generate(request(String(n)));
    };
    const options = { budget: { seconds: 1 }, clock: () => now };
    const folder = newFolder();
    await expect(run(folder, program, options)).rejects.toThrow("budget of 1 seconds");
    expect(model.calls).toHaveLength(4);
    await expect(run(folder, program, options)).rejects.toThrow("budget of 1 seconds");
    expect(model.calls.length).toBeGreaterThan(8);
  });

  it("a call that waits for room ends as soon as its own signal aborts", async () => {
    const stage = new EventEmitter();
    const [released, sent] = [once(stage, "release"), once(stage, "sent")];
    const model = makeModel({
      name: "slow",
      generate: async () => {
        stage.emit("sent");
        await released;
        return { text: "", stopReason: "end", usage, model: "slow" };
      },
    });
    const program = async (): Promise<void> => {
      const first = model.generate(asked);
      await sent;
      const abort = new AbortController();
      const second = model.generate({ ...asked, temperature: 1 }, { signal: abort.signal });
      for (let turn = 0; turn < 20; turn += 1) await setImmediate(); // until it waits
      abort.abort();
      // The first call is still in flight, and its upper bound leaves no room.
      await expect(second).rejects.toMatchObject({ name: "AbortError" });
      stage.emit("release");
      await first;
    };
    const { spent } = await run(newFolder(), program, { budget: { tokens: 150 }, concurrency: 2 });
    expect(spent.llmCalls).toBe(1);
  });

  it("a model without a price is an error under a budget of dollars, and makes the sum unknown without one", async () => {
    const paid: string[] = [];
    const model = makeModel({
      name: "paid",
      generate: async ({ messages }) => {
        paid.push(String(messages[0]?.content));
        return { text: "", stopReason: "end", usage, model: "paid" };
      },
    });
    const program = (): Promise<ModelReply> => model.generate(asked);
    await expect(run(newFolder(), program, { budget: { usd: 1 } })).rejects.toMatchObject({
      code: "no-price",
      message: expect.stringContaining('prices: { "paid": { input, output } }'),
    });
    expect(paid).toEqual([]);
    expect((await run(newFolder(), program)).spent.usd).toBeUndefined();
    const prices = { paid: { input: 0, output: 0 } };
    expect((await run(newFolder(), program, { budget: { usd: 1 }, prices })).spent.usd).toBe(0);
  });

  it("are refused when they or a price cannot be", async () => {
    const store = await openRun(undefined, {});
    const bad: Partial<CallsOptions>[] = [
      { concurrency: 0 },
      { concurrency: 1.5 },
      { budget: { usd: -1 } },
      { budget: { tokens: Number.NaN } },
      { prices: { m: { input: -1, output: 1 } } },
      { prices: { m: { input: Number.NaN, output: 1 } } },
    ];
    for (const options of bad) {
      expect(() => journaledCalls(store, { concurrency: 1, ...options })).toThrow(
        expect.objectContaining({ code: "bad-option" }),
      );
    }
  });

  it("are never overspent while calls keep within their upper bounds, and are used as far as those allow", async () => {
    const price = { input: 3, output: 15 };
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          tokens: fc.option(fc.integer({ min: 1, max: 4_000 }), { nil: undefined }),
          usd: fc.option(fc.double({ min: 0.0001, max: 0.03, noNaN: true }), { nil: undefined }),
          llmCalls: fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined }),
        }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(
          fc.record({
            maxTokens: fc.integer({ min: 0, max: 300 }),
            used: fc.double({ min: 0, max: 1, noNaN: true }),
            turns: fc.integer({ min: 0, max: 5 }),
            fails: fc.constantFrom("no", "no", "no", "no", "billed", "free"),
          }),
          { maxLength: 30 },
        ),
        async (limits, concurrency, calls) => {
          const billed = { calls: 0, tokens: 0, usd: 0 };
          const budget = Object.fromEntries(Object.entries(limits).filter(([, most]) => most !== undefined));
          const store = await openRun(undefined, {});
          const { intercept, spent } = journaledCalls(store, { concurrency, budget, prices: { m: price } });
          const made = calls.map(({ maxTokens, used, turns, fails }, n) =>
            intercepted(intercept, () =>
              makeModel({
                name: "m",
                generate: async (): Promise<ModelReply> => {
                  billed.calls += 1;
                  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
                  if (fails === "free") throw new TracegradError("model-unavailable", "down");
                  const cost = { inputTokens: 10, outputTokens: Math.floor(maxTokens * used) };
                  billed.tokens += cost.inputTokens + cost.outputTokens;
                  billed.usd += (cost.inputTokens * price.input + cost.outputTokens * price.output) / 1e6;
                  if (fails === "billed") throw new Error("lost");
                  return { text: "", stopReason: "end", usage: cost, model: "m" };
                },
              }).generate({ messages: [{ role: "user", content: `call ${n}` }], maxTokens }),
            ),
          );
          const results = await Promise.allSettled(made);
          expect(billed.calls).toBeLessThanOrEqual(limits.llmCalls ?? Number.POSITIVE_INFINITY);
          expect(billed.tokens).toBeLessThanOrEqual(limits.tokens ?? Number.POSITIVE_INFINITY);
          expect(billed.usd).toBeLessThanOrEqual((limits.usd ?? Number.POSITIVE_INFINITY) * (1 + 1e-9));
          const sum = spent();
          expect(sum.llmCalls).toBe(billed.calls);
          // Never less than was billed, and the same to the token when nothing was lost.
          const counted = sum.inputTokens + sum.outputTokens;
          if (sum.possiblyPaid === 0) expect(counted).toBe(billed.tokens);
          else expect(counted).toBeGreaterThanOrEqual(billed.tokens);
          const refused = results.filter((one) => one.status === "rejected" && one.reason.code === "budget");
          expect(refused.length + billed.calls).toBe(calls.length);
          // A call is refused only when what is really spent leaves no room for it.
          if (refused.length > 0 && limits.usd === undefined && limits.tokens === undefined) {
            expect(billed.calls).toBe(limits.llmCalls);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
