import { setTimeout as sleep } from "node:timers/promises";
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, describe, expect, it, vi } from "vitest";
import { anthropic } from "../../src/llm/anthropic.ts";
import type { LanguageModel, ModelRequest, ReplyTool } from "../../src/llm/llm.ts";
import { isAbort } from "../../src/util/abort.ts";
import { TracegradError } from "../../src/util/errors.ts";
import { claude, KEY, serve } from "./claude.ts";
import * as api from "./messages-server.ts";
import { pacedClient } from "./paced.ts";

const ASK: ModelRequest = { messages: [{ role: "user", content: "Hello?" }] };
const TOOL: ReplyTool = {
  name: "propose",
  description: "Proposes values.",
  inputSchema: { type: "object", properties: { a: { type: "number" } } },
};
const WITH_TOOL: ModelRequest = { ...ASK, tool: TOOL };

const hangs = { timeout: 600_000, interval: 5 };

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

async function failure(promise: Promise<unknown>): Promise<TracegradError> {
  const thrown = await promise.then(
    () => new Error("it resolved"),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TracegradError);
  return thrown as TracegradError;
}

function configError(make: () => unknown): TracegradError {
  try {
    make();
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: "TracegradError", code: "model-config" });
    return thrown as TracegradError;
  }
  throw new Error("nothing was thrown");
}

describe("a good answer", () => {
  it("gives the streamed text, the stop reason, the usage and the model", async () => {
    const [model] = await claude([api.GOOD]);
    expect(await model.generate(ASK)).toEqual({
      text: "Hello",
      stopReason: "end",
      usage: { inputTokens: 12, outputTokens: 7 },
      model: "claude-test-1",
    });
  });

  it("sends system, images, temperature and token limit as the API wants them", async () => {
    const [model, server] = await claude([api.GOOD]);
    const content = [
      { type: "text", text: "What is this?" },
      { type: "image", mediaType: "image/png", data: "aGk=" },
    ] as const;
    await model.generate({ system: "Be brief.", messages: [{ role: "user", content }], maxTokens: 50, temperature: 0 });
    expect(server.received[0]?.body).toEqual({
      model: "claude-test",
      system: "Be brief.",
      max_tokens: 50,
      temperature: 0,
      stream: true,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "aGk=" } },
          ],
        },
      ],
    });
  });

  it("forces the tool of the request and gives its input", async () => {
    const parts = [api.START, api.toolBlock(0, "propose", '{"a"', ": 4", "2}"), api.end("tool_use"), api.STOP];
    const [model, server] = await claude([api.streams(...parts)]);
    expect(await model.generate(WITH_TOOL)).toMatchObject({ text: "", toolInput: { a: 42 }, stopReason: "tool" });
    expect(server.received[0]?.body).toMatchObject({
      max_tokens: 8192,
      tools: [{ name: "propose", description: "Proposes values.", input_schema: TOOL.inputSchema }],
      tool_choice: { type: "tool", name: "propose", disable_parallel_tool_use: true },
    });
  });

  it("takes a text that holds one JSON object for the input of the tool that was not called", async () => {
    const [model] = await claude([
      api.streams(api.START, api.textBlock('{"a"', ": 42}"), api.end("end_turn"), api.STOP),
    ]);
    expect(await model.generate(WITH_TOOL)).toMatchObject({ text: '{"a": 42}', toolInput: { a: 42 } });
  });

  it("takes no side between two tool calls, and keeps both readable", async () => {
    const two = [api.toolBlock(0, "propose", '{"a":1}'), api.toolBlock(1, "propose", '{"a":2}')];
    const [model] = await claude([api.streams(api.START, ...two, api.end("tool_use"), api.STOP)]);
    const reply = await model.generate(WITH_TOOL);
    expect(reply).not.toHaveProperty("toolInput");
    expect(reply.text).toBe('{"a":1}\n{"a":2}');
  });

  it("takes no input from a call that names a key twice", async () => {
    const twice = api.toolBlock(0, "propose", '{"a":1,"a":2}');
    const [model] = await claude([api.streams(api.START, twice, api.end("tool_use"), api.STOP)]);
    const reply = await model.generate(WITH_TOOL);
    expect(reply).not.toHaveProperty("toolInput");
    expect(reply.text).toBe('{"a":1,"a":2}');
  });

  it("ignores events and blocks it does not know", async () => {
    const unknown = api.event({ type: "novelty", x: 1 });
    const block = { type: "content_block_start", index: 5, content_block: { type: "hologram", data: 1 } };
    const [model] = await claude([
      api.streams(api.START, unknown, api.event(block), api.textBlock("ok"), api.end("end_turn"), api.STOP),
    ]);
    expect((await model.generate(ASK)).text).toBe("ok");
  });

  it("keeps both parts that were given one index", async () => {
    const parts = [api.START, api.textBlock("a"), api.textBlock("b"), api.end("end_turn"), api.STOP];
    const [model] = await claude([api.streams(...parts)]);
    expect((await model.generate(ASK)).text).toBe("a\nb");
  });

  it.each([
    ["refusal", "refusal"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["stop_sequence", "end"],
    ["pause_turn", "other"],
  ])("maps the stop reason %s to %s", async (theirs, ours) => {
    const [model] = await claude([api.streams(api.START, api.end(theirs), api.STOP)]);
    expect(await model.generate(ASK)).toMatchObject({ text: "", stopReason: ours });
  });

  it("gives no tool input when the call was cut by the token limit", async () => {
    const cut = api.toolBlock(0, "propose", '{"a": 1, "b": "unfin');
    const [model] = await claude([api.streams(api.START, cut, api.end("max_tokens"), api.STOP)]);
    const reply = await model.generate(WITH_TOOL);
    expect(reply).not.toHaveProperty("toolInput");
    expect(reply).toMatchObject({ stopReason: "length", text: '{"a": 1, "b": "unfin' });
  });
});

