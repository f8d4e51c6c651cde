/** What `anthropic()` sends when it is to think, to have its prompt cached, or to count tokens first. */

import { evaluate } from "tracegrad";
import { exactMatch } from "tracegrad/guides";
import { describe, expect, it } from "vitest";
import { anthropic } from "../../src/llm/anthropic.ts";
import type { ModelRequest, ReplyTool } from "../../src/llm/llm.ts";
import { isAbort } from "../../src/util/abort.ts";
import { type Intercept, intercepted, uncounted } from "../../src/util/external-call.ts";
import { claude } from "./claude.ts";
import * as api from "./messages-server.ts";

const TOOL: ReplyTool = { name: "propose", description: "Proposes.", inputSchema: { type: "object" } };
const ASK: ModelRequest = { messages: [{ role: "user", content: "Hello?" }] };
const THINKING = { type: "enabled", budget_tokens: 2_000 } as const;

describe("thinking", () => {
  it("is asked for with its budget; a tool is offered then, and no temperature is sent", async () => {
    const [model, server] = await claude([api.GOOD], { thinking: THINKING });
    await model.generate({ ...ASK, tool: TOOL, temperature: 0 });
    const [{ body }] = server.received as [api.Received];
    expect(body).toMatchObject({ thinking: THINKING, tool_choice: { type: "auto", disable_parallel_tool_use: true } });
    expect(body).not.toHaveProperty("temperature");
  });

  it("leaves tool and temperature as they are when it is disabled", async () => {
    const [model, server] = await claude([api.GOOD], { thinking: { type: "disabled" } });
    await model.generate({ ...ASK, tool: TOOL, temperature: 0 });
    expect(server.received[0]?.body).toMatchObject({ temperature: 0, tool_choice: { type: "tool", name: "propose" } });
  });

  it("is no part of the text, and its tokens are known", async () => {
    const thought = [
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Hm." } },
      { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "x" } },
      { type: "content_block_stop", index: 0 },
    ].map(api.event);
    const usage = { output_tokens: 9, output_tokens_details: { thinking_tokens: 4 } };
    const end = api.event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage });
    const [model] = await claude([api.streams(api.START, ...thought, api.textBlock("Yes."), end, api.STOP)]);
    expect(await model.generate(ASK)).toMatchObject({ text: "Yes.", usage: { outputTokens: 9, reasoningTokens: 4 } });
  });

  it("without an end is an endless reply", async () => {
    const start = { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } };
    const delta = { type: "thinking_delta", thinking: "m".repeat(100_000) };
    const piece = api.event({ type: "content_block_delta", index: 0, delta });
    const [model] = await claude([api.streams(api.START, api.event(start), piece, piece, piece)], { maxTokens: 10 });
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-endless" });
  });

  it("needs room beside the reply, at once and in a request", async () => {
    const code = "model-bad-request";
    const make = (): unknown => anthropic("claude-test", { apiKey: "k", thinking: THINKING, maxTokens: 2_000 });
    expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining("budget of 2000 tokens") }));
    const [model, server] = await claude([api.GOOD], { thinking: THINKING });
    await expect(model.generate({ ...ASK, maxTokens: 300 })).rejects.toMatchObject({ code });
    expect(server.received).toHaveLength(0);
  });
});

describe("prompt caching", () => {
  it("marks the end of what requests have in common: tool and system prompt", async () => {
    const [model, server] = await claude([api.GOOD], { promptCaching: true });
    await model.generate({ ...ASK, system: "Be brief.", tool: TOOL });
    const [{ body }] = server.received as [api.Received];
    expect(body["system"]).toEqual([{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }]);
    expect(JSON.stringify(body["tools"])).not.toContain("cache_control");
  });

  it("marks the tool where there is no system prompt, and nothing where there is neither", async () => {
    const [model, server] = await claude([api.GOOD], { promptCaching: true });
    await model.generate({ ...ASK, tool: TOOL });
    await model.generate(ASK);
    expect(server.received[0]?.body).toMatchObject({ tools: [{ cache_control: { type: "ephemeral" } }] });
    expect(JSON.stringify(server.received[1]?.body)).not.toContain("cache_control");
  });

  it("marks no empty system prompt, which the API would refuse", async () => {
    const [model, server] = await claude([api.GOOD], { promptCaching: true });
    await model.generate({ ...ASK, system: "", tool: TOOL });
    expect(server.received[0]?.body).toMatchObject({
      system: "",
      tools: [{ cache_control: { type: "ephemeral" } }],
    });
  });

  it("tells what was read from the cache, which is part of the input", async () => {
    const usage = { input_tokens: 3, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 1 };
    const start = api.event({ type: "message_start", message: { model: "claude-test-1", usage } });
    const [model] = await claude([api.streams(start, api.textBlock("a"), api.end("end_turn"), api.STOP)]);
    expect((await model.generate(ASK)).usage).toMatchObject({ inputTokens: 123, cachedInputTokens: 100 });
  });
});

