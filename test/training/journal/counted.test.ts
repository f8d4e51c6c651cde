/**
 * What is counted of calls: retries, calls inside of calls, calls whose replies are not kept, and replies that say
 * nothing.
 */

import { describe, expect, it } from "vitest";
import { makeModel } from "../../../src/llm/adapter.ts";
import { anthropic } from "../../../src/llm/anthropic.ts";
import type { LanguageModel, ModelReply } from "../../../src/llm/llm.ts";
import { meter } from "../../../src/llm/meter.ts";
import { readJournal } from "../../../src/training/journal/repair.ts";
import { callExternal, callInstantly, type ExternalCall } from "../../../src/util/external-call.ts";
import * as api from "../../llm/messages-server.ts";
import { counting, newFolder, request, run, typesIn, usage } from "./in-run.ts";

/** A model of a user's own: it knows nothing of runs. */
function own(reply: Partial<ModelReply> = {}, name = "own"): LanguageModel & { readonly times: () => number } {
  let times = 0;
  const generate = async (): Promise<ModelReply> => {
    times += 1;
    return { text: `answer ${times}`, stopReason: "end", usage, model: name, ...reply };
  };
  return { name, generate, times: () => times };
}

/** A call whose reply is not kept. */
function aside(used: Partial<typeof usage> | undefined, perform: () => Promise<unknown> = async () => "reply") {
  const most = { inputTokens: 20, outputTokens: 30 };
  const call: ExternalCall<unknown> = {
    to: "sdk",
    request: undefined,
    signal: undefined,
    most,
    usage: () => used,
    perform,
  };
  return callExternal(call);
}

describe("a model of one's own", () => {
  it("is counted, held and kept once it is metered", async () => {
    const folder = newFolder();
    const model = own();
    const program = () => meter(model).generate(request("x"));
    const first = await run(folder, program);
    const second = await run(folder, program);
    expect([first.result.text, second.result.text, model.times()]).toEqual(["answer 1", "answer 1", 1]);
    expect(second.spent).toMatchObject({ llmCalls: 1, inputTokens: 10, outputTokens: 5 });
    const over = run(newFolder(), program, { budget: { llmCalls: 0 } });
    await expect(over).rejects.toMatchObject({ code: "budget", name: "ExternalCallError" });
    expect(model.times()).toBe(1);
  });

  it("is bound by its own maxTokens", async () => {
    const program = (maxTokens: number) => () => meter({ ...own(), maxTokens }).generate(request("x"));
    const budget = { tokens: 200 };
    expect((await run(newFolder(), program(100), { budget })).spent.llmCalls).toBe(1);
    await expect(run(newFolder(), program(300), { budget })).rejects.toMatchObject({ code: "budget" });
  });

  it("is metered once, however often it is wrapped", async () => {
    const model = own();
    const { spent } = await run(newFolder(), () => meter(meter(model)).generate(request("x")));
    expect([spent.llmCalls, model.times()]).toEqual([1, 1]);
    const known = counting();
    expect(meter(known)).toBe(known);
  });

  it("that refuses a request refuses it for good, and the program is to blame", async () => {
    const folder = newFolder();
    let times = 0;
    const refusing = meter({
      name: "strict",
      generate: async () => {
        times += 1;
        throw Object.assign(new Error("the prompt is too long"), { status: 400 });
      },
    });
    for (const _ of [1, 2]) {
      const thrown = await run(folder, () => refusing.generate(request("x"))).catch((error: unknown) => error);
      expect(thrown).toMatchObject({ name: "TracegradError", code: "model-bad-request" });
      expect(String(thrown)).toContain("the prompt is too long");
    }
    expect(times).toBe(1);
    expect((await run(folder, async () => {})).spent).toMatchObject({ llmCalls: 1, outputTokens: 0, possiblyPaid: 0 });
  });

  it("works as before outside of a run", async () => {
    expect((await meter(own()).generate(request("x"))).text).toBe("answer 1");
  });
});