describe("faults that pass", () => {
  it.each([
    [529, "overloaded_error"],
    [500, "api_error"],
    [429, "rate_limit_error"],
    [409, "conflict"],
    [408, "timeout_error"],
  ])("asks again after a %d", async (status, type) => {
    const [model, server] = await claude([api.fails(status, type), api.GOOD]);
    expect((await model.generate(ASK)).text).toBe("Hello");
    expect(server.received).toHaveLength(2);
  });

  it("asks again after an overloaded error inside a 200 stream", async () => {
    const overloaded = api.event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
    const [model, server] = await claude([api.streams(api.START, overloaded), api.GOOD]);
    expect((await model.generate(ASK)).text).toBe("Hello");
    expect(server.received).toHaveLength(2);
  });

  it.each([
    ["a torn connection", api.cuts(api.START, api.textBlock("Hel"))],
    ["an end without a stop reason and message_stop", api.streams(api.START, api.textBlock("Hel"))],
    ["an end in the middle of a part", api.streams(api.START, api.openBlock("Hel"), api.end("end_turn"))],
    ["a second message", api.streams(api.START, api.textBlock("Hel"), api.START, api.end("end_turn"), api.STOP)],
    ["an end without a stop reason", api.streams(api.START, api.textBlock("Hel"), api.end(null), api.STOP)],
    ["an event that is not JSON", api.streams(api.START, "event: message_delta\ndata: {oops\n\n")],
    ["a page of HTML", api.streams("<html><body>Welcome to the hotel wifi</body></html>")],
  ])("asks again after %s", async (_, fault) => {
    const [model, server] = await claude([fault, api.GOOD]);
    expect((await model.generate(ASK)).text).toBe("Hello");
    expect(server.received).toHaveLength(2);
  });

  it("counts the tokens of broken attempts", async () => {
    const [model] = await claude([api.cuts(api.START, api.textBlock("Hel")), api.GOOD]);
    expect((await model.generate(ASK)).usage).toEqual({ inputTokens: 24, outputTokens: 8 });
  });

  it("gives up after maxRetries and says why", async () => {
    const [model, server] = await claude([api.fails(529, "overloaded_error")], { maxRetries: 2 });
    const error = await failure(model.generate(ASK));
    expect(error.code).toBe("model-unavailable");
    expect(error.message).toMatch(/claude-test failed 3 time.*529/);
    expect(server.received).toHaveLength(3);
  });

  it("names address and reason when nothing listens", async () => {
    const [model, server] = await claude([api.GOOD], { maxRetries: 1 });
    await server.close();
    const error = await failure(model.generate(ASK));
    expect(error.code).toBe("model-unavailable");
    expect(error.message).toMatch(/ECONNREFUSED 127\.0\.0\.1/);
  });

  it("obeys x-should-retry: false", async () => {
    const [model, server] = await claude([
      api.fails(529, "overloaded_error", { headers: { "x-should-retry": "false" } }),
    ]);
    expect((await failure(model.generate(ASK))).code).toBe("model-unavailable");
    expect(server.received).toHaveLength(1);
  });

  it("waits as long as retry-after says", async () => {
    const [model] = await claude([api.fails(429, "rate_limit_error", { headers: { "retry-after": "0.3" } }), api.GOOD]);
    const started = performance.now();
    await model.generate(ASK);
    expect(performance.now() - started).toBeGreaterThan(290);
  });

  it("does not start a wait that would pass the deadline", async () => {
    const behaviour = api.fails(429, "rate_limit_error", { headers: { "retry-after": "900" } });
    const [model, server] = await claude([behaviour]);
    const error = await failure(model.generate(ASK));
    expect(error.code).toBe("model-unavailable");
    expect(error.message).toMatch(/in 900 s, but only .* left.*timeoutMs/);
    expect(server.received).toHaveLength(1);
  });
});