/** Counts `tokens` for each request, for a model that takes `most`. */
function counts(tokens: number | undefined, most?: number): api.Behaviour {
  const json = (value: object): api.Behaviour => {
    return (response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  };
  return (response, request) => {
    if (request.path === "/v1/messages") return api.GOOD(response, request);
    const isCount = request.path === "/v1/messages/count_tokens";
    const value = isCount ? tokens : most;
    if (value === undefined) return api.fails(404, "not_found_error")(response, request);
    json(isCount ? { input_tokens: value } : { id: "claude-test", max_input_tokens: value })(response, request);
  };
}

const pathsOf = ({ received }: api.MessagesServer): unknown[] => received.map(({ path }) => path);

describe("counting tokens", () => {
  it("asks the API, with all that counts and nothing that it refuses", async () => {
    const [model, server] = await claude([counts(77)]);
    const request = { ...ASK, system: "Be brief.", tool: TOOL, temperature: 0, maxTokens: 5 };
    expect(await model.countTokens(request)).toBe(77);
    expect(pathsOf(server)).toEqual(["/v1/messages/count_tokens"]);
    expect(Object.keys(server.received[0]?.body ?? {})).toEqual([
      "model",
      "messages",
      "system",
      "tools",
      "tool_choice",
    ]);
  });

  it("rejects with what the failure means", async () => {
    const [model] = await claude([api.fails(401, "authentication_error")]);
    await expect(model.countTokens(ASK)).rejects.toMatchObject({ code: "model-config" });
  });

  it("is not done unless it is asked for", async () => {
    const [model, server] = await claude([counts(1)]);
    await model.generate(ASK);
    expect(pathsOf(server)).toEqual(["/v1/messages"]);
  });

  it("refuses a request that is larger than the context before it is sent", async () => {
    const [model, server] = await claude([counts(200_001, 200_000)], { countTokens: true });
    const message = "The request has 200001 tokens, and claude-test takes 200000. Shorten it. It was not sent.";
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-bad-request", message });
    expect(pathsOf(server)).not.toContain("/v1/messages");
  });

  it("goes by the estimate where the API does not count", async () => {
    const [model, server] = await claude([counts(undefined)], { countTokens: true });
    expect((await model.generate(ASK)).text).toBe("Hello");
    expect(pathsOf(server)).toContain("/v1/messages");
  });

  it("ends with the call on abort, which has used nothing", async () => {
    const [model, server] = await claude([() => undefined], { countTokens: true });
    const controller = new AbortController();
    const used: unknown[] = [];
    const note: Intercept = (call) => call.perform(call.signal, { ...uncounted, ended: (one) => void used.push(one) });
    const asking = intercepted(note, () => model.generate(ASK, { signal: controller.signal }));
    const thrown = asking.catch((error: unknown) => error);
    await expect.poll(() => server.received.length).toBe(2);
    controller.abort();
    expect(isAbort(await thrown)).toBe(true);
    expect(used).toEqual([{ inputTokens: 0, outputTokens: 0 }]);
  });

  it.each([
    { tokens: 900, sent: false },
    { tokens: 800, sent: true },
  ])("of $tokens in a run with a budget of 1000 sends the request: $sent", async ({ tokens, sent }) => {
    const [model, server] = await claude([counts(tokens)], { countTokens: true, maxTokens: 150 });
    const table = await evaluate({
      agent: async (input: string) => (await model.generate({ messages: [{ role: "user", content: input }] })).text,
      data: [{ input: "Hello?", target: "Hello" }],
      guide: exactMatch(),
      budget: { tokens: 1_000 },
    });
    expect(pathsOf(server).includes("/v1/messages")).toBe(sent);
    expect(table.reason).toBe(sent ? "done" : "budget");
    expect(table.spent).toMatchObject(sent ? { inputTokens: 12, outputTokens: 7 } : { inputTokens: 0 });
  });
});
