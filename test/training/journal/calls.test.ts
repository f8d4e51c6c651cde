import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LanguageModel, ModelReply, ModelRequest } from "../../../src/llm/llm.ts";
import { reachable } from "../../../src/llm/outside.ts";
import { scripted } from "../../../src/llm/scripted.ts";
import { type CallsOptions, journaledCalls } from "../../../src/training/journal/calls.ts";
import { openRun, type RunStore } from "../../../src/training/journal/folder.ts";
import { readJournal } from "../../../src/training/journal/repair.ts";
import type { Budget } from "../../../src/training/types.ts";
import { OutsideError, TracegradError } from "../../../src/util/errors.ts";
import { atPath, intercepted } from "../../../src/util/outside.ts";
import { temporaryFolder } from "../../llm/folder.ts";

const newFolder = (): string => join(temporaryFolder(), "run");
const request = (text: string): ModelRequest => ({ messages: [{ role: "user", content: text }] });
const usage = { inputTokens: 10, outputTokens: 5 };

/** A model that says which of its calls it answers. */
function counting(): LanguageModel & { readonly asked: string[] } {
  const asked: string[] = [];
  const model = scripted(
    ({ messages }) => {
      asked.push(String(messages[0]?.content));
      return { text: `answer ${asked.length}`, usage };
    },
    { name: "counting" },
  );
  return { ...model, asked };
}

/** A model that fails with `thrown` while `isDown`. */
function failing(thrown: unknown): LanguageModel & { isDown: boolean; tries: number } {
  const generate = async (): Promise<ModelReply> => {
    model.tries += 1;
    if (model.isDown) throw thrown;
    return { text: "up", stopReason: "end", usage, model: "failing" };
  };
  const model = Object.assign(reachable({ name: "failing", generate }), { isDown: true, tries: 0 });
  return model;
}

/** One process of a run: opens it, runs `program` with its calls intercepted, and closes it, or is cut off before. */
async function run<T>(
  folder: string,
  program: (store: RunStore) => Promise<T>,
  options: Partial<CallsOptions> = {},
): Promise<{ result: T; spent: ReturnType<ReturnType<typeof journaledCalls>["spent"]> }> {
  const store = await openRun(folder, {});
  const calls = journaledCalls(store, { concurrency: 8, ...options });
  try {
    const result = await intercepted(calls.intercept, () => program(store));
    return { result, spent: calls.spent() };
  } finally {
    await store.close();
  }
}

async function typesIn(folder: string): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of readJournal(folder)) types.push(type);
  return types;
}

