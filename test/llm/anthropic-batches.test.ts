/** `anthropic()` in batches, with the real SDK against a server on this machine. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { evaluate } from "tracegrad";
import { exactMatch } from "tracegrad/guides";
import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { anthropic, type MessageBatchOptions } from "../../src/llm/anthropic.ts";
import { limiter } from "../../src/llm/limiter.ts";
import type { LanguageModel, ModelReply, ModelRequest } from "../../src/llm/llm.ts";
import { isAbort } from "../../src/util/abort.ts";
import { type Intercept, intercepted, uncounted } from "../../src/util/external-call.ts";
import { answered, type BatchesPlan, type BatchesServer, type Ending, startBatchesServer } from "./batches-server.ts";
import { temporaryFolder } from "./folder.ts";
import { type Behaviour, cuts, fails } from "./messages-server.ts";

const started: BatchesServer[] = [];

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await Promise.all(started.splice(0).map(({ server }) => server.close()));
});

async function start(plan: BatchesPlan = {}): Promise<BatchesServer> {
  const server = await startBatchesServer(plan);
  started.push(server);
  return server;
}

function modelOf({ server }: BatchesServer, batch: MessageBatchOptions = {}, options: object = {}): LanguageModel {
  const given = { apiKey: "sk-test", baseURL: server.url, backoffMs: 1, ...options };
  return anthropic("claude-test", { ...given, batch: { windowMs: 50, pollMs: 1, ...batch } });
}

const ask = (content: string): ModelRequest => ({ messages: [{ role: "user", content }], maxTokens: 10 });

/** Asks inside of a run that notes what its requests used. */
async function noted(
  model: LanguageModel,
  request: ModelRequest,
): Promise<{ reply?: ModelReply; thrown?: unknown; counts: unknown[] }> {
  const counts: unknown[] = [];
  const note: Intercept = (call) =>
    call.perform(call.signal, {
      ...uncounted,
      ended: (used) => counts.push(used),
      again: async () => void counts.push("again"),
    });
  try {
    return { reply: await intercepted(note, () => model.generate(request)), counts };
  } catch (thrown) {
    return { thrown, counts };
  }
}

describe("requests of one window", () => {
  it("go as one batch, and each gets its own answer, whatever the order of the results", async () => {
    const served = await start();
    const model = modelOf(served);
    const replies = await Promise.all(["a", "b", "c"].map((text) => model.generate(ask(text))));
    expect(replies.map(({ text }) => text)).toEqual(["A", "B", "C"]);
    expect(replies[0]).toEqual({
      ...{ text: "A", stopReason: "end", model: "claude-test-1" },
      usage: { inputTokens: 12, outputTokens: 7 },
    });
    expect(served.asked()).toEqual([["a", "b", "c"]]);
  });

  it("are two requests when they are equal", async () => {
    const served = await start();
    const model = modelOf(served);
    await Promise.all([model.generate(ask("a")), model.generate(ask("a"))]);
    expect(new Set(served.batches[0]?.requests.map(({ custom_id }) => custom_id)).size).toBe(2);
  });

  it("do not wait for those of the next one", async () => {
    const served = await start();
    const model = modelOf(served);
    await model.generate(ask("a"));
    await model.generate(ask("b"));
    expect(served.asked()).toEqual([["a"], ["b"]]);
  });

  it("are sent as those of a call are, but not streamed", async () => {
    const served = await start();
    await modelOf(served, {}, { promptCaching: true }).generate({ ...ask("a"), system: "s", temperature: 0 });
    expect(served.batches[0]?.requests[0]?.params).toEqual({
      ...{ model: "claude-test", max_tokens: 10, temperature: 0, messages: [{ role: "user", content: "a" }] },
      system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }],
    });
  });

  it("are not held by a limiter, whose limits are those of single requests", async () => {
    const served = await start();
    const model = limiter({ concurrency: 1, requestsPerMinute: 1 })(modelOf(served));
    await Promise.all([model.generate(ask("a")), model.generate(ask("b"))]);
    expect(served.asked()).toEqual([["a", "b"]]);
  });
});