describe("silence", () => {
  it.each([
    ["nothing comes after the headers", api.hangs()],
    ["not even headers come", () => {}],
    ["the stream falls silent", api.hangs([api.START, api.textBlock("Hel")])],
    ["only pings come", api.hangs([api.START], 20)],
  ] as [string, api.Behaviour][])("is given up and asked again when %s", async (_, silence) => {
    const [model, server] = await claude([silence, api.GOOD], { idleTimeoutMs: 250, maxRetries: 99 });
    expect((await model.generate(ASK)).text).toBe("Hello");
    // A slow machine may fall silent itself.
    expect(server.received.length).toBeGreaterThan(1);
    await expect.poll(() => server.dropped()).toBe(server.received.length - 1);
  });

  it("ends in an error that names the limit when it is all there is", async () => {
    const [model] = await claude([api.hangs([api.START])], { idleTimeoutMs: 60, maxRetries: 1 });
    const error = await failure(model.generate(ASK));
    expect(error.code).toBe("model-unavailable");
    expect(error.message).toContain("no content for 60 ms (idleTimeoutMs)");
  });

  it("does not end a slow stream that keeps coming", async () => {
    const { client, requests, send, elapse } = pacedClient();
    const reply = anthropic("claude-test", { client, idleTimeoutMs: 400 }).generate(ASK);
    for (const part of [api.START, api.textBlock("a"), api.textBlock("b"), api.end("end_turn"), api.STOP]) {
      await elapse(399);
      await send(part);
    }
    expect((await reply).stopReason).toBe("end");
    expect(requests()).toBe(1);
  });

  it("ends at the total deadline, however often it is asked again", async () => {
    const { client, requests, send, elapse } = pacedClient();
    const limits = { idleTimeoutMs: 200_000, timeoutMs: 700_000, maxRetries: 99, backoffMs: 1 };
    const failed = failure(anthropic("claude-test", { client, ...limits }).generate(ASK));
    for (let request = 1; request <= 4; request++) {
      await vi.waitUntil(() => requests() === request, hangs);
      await send(api.START);
      // The fourth request has half of its own limit left of the whole.
      await elapse(request < 4 ? 200_000 : 100_000);
    }
    const error = await failed;
    expect(error.code).toBe("model-timeout");
    expect(error.message).toContain("no content for 200000 ms");
  });

  it("ends at the total deadline when content trickles on for ever", async () => {
    const { client, requests, send, elapse } = pacedClient();
    const limits = { idleTimeoutMs: 200, timeoutMs: 300 };
    const failed = failure(anthropic("claude-test", { client, ...limits }).generate(ASK));
    for (const part of [api.START, api.textBlock("x"), api.textBlock("x")]) {
      await send(part);
      await elapse(100);
    }
    expect(await failed).toMatchObject({ code: "model-timeout", message: "claude-test gave no answer within 0.3 s." });
    expect(requests()).toBe(1);
  });
});

describe("mistakes that no retry mends", () => {
  it.each([
    [401, "authentication_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
  ])("a %d ends at once and never shows the key", async (status, type) => {
    const message = `bad key ${KEY}`;
    const [model, server] = await claude([api.fails(status, type, { message })]);
    const error = await failure(model.generate(ASK));
    expect(error.code).toBe("model-config");
    expect(error.message).toContain(String(status));
    expect(error.message).toContain("bad key [key]");
    const { inspect } = await import("node:util");
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY);
    expect(server.received).toHaveLength(1);
    expect(server.received[0]?.headers.authorization ?? server.received[0]?.headers["x-api-key"]).toContain(KEY);
  });

  it.each([400, 413, 422])("a %d is a bad request and is not sent again", async (status) => {
    const [model, server] = await claude([api.fails(status, "invalid_request_error", { message: "too long" })]);
    const error = await failure(model.generate(ASK));
    expect(error).toMatchObject({ code: "model-bad-request" });
    expect(error.message).toContain("too long");
    expect(server.received).toHaveLength(1);
  });

  it("refuses an image the API does not take before anything is sent", async () => {
    const [model, server] = await claude([api.GOOD]);
    const content = [{ type: "image", mediaType: "image/tiff", data: "" }] as const;
    const error = await failure(model.generate({ messages: [{ role: "user", content }] }));
    expect(error.message).toContain('"image/tiff"');
    expect(server.received).toHaveLength(0);
  });
});

