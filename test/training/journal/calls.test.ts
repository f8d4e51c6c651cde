import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { makeModel } from "../../../src/llm/adapter.ts";
import type { LanguageModel, ModelReply, ModelRequest } from "../../../src/llm/llm.ts";
import { scripted } from "../../../src/llm/scripted.ts";
import { journaledCalls } from "../../../src/training/journal/calls.ts";
import { openRun, type RunStore } from "../../../src/training/journal/folder.ts";
import { readJournal } from "../../../src/training/journal/repair.ts";
import { ExternalCallError, TracegradError } from "../../../src/util/errors.ts";
import { atPath, callExternal, type ExternalCall, intercepted } from "../../../src/util/external-call.ts";
import { counting, failing, newFolder, request, run, typesIn, usage } from "./in-run.ts";
import { SimulatedDisk } from "./simulated-files.ts";

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

  it("of the judge and the optimizer begin before those of the program that wait", async () => {
    const model = counting();
    const ask = (path: string) => atPath(path, () => model.generate(request(path)));
    const program = () => Promise.all(["example a", "example b", "example c", "judge", "step 1"].map(ask));
    const { result } = await run(newFolder(), program, { concurrency: 1 });
    expect(model.asked).toEqual(["example a", "judge", "step 1", "example b", "example c"]);
    expect(result.map(({ text }) => text)).toEqual([1, 4, 5, 2, 3].map((number) => `answer ${number}`));
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
        const slow = makeModel({
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
    await expect(divergence).rejects.toMatchObject({ code: "replay-divergence", name: "ExternalCallError" });
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
    ).rejects.toThrow(/the model differs. The request of counting in the journal ends/);
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
    expect(thrown).toBeInstanceOf(ExternalCallError);
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
      expect(thrown).not.toBeInstanceOf(ExternalCallError);
      expect(thrown).toMatchObject({ name: "TracegradError", code: "model-bad-request", message: "Too long." });
    }
    expect(model.tries).toBe(1);
  });

  it("counts at its upper bound when it may have been billed", async () => {
    const folder = newFolder();
    const model = failing(new TracegradError("model-timeout", "Too late."));
    const asked = { ...request("word ".repeat(100)), maxTokens: 50 };
    await expect(run(folder, () => model.generate(asked))).rejects.toMatchObject({ code: "model-timeout" });
    const { spent } = await run(folder, async () => {});
    expect(spent).toMatchObject({ llmCalls: 1, outputTokens: 50, possiblyPaid: 1 });
    expect(spent.inputTokens).toBeGreaterThanOrEqual(100);
  });

  it.each([
    ["is free", true, {}, 0],
    ["has a price of zero", false, { m: { input: 0, output: 0 } }, 0],
    ["is free, and has a price in the run", true, { m: { input: 1, output: 1 } }, 1],
  ])("is not said to be billed where the model %s", async (_, free, prices, possiblyPaid) => {
    const folder = newFolder();
    const late = new TracegradError("model-timeout", "Too late.");
    const call: ExternalCall<string> = {
      ...{ to: "m", request: { x: 1 }, signal: undefined, free, most: { inputTokens: 9, outputTokens: 50 } },
      ...{ usage: () => undefined, perform: () => Promise.reject(late) },
    };
    const store = await openRun(folder, {});
    const calls = journaledCalls(store, { concurrency: 1, prices });
    await expect(intercepted(calls.intercept, () => callExternal(call))).rejects.toMatchObject({ code: late.code });
    expect(calls.spent()).toMatchObject({ llmCalls: 1, outputTokens: 50, possiblyPaid });
    await store.close();
    const again = await openRun(folder, {});
    expect(journaledCalls(again, { concurrency: 1, prices }).spent()).toMatchObject({ llmCalls: 1, possiblyPaid });
    await again.close();
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

describe("a disk that fails under a call", () => {
  it("keeps a paid reply in memory and gives it to the next process once it could be written", async () => {
    const disk = new SimulatedDisk();
    const owner = (boot: string) => ({ owner: { pid: 1, host: hostname(), started: "1", boot }, patienceMs: 0 });
    const open = (boot: string) =>
      openRun("/runs/full", {}, { files: disk.files, retryDelaysMs: [], lock: owner(boot) });
    const asked: unknown[] = [];
    let full = false;
    disk.plan = (_, name) => (full && name === "write journal.jsonl" ? "half then ENOSPC" : undefined);
    const store = await open("1");
    const { intercept } = journaledCalls(store, { concurrency: 1 });
    const filling = scripted(
      ({ messages }) => {
        full = true;
        return `answer ${asked.push(messages[0]?.content)}`;
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
    expect(asked).toEqual(["x"]);
    full = false;
    await store.close();
    const again = await open("2");
    const calls = journaledCalls(again, { concurrency: 1 });
    const reply = await intercepted(calls.intercept, () => filling.generate(request("x")));
    expect(reply.text).toBe("answer 1");
    expect(asked).toEqual(["x"]);
  });
});