describe("a request that was not answered", () => {
  const endings = (result: object, asked = "bad"): Ending => {
    return (text) => (text === asked ? result : answered(text));
  };
  const errored = (type: string) => ({ type: "errored", error: { type: "error", error: { type, message: "no" } } });

  it.each([
    { what: "expired", result: { type: "expired" }, code: "model-unavailable" },
    { what: "canceled", result: { type: "canceled" }, code: "model-unavailable" },
    { what: "an invalid request", result: errored("invalid_request_error"), code: "model-bad-request" },
    { what: "no rights", result: errored("permission_error"), code: "model-config" },
  ])("fails its own call alone, and costs nothing: $what", async ({ result, code }) => {
    const served = await start({ ending: endings(result) });
    const model = modelOf(served);
    const [bad, good] = await Promise.all([noted(model, ask("bad")), noted(model, ask("good"))]);
    expect(bad.thrown).toMatchObject({ name: "TracegradError", code });
    expect(bad.counts).toEqual([{ inputTokens: 0, outputTokens: 0 }]);
    expect(good.reply?.text).toBe("GOOD");
    expect(good.counts).toEqual([{ inputTokens: 12, outputTokens: 7 }]);
    expect(served.batches).toHaveLength(1);
  });

  it("goes into another batch after a fault that passes", async () => {
    let isFirst = true;
    const ending: Ending = (text) => {
      if (!isFirst) return answered(text);
      isFirst = false;
      return errored("overloaded_error");
    };
    const served = await start({ ending });
    const { reply, counts } = await noted(modelOf(served), ask("a"));
    expect(reply?.text).toBe("A");
    expect(counts).toEqual([{ inputTokens: 0, outputTokens: 0 }, "again", { inputTokens: 12, outputTokens: 7 }]);
    expect(served.asked()).toEqual([["a"], ["a"]]);
  });
});