describe("calls of a run", () => {
  it("are made once, and answered from the journal by later processes", async () => {
    const folder = newFolder();
    const model = counting();
    const program = async (): Promise<string[]> => {
      const one = await atPath("a", () => model.generate(request("x")));
      const two = await atPath("b", () => model.generate(request("x")));
      return [one.text, two.text];
    };
    const first = await run(folder, program);
    const second = await run(folder, program);
    expect(first.result).toEqual(["answer 1", "answer 2"]);
    expect(second.result).toEqual(first.result);
    expect(model.asked).toEqual(["x", "x"]);
    expect(second.spent).toMatchObject({ llmCalls: 2, inputTokens: 20, outputTokens: 10, possiblyPaid: 0 });
  });

  it("give the reply only when it is durable", async () => {
    const folder = newFolder();
    await run(folder, async () => {
      await counting().generate(request("x"));
      expect(await typesIn(folder)).toEqual(["call.start", "call.done"]);
    });
  });

  it("are two samples when one path makes the same request twice, each with its own answer", async () => {
    const folder = newFolder();
    const model = counting();
    const program = async (): Promise<string[]> => {
      const replies = await Promise.all([1, 2, 3].map(() => model.generate(request("same"))));
      return replies.map(({ text }) => text);
    };
    const first = await run(folder, program);
    expect(new Set(first.result).size).toBe(3);
    expect((await run(folder, program)).result).toEqual(first.result);
    expect(model.asked).toHaveLength(3);
  });

  it("keep their answers whatever order they come in when the run goes on", async () => {
    const folder = newFolder();
    const model = counting();
    const ask = (name: string, ms: number) =>
      atPath(name, async () => {
        await sleep(ms);
        const one = await model.generate(request("first"));
        await sleep(ms);
        return `${one.text}, ${(await model.generate(request(`after ${one.text}`))).text}`;
      });
    const first = await run(folder, () => Promise.all([ask("a", 1), ask("b", 10), ask("c", 20)]));
    const second = await run(folder, () => Promise.all([ask("a", 20), ask("b", 10), ask("c", 1)]));
    expect(second.result).toEqual(first.result);
    expect(model.asked).toHaveLength(6);
  });

  it("are the same to the program whether they come from the model or from the journal", async () => {
    const folder = newFolder();
    const toolInput = JSON.parse('{"__proto__":1,"z":[null,0.1],"a":"\\ud800 🦉"}') as unknown;
    const model = scripted(() => ({ toolInput, text: "two\nlines" }));
    const program = (): Promise<ModelReply> => model.generate(request("x"));
    const first = await run(folder, program);
    const second = await run(folder, program);
    expect(JSON.stringify(second.result)).toBe(JSON.stringify(first.result));
    expect(Object.keys(second.result.toolInput as object)).toEqual(["__proto__", "z", "a"]);
  });

  it("are numbered anew after a checkpoint, from which the next process goes on", async () => {
    const folder = newFolder();
    const model = counting();
    const program =
      (steps: number) =>
      async (store: RunStore): Promise<string[]> => {
        const { step = 0, texts = [] } = (store.checkpoint ?? {}) as { step?: number; texts?: string[] };
        const all = [...texts];
        for (let now = step; now < steps; now += 1) {
          all.push((await model.generate(request("again"))).text);
          if (now % 2 === 1) await store.saveCheckpoint({ step: now + 1, texts: all });
        }
        return all;
      };
    const first = await run(folder, program(5));
    const second = await run(folder, program(7));
    expect(first.result).toEqual([1, 2, 3, 4, 5].map((n) => `answer ${n}`));
    expect(second.result).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `answer ${n}`));
    expect(model.asked).toHaveLength(7);
  });

  it("stay inside the limit of calls under way, and those of a model within a model wait for nobody", async () => {
    let underWay = 0;
    let most = 0;
    const inner = scripted(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(2);
      underWay -= 1;
      return "inner";
    });
    const outer = scripted(async (asked) => (await inner.generate(asked)).text);
    const { spent } = await run(
      newFolder(),
      () => Promise.all(Array.from({ length: 20 }, (_, n) => outer.generate(request(String(n))))),
      { concurrency: 3 },
    );
    expect(most).toBe(3);
    expect(spent.llmCalls).toBe(20);
  });

  it("keep the caller's place in the run while they wait for their turn", async () => {
    const folder = newFolder();
    await run(
      folder,
      () => Promise.all(["a", "b", "c"].map((path) => atPath(path, () => counting().generate(request("x"))))),
      { concurrency: 1 },
    );
    const keys: string[] = [];
    for await (const { type, data } of readJournal(folder))
      if (type === "call.done") keys.push((data as { key: string }).key);
    expect(keys.map((key) => key.replace(/:.*/, "")).sort()).toEqual(["a", "b", "c"]);
  });

  it("are not made any more once their caller has aborted", async () => {
    const model = counting();
    const controller = new AbortController();
    const { signal } = controller;
    await run(
      newFolder(),
      async () => {
        const slow = reachable({
          ...model,
          generate: () => sleep(30).then(() => ({ text: "", stopReason: "end", usage, model: "" }) as const),
        });
        const calls = [slow.generate(request("1"), { signal }), model.generate(request("2"), { signal })];
        await sleep(5);
        controller.abort();
        await expect(calls[1]).rejects.toMatchObject({ name: "AbortError" });
        await calls[0];
      },
      { concurrency: 1 },
    );
    expect(model.asked).toEqual([]);
  });
});