describe("a model that calls others", () => {
  /** Asks three times and gives the last answer, with its usage alone. */
  const thrice = (inner: LanguageModel): LanguageModel => ({
    name: "thrice",
    generate: async (asked) => {
      await inner.generate(asked);
      await inner.generate(asked);
      return inner.generate(asked);
    },
  });

  it("is counted by the calls that it makes, and kept as a whole", async () => {
    const folder = newFolder();
    const model = own();
    const program = () => meter(thrice(meter(model))).generate(request("x"));
    const options = { budget: { llmCalls: 3 }, prices: { own: { input: 1, output: 2 } } };
    const first = await run(folder, program, options);
    const second = await run(folder, program, options);
    expect([second.result.text, model.times()]).toEqual(["answer 3", 3]);
    for (const { spent } of [first, second]) {
      expect(spent).toMatchObject({ llmCalls: 3, inputTokens: 30, outputTokens: 15, possiblyPaid: 0 });
      expect(spent.usd).toBeCloseTo(60e-6, 12);
    }
  });

  it("is stopped in the middle by the budget, with what it has called counted", async () => {
    const folder = newFolder();
    const model = own();
    const program = () => meter(thrice(meter(model))).generate(request("x"));
    await expect(run(folder, program, { budget: { llmCalls: 2 } })).rejects.toMatchObject({ code: "budget" });
    const { spent } = await run(folder, async () => {});
    expect([spent.llmCalls, model.times()]).toEqual([2, 2]);
  });

  it("waits neither for its own place in the queue nor for its own reservation", async () => {
    const model = { ...own(), maxTokens: 100 };
    const outer = meter({ ...thrice(meter(model)), maxTokens: 100 });
    const program = () => Promise.all(["x", "y"].map((text) => outer.generate(request(text))));
    const { spent } = await run(newFolder(), program, { concurrency: 1, budget: { tokens: 200 } });
    expect(spent.llmCalls).toBe(6);
  });

  it("and gives no reply itself keeps the replies of those it calls", async () => {
    const folder = newFolder();
    const model = own();
    let made = 0;
    const program = () =>
      aside(undefined, async () => {
        made += 1;
        return (await meter(model).generate(request("x"))).text;
      });
    expect((await run(folder, program)).spent).toMatchObject({ llmCalls: 1, inputTokens: 10 });
    const again = await run(folder, program);
    expect([again.result, model.times(), made]).toEqual(["answer 1", 1, 2]);
    expect((await run(folder, async () => {})).spent).toMatchObject({ llmCalls: 1, possiblyPaid: 0 });
  });
});

describe("retries", () => {
  const options = { apiKey: "k", backoffMs: 1, maxTokens: 50 };

  it("are counted as requests, with what broken ones were seen to use, now and by a resumed run", async () => {
    const cut = api.cuts(api.START, api.textBlock("Hel"));
    const server = await api.startServer([api.fails(529, "overloaded_error"), cut, api.GOOD]);
    const model = anthropic("claude-test", { ...options, baseURL: server.url });
    const folder = newFolder();
    const first = await run(folder, () => model.generate(request("x")));
    const second = await run(folder, async () => {});
    for (const { spent } of [first, second]) {
      expect(spent).toMatchObject({ llmCalls: 3, inputTokens: 24, outputTokens: 8, possiblyPaid: 0 });
    }
    expect(first.result.usage).toEqual({ inputTokens: 24, outputTokens: 8 });
    await server.close();
  });

  it("are counted when the call fails in the end", async () => {
    const server = await api.startServer([api.cuts(api.START, api.textBlock("Hel"))]);
    const model = anthropic("claude-test", { ...options, baseURL: server.url, maxRetries: 2 });
    const folder = newFolder();
    await expect(run(folder, () => model.generate(request("x")))).rejects.toMatchObject({ code: "model-unavailable" });
    const { spent } = await run(folder, async () => {});
    expect(spent).toMatchObject({ llmCalls: 3, inputTokens: 36, outputTokens: 3, possiblyPaid: 0 });
    await server.close();
  });

  it("are not made any more when the budget does not allow them", async () => {
    const server = await api.startServer([api.cuts(api.START, api.textBlock("Hel"))]);
    const model = anthropic("claude-test", { ...options, baseURL: server.url, maxRetries: 9 });
    for (const budget of [{ llmCalls: 2 }, { tokens: 80 }]) {
      const folder = newFolder();
      const before = server.received.length;
      await expect(run(folder, () => model.generate(request("x")), { budget })).rejects.toMatchObject({
        code: "budget",
      });
      const { spent } = await run(folder, async () => {});
      expect(spent).toMatchObject({ llmCalls: 2, inputTokens: 24, outputTokens: 2 });
      expect(server.received.length - before).toBe(2);
    }
    await server.close();
  });

  it("count at the upper bound when they were left before their end", async () => {
    const server = await api.startServer([api.hangs([api.START])]);
    const model = anthropic("claude-test", { ...options, baseURL: server.url, timeoutMs: 60 });
    const folder = newFolder();
    await expect(run(folder, () => model.generate(request("x")))).rejects.toMatchObject({ code: "model-timeout" });
    expect((await run(folder, async () => {})).spent).toMatchObject({ outputTokens: 50, possiblyPaid: 1 });
    await server.close();
  });
});

describe("a model that is to know when its reply is recorded", () => {
  const hearing = (folder: string, seen: string[][], outcome: () => Promise<ModelReply>): LanguageModel =>
    makeModel({
      name: "own",
      async generate(_request, _options, requests) {
        await requests.onRecorded(async () => void seen.push(await typesIn(folder)));
        return outcome();
      },
    });

  it("hears of it when the journal has it, before the program gets it", async () => {
    const [folder, seen]: [string, string[][]] = [newFolder(), []];
    const model = hearing(folder, seen, () => own().generate(request("x")));
    const { result } = await run(folder, async () => {
      await model.generate(request("x"));
      return seen.map((types) => types.includes("call.done"));
    });
    expect(result).toEqual([true]);
  });

  it("hears nothing when it fails", async () => {
    const [folder, seen]: [string, string[][]] = [newFolder(), []];
    const model = hearing(folder, seen, () => Promise.reject(new Error("down")));
    await expect(run(folder, () => model.generate(request("x")))).rejects.toMatchObject({ code: "call-failed" });
    expect(seen).toEqual([]);
  });
});