describe("a fault of the API", () => {
  it.each(["create", "look", "results"] as const)("that passes is waited for: %s", async (place) => {
    const served = await start({ faults: { [place]: [fails(529, "overloaded_error"), fails(500, "api_error")] } });
    expect((await modelOf(served).generate(ask("a"))).text).toBe("A");
    expect(served.batches).toHaveLength(1);
  });

  it("in the middle of the results has them read again", async () => {
    const served = await start({ faults: { results: [cuts('{"custom_id": "x", "res')] } });
    expect((await modelOf(served).generate(ask("a"))).text).toBe("A");
    expect(served.batches).toHaveLength(1);
  });

  it.each([
    ["tears the connection", (response: ServerResponse) => void response.socket?.resetAndDestroy()],
    ["is a gateway's", fails(502, "api_error")],
    ["is a timeout of a gateway", fails(504, "timeout_error")],
    ["is a timeout", fails(408, "timeout_error")],
  ])("that %s while a batch is sent counts it in full, since it may have arrived", async (_, fault) => {
    const served = await start({ faults: { create: [fault] } });
    const { reply, counts } = await noted(modelOf(served), ask("a"));
    expect(reply?.text).toBe("A");
    expect(counts).toEqual(["unknown", "again", { inputTokens: 12, outputTokens: 7 }]);
  });

  it("that lets no connection come about counts nothing", async () => {
    const served = await start();
    await served.server.close();
    const { thrown, counts } = await noted(modelOf(served, {}, { maxRetries: 2 }), ask("a"));
    expect(thrown).toMatchObject({ code: "model-unavailable", message: expect.stringContaining("ECONNREFUSED") });
    expect(counts).toEqual([{ inputTokens: 0, outputTokens: 0 }]);
  });

  it("that does not pass fails all calls of the batch, and costs nothing", async () => {
    const served = await start({ faults: { create: [fails(401, "authentication_error")] } });
    const model = modelOf(served);
    for (const { thrown, counts } of await Promise.all([noted(model, ask("a")), noted(model, ask("b"))])) {
      expect(thrown).toMatchObject({ code: "model-config" });
      expect(counts).toEqual([{ inputTokens: 0, outputTokens: 0 }]);
    }
  });

  it("ends at timeoutMs, and cancels the batch", async () => {
    const served = await start({ hasEnded: () => false });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const asking = noted(modelOf(served, {}, { timeoutMs: 600_000 }), ask("a"));
    await vi.advanceTimersByTimeAsync(50);
    while (served.batches.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(600_000);
    const { thrown, counts } = await asking;
    vi.useRealTimers();
    expect(thrown).toMatchObject({ code: "model-timeout" });
    expect(counts).toEqual(["unknown"]);
    await expect.poll(() => served.batches[0]?.isCancelled).toBe(true);
  });
});

describe("abort", () => {
  const asking = (model: LanguageModel, text: string, { signal }: AbortController): Promise<unknown> =>
    model.generate(ask(text), { signal }).catch((error: unknown) => error);

  it("before the window closes takes the request out", async () => {
    const served = await start();
    const model = modelOf(served);
    const controller = new AbortController();
    const [gone, stays] = [asking(model, "a", controller), model.generate(ask("b"))];
    controller.abort();
    expect(isAbort(await gone)).toBe(true);
    expect((await stays).text).toBe("B");
    expect(served.asked()).toEqual([["b"]]);
  });

  it("of all requests before the window closes sends nothing, and the next one begins a batch", async () => {
    const served = await start();
    const model = modelOf(served);
    const controller = new AbortController();
    const gone = asking(model, "a", controller);
    controller.abort();
    await gone;
    expect((await model.generate(ask("b"))).text).toBe("B");
    expect(served.asked()).toEqual([["b"]]);
  });

  it.each([
    { others: ["b"], sent: [["b"]] },
    { others: [], sent: [] },
  ])("while the batch is refused takes the request out of it: with $others", async ({ others, sent }) => {
    const controller = new AbortController();
    const refuse: Behaviour = (response, request) => {
      controller.abort();
      fails(529, "overloaded_error")(response, request);
    };
    const served = await start({ faults: { create: [refuse] } });
    const model = modelOf(served);
    const gone = asking(model, "a", controller);
    await Promise.all(others.map((text) => model.generate(ask(text))));
    expect(isAbort(await gone)).toBe(true);
    await model.generate(ask("next"));
    expect(served.asked()).toEqual([...sent, ["next"]]);
  });

  it("while the batch is sent cancels it, and leaves its results to an equal request", async () => {
    const controller = new AbortController();
    const served = await start({ onArrival: () => controller.abort() });
    const model = modelOf(served);
    expect(isAbort(await asking(model, "a", controller))).toBe(true);
    await expect.poll(() => served.batches[0]?.isCancelled).toBe(true);
    expect((await model.generate(ask("a"))).text).toBe("A");
    expect(served.batches).toHaveLength(1);
  });

  it("of the last one that waits cancels the batch, and not before", async () => {
    const served = await start({ hasEnded: () => false });
    const model = modelOf(served);
    const [first, last] = [new AbortController(), new AbortController()];
    const both = [asking(model, "a", first), asking(model, "b", last)];
    await expect.poll(() => served.batches.length).toBe(1);
    first.abort();
    expect(isAbort(await both[0])).toBe(true);
    expect(served.batches[0]?.isCancelled).toBe(false);
    last.abort();
    expect(isAbort(await both[1])).toBe(true);
    await expect.poll(() => served.batches[0]?.isCancelled).toBe(true);
  });
});

describe("a process that goes on with a run", () => {
  it("takes the results of the batch that was under way, and sends only what is new", async () => {
    let isOver = false;
    const served = await start({ hasEnded: () => isOver });
    const folder = join(temporaryFolder(), "batches");
    // What dies does not say so: this process just looks no more.
    const dead = modelOf(served, { folder, pollMs: 1_000_000 });
    for (const text of ["a", "a", "b"]) dead.generate(ask(text)).catch(() => undefined);
    await expect.poll(() => readdirSync(folder)).toEqual(["msgbatch_1.json"]);
    isOver = true;
    const model = modelOf(served, { folder });
    const replies = await Promise.all(["b", "c", "a", "a", "a"].map((text) => model.generate(ask(text))));
    expect(replies.map(({ text }) => text)).toEqual(["B", "C", "A", "A", "A"]);
    expect(served.asked()).toEqual([
      ["a", "a", "b"],
      ["c", "a"],
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("that was killed has its batch read by the next one, and each answered call is paid once", async () => {
    let isOver = false;
    const served = await start({ hasEnded: () => isOver });
    const folder = temporaryFolder();
    const doors = ["index.js", "llm/anthropic.js", "doors/guides.js"].map(
      (file) => pathToFileURL(join(inject("builtPackage"), "dist", file)).href,
    );
    const batch = { folder: join(folder, "batches"), windowMs: 100, pollMs: 20 };
    const source = `
      import { evaluate } from ${JSON.stringify(doors[0])};
      import { anthropic } from ${JSON.stringify(doors[1])};
      import { exactMatch } from ${JSON.stringify(doors[2])};
      const llm = anthropic("claude-test", { apiKey: "k", baseURL: process.env.MODEL_URL, batch: ${JSON.stringify(batch)} });
      const agent = async (content) => (await llm.generate({ messages: [{ role: "user", content }] })).text;
      const data = ["a", "b", "c"].map((input) => ({ input, target: input.toUpperCase() }));
      const options = { folder: ${JSON.stringify(join(folder, "run"))}, concurrency: 100 };
      const { mean, spent } = await evaluate({ agent, data, guide: exactMatch(), ...options });
      console.log(JSON.stringify({ mean, llmCalls: spent.llmCalls, possiblyPaid: spent.possiblyPaid }));`;
    const begin = () =>
      spawn(process.execPath, ["--input-type=module", "-e", source], {
        env: { ...process.env, MODEL_URL: served.server.url },
        stdio: ["ignore", "pipe", "inherit"],
      });
    const killed = begin();
    await expect.poll(() => existsSync(batch.folder) && readdirSync(batch.folder)).toEqual(["msgbatch_1.json"]);
    killed.kill("SIGKILL");
    await once(killed, "close");
    isOver = true;
    const next = begin();
    expect(JSON.parse(await text(next.stdout))).toEqual({ mean: 1, llmCalls: 6, possiblyPaid: 3 });
    expect(served.batches).toHaveLength(1);
    expect(readdirSync(batch.folder)).toEqual([]);
  });

  it("sends again what was cancelled with the batch", async () => {
    const served = await start({ ending: (text) => (text === "a" ? answered(text) : { type: "canceled" }) });
    const folder = temporaryFolder();
    const model = modelOf(served, { folder });
    await expect(model.generate(ask("b"))).rejects.toMatchObject({ code: "model-unavailable" });
    expect(readdirSync(folder)).toEqual([]);
    const dead = modelOf(served, { folder, pollMs: 1_000_000 });
    dead.generate(ask("a")).catch(() => undefined);
    await expect.poll(() => readdirSync(folder)).toEqual(["msgbatch_2.json"]);
    expect((await modelOf(served, { folder }).generate(ask("a"))).text).toBe("A");
    expect(served.batches).toHaveLength(2);
  });

  it("in the same process takes what an aborted run has left", async () => {
    let isOver = false;
    const served = await start({ hasEnded: () => isOver, ending: answered });
    const model = modelOf(served);
    const controller = new AbortController();
    const gone = model.generate(ask("a"), { signal: controller.signal }).catch((error: unknown) => error);
    await expect.poll(() => served.batches.length).toBe(1);
    controller.abort();
    expect(isAbort(await gone)).toBe(true);
    isOver = true;
    expect((await model.generate(ask("a"))).text).toBe("A");
    expect(served.batches).toHaveLength(1);
  });

  it("has a result left that was not recorded before the process died", async () => {
    const served = await start();
    const folder = temporaryFolder();
    let record = async (): Promise<void> => undefined;
    const late: Intercept = (call) =>
      call.perform(call.signal, { ...uncounted, onRecorded: async (then) => void (record = then) });
    expect((await intercepted(late, () => modelOf(served, { folder }).generate(ask("a")))).text).toBe("A");
    expect((await modelOf(served, { folder }).generate(ask("a"))).text).toBe("A");
    expect(served.batches).toHaveLength(1);
    await record();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("has the results of the batch left when the API refuses its key", async () => {
    const served = await start({ faults: { look: [...Array(2)].map(() => fails(401, "authentication_error")) } });
    const folder = temporaryFolder();
    const dead = modelOf(served, { folder, pollMs: 1_000_000 });
    await expect(dead.generate(ask("a"))).rejects.toMatchObject({ code: "model-config" });
    await expect(modelOf(served, { folder }).generate(ask("a"))).rejects.toMatchObject({ code: "model-config" });
    expect((await modelOf(served, { folder }).generate(ask("a"))).text).toBe("A");
    expect(served.batches).toHaveLength(1);
  });

  it.each(["look", "results"] as const)("finds its batch after an outage that ended the run: %s", async (place) => {
    const served = await start({ faults: { [place]: [...Array(3)].map(() => fails(500, "api_error")) } });
    const path = temporaryFolder();
    const folder = join(path, "batches");
    const run = () => {
      const model = modelOf(served, { folder }, { maxRetries: 2 });
      return evaluate({
        agent: async (input: string) => (await model.generate(ask(input))).text,
        data: ["a", "b"].map((input) => ({ input, target: input.toUpperCase() })),
        ...{ guide: exactMatch(), concurrency: 2, folder: join(path, "run") },
      });
    };
    await expect(run()).rejects.toMatchObject({ name: "ExternalCallError", code: "model-unavailable" });
    expect(readdirSync(folder)).toEqual(["msgbatch_1.json"]);
    expect((await run()).mean).toBe(1);
    expect([served.asked(), served.batches[0]?.isCancelled]).toEqual([[["a", "b"]], false]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("asks again when the API has deleted the results", async () => {
    const served = await start({ faults: { look: [fails(401, "authentication_error")] }, isArchived: true });
    const folder = temporaryFolder();
    await expect(modelOf(served, { folder }).generate(ask("a"))).rejects.toMatchObject({ code: "model-config" });
    const asking = modelOf(served, { folder }).generate(ask("a"));
    await expect(asking).rejects.toMatchObject({ message: expect.stringContaining("not among the results") });
    expect(served.batches).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("asks again when the API does not know the batch, or the file is damaged", async () => {
    const served = await start();
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue();
    const folder = temporaryFolder();
    writeFileSync(join(folder, "x.json"), "{");
    const other = await start();
    const dead = modelOf(other, { folder, pollMs: 1_000_000 });
    dead.generate(ask("a")).catch(() => undefined);
    await expect.poll(() => readdirSync(folder).length).toBe(2);
    expect((await modelOf(served, { folder }).generate(ask("a"))).text).toBe("A");
    expect(served.asked()).toEqual([["a"]]);
    expect(warned).toHaveBeenCalledWith(expect.stringContaining("x.json cannot be read"), "TracegradWarning");
  });
});

describe("the price", () => {
  const run = (model: LanguageModel, prices: Record<string, { input: number; output: number }>) =>
    evaluate({
      agent: async (input: string) => (await model.generate(ask(input))).text,
      data: [{ input: "a", target: "A" }],
      guide: exactMatch(),
      budget: { usd: 1 },
      prices,
    });

  it("is half of the model's, unless the batch has one of its own", async () => {
    const model = modelOf(await start());
    expect(model.name).toBe("claude-test (batch)");
    const prices = { "claude-test": { input: 1_000, output: 10_000 } };
    // 12 tokens in, and 7 out.
    expect((await run(model, prices)).spent.usd).toBeCloseTo(0.041, 9);
    const own = { ...prices, "claude-test (batch)": { input: 0, output: 1_000 } };
    expect((await run(model, own)).spent.usd).toBeCloseTo(0.007, 9);
  });

  it("is half of the listed one, and unknown where the model's is", async () => {
    const served = await start();
    const listed = anthropic("claude-haiku-4-5", { apiKey: "k", baseURL: served.server.url, batch: { pollMs: 1 } });
    expect((await run(listed, {})).spent.usd).toBeCloseTo((12 * 0.5 + 7 * 2.5) / 1e6, 12);
    await expect(run(modelOf(served), {})).rejects.toMatchObject({ code: "no-price" });
  });
});

it.each([{ windowMs: 0 }, { pollMs: -1 }, { windowMS: 1 }])("refuses %j by name", (batch) => {
  const make = (): unknown => anthropic("claude-test", { apiKey: "k", batch: batch as MessageBatchOptions });
  const message = expect.stringContaining(Object.keys(batch)[0] as string);
  expect(make).toThrow(expect.objectContaining({ code: "bad-option", message }));
});