describe("a run that asks something else than before", () => {
  const ask = (model: LanguageModel, asked: ModelRequest) => () => atPath("step 3", () => model.generate(asked));

  it.each<[string, ModelRequest]>([
    ["system", { ...request("x"), system: "Be brief." }],
    ["messages", request("y")],
    ["tool", { ...request("x"), tool: { name: "t", description: "", inputSchema: {} } }],
    ["maxTokens", { ...request("x"), maxTokens: 9 }],
    ["temperature", { ...request("x"), temperature: 1 }],
  ])("is stopped, and told that %s differs, with the place and both ends", async (field, other) => {
    const folder = newFolder();
    await run(folder, ask(counting(), request("x")));
    const model = counting();
    const divergence = run(folder, ask(model, other));
    await expect(divergence).rejects.toMatchObject({ code: "replay-divergence", name: "OutsideError" });
    await expect(divergence).rejects.toThrow(
      new RegExp(`at "step 3", call 0\\.1: the ${field} differs.* ends ".*"; this one of counting ends ".*"`),
    );
    expect(model.asked).toEqual([]);
  });

  it("is told when another model is asked", async () => {
    const folder = newFolder();
    await run(folder, ask(counting(), request("x")));
    await expect(
      run(
        folder,
        ask(
          scripted(() => "", { name: "other" }),
          request("x"),
        ),
      ),
    ).rejects.toThrow(/the model differs. The journal's request of counting ends/);
  });

  it("is told at the first of several calls, made together or one after the other", async () => {
    const folder = newFolder();
    const model = counting();
    const program = (texts: string[]) => async () => {
      await model.generate(request("before"));
      await Promise.all(texts.map((text) => model.generate(request(text))));
      await model.generate(request("after"));
    };
    await run(folder, program(["a", "b"]));
    await expect(run(folder, program(["a", "c"]))).rejects.toThrow(/at its start, call 1\.2: the messages differs/);
    await run(folder, program(["a", "b"]));
    expect(model.asked).toHaveLength(4);
  });

  it("is not accused when only chance changed the order of its calls", async () => {
    const folder = newFolder();
    const model = counting();
    // In one path: two chains side by side, of which now one, now the other is ahead; the second process goes further.
    const program = (fast: string, slow: string, length: number) => () =>
      Promise.all(
        [fast, slow].map(async (name) => {
          for (let n = 0; n < length; n += 1) {
            await model.generate(request(`${name}${n}`));
            await sleep(name === fast ? 1 : 8);
          }
        }),
      );
    await run(folder, program("a", "b", 3));
    await run(folder, program("b", "a", 5));
    expect(model.asked).toHaveLength(10);
  });
});

describe("a call that fails", () => {
  it("is thrown as an error of the world outside, kept, and made again by the next process", async () => {
    const folder = newFolder();
    const model = failing(new TracegradError("model-unavailable", "It is down."));
    const thrown = await run(folder, () => model.generate(request("x"))).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OutsideError);
    expect(thrown).toMatchObject({ code: "model-unavailable", message: "It is down." });
    expect(await typesIn(folder)).toEqual(["call.start", "call.fail"]);
    model.isDown = false;
    const { result, spent } = await run(folder, () => model.generate(request("x")));
    expect(result.text).toBe("up");
    // Nothing was billed for the failure.
    expect(spent).toMatchObject({ llmCalls: 2, inputTokens: 10, possiblyPaid: 0 });
  });

  it("lets the program go another way when the call succeeds the next time", async () => {
    const folder = newFolder();
    const model = failing(new Error("lost connection"));
    const other = counting();
    const program = async (): Promise<string> => {
      const first = await model.generate(request("x")).catch(() => undefined);
      return (await other.generate(request(first === undefined ? "without" : "with"))).text;
    };
    await run(folder, program);
    model.isDown = false;
    await run(folder, program);
    expect(other.asked).toEqual(["without", "with"]);
  });

  it("is the answer when the model cannot take the request, and is not made again", async () => {
    const folder = newFolder();
    const model = failing(new TracegradError("model-bad-request", "Too long."));
    for (const _ of [1, 2]) {
      const thrown = await run(folder, () => model.generate(request("x"))).catch((error: unknown) => error);
      expect(thrown).not.toBeInstanceOf(OutsideError);
      expect(thrown).toMatchObject({ name: "TracegradError", code: "model-bad-request", message: "Too long." });
    }
    expect(model.tries).toBe(1);
  });

  it("counts at its upper bound when it may have been billed", async () => {
    const folder = newFolder();
    const model = failing(new TracegradError("model-timeout", "Too late."));
    const asked = { ...request("x".repeat(400)), maxTokens: 50 };
    await expect(run(folder, () => model.generate(asked))).rejects.toMatchObject({ code: "model-timeout" });
    const { spent } = await run(folder, async () => {});
    expect(spent).toMatchObject({ llmCalls: 1, outputTokens: 50, possiblyPaid: 1 });
    expect(spent.inputTokens).toBeGreaterThanOrEqual(100);
  });

  it("stays an abort when its caller aborted it", async () => {
    const abort = Object.assign(new Error("aborted"), { name: "AbortError" });
    await expect(run(newFolder(), () => failing(abort).generate(request("x")))).rejects.toBe(abort);
  });
});