describe("a call whose reply is not kept", () => {
  it("is counted each time, and made again by a resumed run", async () => {
    const folder = newFolder();
    let made = 0;
    const program = () => aside(usage, async () => ++made);
    const first = await run(folder, program);
    const second = await run(folder, program);
    expect([first.result, second.result]).toEqual([1, 2]);
    expect(second.spent).toMatchObject({ llmCalls: 2, inputTokens: 20, outputTokens: 10 });
    for await (const { type, data } of readJournal(folder)) {
      if (type === "call.done") expect(data).not.toHaveProperty("reply");
    }
  });

  it("is checked against the budget first, by its own upper bound", async () => {
    let made = 0;
    const program = () => aside(usage, async () => ++made);
    await expect(run(newFolder(), program, { budget: { tokens: 49 } })).rejects.toMatchObject({ code: "budget" });
    expect(made).toBe(0);
    await run(newFolder(), program, { budget: { tokens: 50 } });
    expect(made).toBe(1);
  });

  it("gives the reply itself, and throws the error itself", async () => {
    const reply = new (class Reply {})();
    const given = await run(newFolder(), () => aside(usage, async () => reply));
    expect(given.result).toBe(reply);
    const error = new RangeError("bad");
    await expect(run(newFolder(), () => aside(usage, () => Promise.reject(error)))).rejects.toBe(error);
  });

  it("counts at its upper bound when it failed, but not when the server refused it", async () => {
    const spentAfter = async (error: Error) => {
      const folder = newFolder();
      await run(folder, () => aside(usage, () => Promise.reject(error))).catch(() => undefined);
      return (await run(folder, async () => {})).spent;
    };
    expect(await spentAfter(new Error("lost"))).toMatchObject({ llmCalls: 1, outputTokens: 30, possiblyPaid: 1 });
    const refused = Object.assign(new Error("429"), { status: 429 });
    expect(await spentAfter(refused)).toMatchObject({ llmCalls: 1, outputTokens: 0, possiblyPaid: 0 });
  });

  it("may differ from before without a later question being taken for another program's", async () => {
    const folder = newFolder();
    const model = counting();
    let made = 0;
    const program = async () => {
      const said = await aside(usage, async () => ++made);
      return (await model.generate(request(`judge ${String(said)}`))).text;
    };
    await run(folder, program);
    expect((await run(folder, program)).result).toBe("answer 2");
  });

  it("that is made at once is counted at its upper bound, or refused", async () => {
    const folder = newFolder();
    const most = { inputTokens: 20, outputTokens: 30 };
    const program = async () => callInstantly({ to: "sdk", most });
    await run(folder, program);
    expect((await run(folder, program)).spent).toMatchObject({ llmCalls: 2, inputTokens: 40, possiblyPaid: 0 });
    await expect(run(folder, program, { budget: { llmCalls: 2 } })).rejects.toMatchObject({ code: "budget" });
  });
});

describe("a reply that does not say what it used", () => {
  const silent = own({ usage: undefined as never });
  const program = () => meter(silent).generate(request("x"));

  it.each([{ tokens: 100_000 }, { usd: 1 }])("is an error under %j, which names the mend", async (budget) => {
    const prices = { own: { input: 1, output: 1 } };
    const folder = newFolder();
    for (const _ of [1, 2]) {
      const failing = run(folder, program, { budget, prices });
      await expect(failing).rejects.toMatchObject({ code: "uncounted", name: "ExternalCallError" });
      await expect(failing).rejects.toThrow(/reply of own does not say.*meter.*meterCall\(call/s);
    }
  });

  it("is a warning without such a limit, and makes the dollars unknown", async () => {
    const warnings: string[] = [];
    const prices = { own: { input: 1, output: 1 } };
    const folder = newFolder();
    const options = { prices, budget: { llmCalls: 9 }, onWarning: (message: string) => warnings.push(message) };
    const twice = async () => {
      await program();
      await program();
    };
    const { spent } = await run(folder, twice, options);
    expect(spent).toMatchObject({ llmCalls: 2, inputTokens: 0, usd: undefined });
    expect((await run(folder, async () => {}, options)).spent.usd).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining("Replies of own do not say")]);
  });

  it("is fine when its model is free and only dollars are limited", async () => {
    const prices = { own: { input: 0, output: 0 } };
    expect((await run(newFolder(), program, { budget: { usd: 1 }, prices })).spent.usd).toBe(0);
  });
});