describe("construction", () => {
  it("fails without a key", () => {
    vi.stubEnv("ANTHROPIC_API_KEY", undefined);
    expect(configError(() => anthropic("claude-test")).message).toContain("ANTHROPIC_API_KEY");
    expect(configError(() => anthropic("claude-test", { apiKey: " " })).message).toContain("apiKey");
  });

  it("takes the key of the environment", async () => {
    vi.stubEnv("ANTHROPIC_API_KEY", "sk-from-env");
    const server = await serve([api.GOOD]);
    await anthropic("claude-test", { baseURL: server.url }).generate(ASK);
    expect(JSON.stringify(server.received[0]?.headers)).toContain("sk-from-env");
  });

  it("refuses a key with a newline without showing it", () => {
    const error = configError(() => anthropic("claude-test", { apiKey: `${KEY}\n` }));
    expect(error.message).toContain("newline");
    expect(error.message).not.toContain(KEY);
  });

  it.each(["not a url", "ftp://example.org", KEY])("refuses the base URL %s without showing it", (baseURL) => {
    const error = configError(() => anthropic("claude-test", { apiKey: "k", baseURL }));
    expect(error.message).toContain("baseURL");
    expect(error.message).not.toContain(baseURL);
  });

  it.each([
    ["maxTokens", 0],
    ["maxTokens", 1.5],
    ["timeoutMs", Number.NaN],
    ["idleTimeoutMs", -1],
    ["maxRetries", -1],
    ["backoffMs", 0],
  ])("refuses %s = %d by name", (option, value) => {
    const make = (): LanguageModel => anthropic("claude-test", { apiKey: "k", [option]: value });
    const message = expect.stringMatching(new RegExp(`^.${option}. must be a .*; got ${value}\\.$`));
    expect(make).toThrow(expect.objectContaining({ code: "bad-option", message }));
  });

  it("refuses an empty model id", () => {
    expect(configError(() => anthropic(" ", { apiKey: "k" })).message).toContain("id is empty");
  });

  it("uses a client that is handed in, without its own retries", async () => {
    const server = await serve([api.fails(529, "overloaded_error")]);
    const client = new Anthropic({ apiKey: KEY, baseURL: server.url, maxRetries: 7 });
    const error = await failure(anthropic("claude-test", { client, maxRetries: 1, backoffMs: 5 }).generate(ASK));
    expect(error.code).toBe("model-unavailable");
    expect(server.received).toHaveLength(2);
  });

  it("writes nothing on the console, not even for a model that is to be retired", async () => {
    const spies = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
    const server = await serve([api.streams(api.START, "event: x\ndata: {oops\n\n"), api.GOOD]);
    const model = anthropic("claude-sonnet-4-5", { apiKey: KEY, baseURL: server.url, backoffMs: 5 });
    await model.generate(ASK);
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});

describe("abort", () => {
  it.each([
    ["before the call", undefined, 0],
    ["before the headers", (() => {}) as api.Behaviour, 1],
    ["in the middle of the stream", api.hangs([api.START, api.textBlock("Hel")]), 1],
    ["while it waits to ask again", api.fails(529, "x", { headers: { "retry-after": "300" } }), 1],
  ] as [string, api.Behaviour | undefined, number][])("%s rejects as an AbortError", async (_, behaviour, requests) => {
    const [model, server] = await claude([behaviour ?? api.GOOD]);
    const controller = new AbortController();
    if (!behaviour) controller.abort();
    const thrown = model.generate(ASK, { signal: controller.signal }).catch((error: unknown) => error);
    await vi.waitUntil(() => server.received.length === requests, hangs);
    // Time for the headers, or the first part, to arrive.
    await sleep(50);
    controller.abort();
    expect(isAbort(await thrown)).toBe(true);
    expect(server.received).toHaveLength(requests);
  });

  it("with a reason of its own is still an AbortError, with that reason as its cause", async () => {
    const [model] = await claude([api.hangs()]);
    const reason = new Error("budget spent");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 30);
    const thrown = await model.generate(ASK, { signal: controller.signal }).catch((error: unknown) => error);
    expect(isAbort(thrown)).toBe(true);
    expect((thrown as Error).cause).toBe(reason);
  });

  it("leaves no listener on a signal that outlives its calls", async () => {
    const [model] = await claude([api.GOOD]);
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    for (let call = 0; call < 5; call += 1) await model.generate(ASK, { signal });
    expect(added).toHaveBeenCalled();
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
  });
});