describe("a call that was under way when its process died", () => {
  it("counts at its upper bound, is listed, and is made again", async () => {
    const folder = newFolder();
    const start = {
      key: "a:0123:0",
      at: "0.1",
      to: "m",
      fields: {},
      tail: "",
      most: { inputTokens: 7, outputTokens: 90 },
    };
    const dead = await openRun(folder, {});
    await dead.append("call.start", start);
    await dead.close();
    const store = await openRun(folder, {});
    const calls = journaledCalls(store, { concurrency: 1, prices: { m: { input: 1, output: 10 } } });
    expect(calls.spent()).toMatchObject({ llmCalls: 1, inputTokens: 7, outputTokens: 90, possiblyPaid: 1 });
    expect(calls.spent().usd).toBeCloseTo(907e-6, 12);
    expect(calls.possiblyPaid()).toEqual([{ key: "a:0123:0", to: "m", most: start.most }]);
    await store.append("call.start", start);
    await store.append("call.done", { key: start.key, reply: "r", usage, model: null, seconds: 1 });
    await store.close();
    const again = await openRun(folder, {});
    // The one that was lost stays lost, although the same call was made again.
    expect(journaledCalls(again, { concurrency: 1 }).spent()).toMatchObject({
      llmCalls: 2,
      inputTokens: 17,
      possiblyPaid: 1,
    });
    await again.close();
  });
});

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
    await expect(over).rejects.toMatchObject({ code: "budget", name: "OutsideError" });
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

  it("a model without a price is an error under a budget of dollars, and makes the sum unknown without one", async () => {
    const model = counting();
    const program = (): Promise<ModelReply> => model.generate(asked);
    await expect(run(newFolder(), program, { budget: { usd: 1 } })).rejects.toMatchObject({
      code: "no-price",
      message: expect.stringContaining('prices: { "counting": { input, output } }'),
    });
    expect(model.asked).toEqual([]);
    expect((await run(newFolder(), program)).spent.usd).toBeUndefined();
    const prices = { counting: { input: 0, output: 0 } };
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
      expect(() => journaledCalls(store, { concurrency: 1, ...options }), JSON.stringify(options)).toThrow(
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
              reachable({
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

describe("a disk that fails under a call", () => {
  it("keeps a paid reply in memory and gives it to the next process once it could be written", async () => {
    const { hostname } = await import("node:os");
    const { SimulatedDisk } = await import("./simulated-files.ts");
    const disk = new SimulatedDisk();
    const owner = (boot: string) => ({ owner: { pid: 1, host: hostname(), started: "1", boot }, patienceMs: 0 });
    const open = (boot: string) =>
      openRun("/runs/full", {}, { files: disk.files, retryDelaysMs: [], lock: owner(boot) });
    const model = counting();
    let full = false;
    disk.plan = (_, name) => (full && name === "write journal.jsonl" ? "half then ENOSPC" : undefined);
    const store = await open("1");
    const { intercept } = journaledCalls(store, { concurrency: 1 });
    const filling = scripted(
      async (asked) => {
        full = true;
        return (await model.generate(asked)).text;
      },
      { name: "filling" },
    );
    await expect(intercepted(intercept, () => filling.generate(request("x")))).rejects.toMatchObject({
      code: "journal-write",
    });
    // With a full disk no further call is even made.
    await expect(intercepted(intercept, () => filling.generate(request("y")))).rejects.toMatchObject({
      code: "journal-write",
    });
    expect(model.asked).toEqual(["x"]);
    full = false;
    await store.close();
    const again = await open("2");
    const calls = journaledCalls(again, { concurrency: 1 });
    const reply = await intercepted(calls.intercept, () => filling.generate(request("x")));
    expect(reply.text).toBe("answer 1");
    expect(model.asked).toEqual(["x"]);
  });
});
