/** What `aiSdk()` asks models of the AI SDK, versions 6 and 7, and what it makes of what they stream. */

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createOpenAICompatible as createOpenAICompatible7 } from "openai-compatible-7";
import { describe, expect, it } from "vitest";
import { type AiSdkLanguageModel, type AiSdkOptions, aiSdk } from "../../src/llm/ai-sdk.ts";
import type { LanguageModel } from "../../src/llm/llm.ts";
import { ASK, chat, RICH, schema, WITH_TOOL } from "./chat.ts";
import { serve } from "./claude.ts";
import { type Behaviour, fails, type MessagesServer } from "./messages-server.ts";

const HELLO = chat([{ content: "Hello" }]);
const JSON_REPLY = chat([{ content: '{"a":4}' }]);

describe.each([
  [6, createOpenAICompatible],
  [7, createOpenAICompatible7],
])("a model for version %d", (_, create) => {
  async function setUp(plan: Behaviour[], options: AiSdkOptions = {}): Promise<[LanguageModel, MessagesServer]> {
    const server = await serve(plan);
    const settings = { name: "test", apiKey: "sk-test", includeUsage: true, supportsStructuredOutputs: true };
    const provider = create({ ...settings, baseURL: `${server.url}/v1` });
    return [aiSdk(provider("model-test"), { backoffMs: 1, ...options }), server];
  }

  it("gets system, images, temperature and limit", async () => {
    const usage = {
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 5 },
    };
    const [model, server] = await setUp([chat([{ content: "Hello" }], "stop", usage)]);
    expect(await model.generate(RICH)).toEqual({
      ...{ text: "Hello", stopReason: "end", model: "m-1" },
      usage: { inputTokens: 12, outputTokens: 7, cachedInputTokens: 4, reasoningTokens: 5 },
    });
    expect(server.received[0]?.body).toMatchObject({
      ...{ model: "model-test", max_tokens: 50, temperature: 0 },
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Yes?" },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,aGk=" } },
          ],
        },
      ],
    });
  });

  it("has to call the tool", async () => {
    const call = { index: 0, id: "1", type: "function", function: { name: "propose", arguments: '{"a":4}' } };
    const [model, server] = await setUp([chat([{ tool_calls: [call] }], "tool_calls")]);
    expect(await model.generate(WITH_TOOL)).toMatchObject({ text: "", toolInput: { a: 4 }, stopReason: "tool" });
    expect(server.received[0]?.body).toMatchObject({
      tools: [{ type: "function", function: { name: "propose", description: "Proposes values.", parameters: schema } }],
      tool_choice: "required",
    });
  });

  it("is asked for JSON, then in text, when its provider does not take more", async () => {
    const plan = [
      fails(400, "x", { message: "gemma3:1b does not support tools" }),
      fails(400, "x", { message: "response_format is unknown" }),
      JSON_REPLY,
    ];
    const [model, server] = await setUp(plan, { maxRetries: 0 });
    for (const _again of [1, 2]) expect(await model.generate(WITH_TOOL)).toMatchObject({ toolInput: { a: 4 } });
    const [first, second, ...rest] = server.received.map(({ body }) => body);
    expect(first).toHaveProperty("tools");
    expect(second).toMatchObject({ response_format: { type: "json_schema", json_schema: { schema } } });
    for (const body of rest) {
      expect(body).not.toHaveProperty("response_format");
      expect(JSON.stringify(body)).toContain("## Reply format");
    }
    expect(rest).toHaveLength(2);
  });

  it("gets `providerOptions`, and counts under its id or the name given", async () => {
    const [model, server] = await setUp([HELLO], { providerOptions: { test: { user: "u-1" } }, name: "mine" });
    await model.generate(ASK);
    expect(server.received[0]?.body).toMatchObject({ user: "u-1" });
    expect([model.name, (await setUp([HELLO]))[0].name]).toEqual(["mine", "model-test"]);
  });

  it("has its empty account told apart from a busy server", async () => {
    const body = JSON.stringify({
      error: { message: "no credit", type: "insufficient_quota", code: "insufficient_quota" },
    });
    const [model, server] = await setUp([
      (response) => {
        response.writeHead(429, { "content-type": "application/json" });
        response.end(body);
      },
    ]);
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-config" });
    expect(server.received).toHaveLength(1);
  });
});

describe("construction", () => {
  it.each([
    ["the id of a model", "openai/gpt-5.5" as unknown as AiSdkLanguageModel],
    [
      "a model of version 5",
      { specificationVersion: "v2", provider: "p", modelId: "m", doStream: async () => ({}) } as never,
    ],
  ])("refuses %s", (_, model: AiSdkLanguageModel) => {
    const message = expect.stringContaining("v3 or v4");
    expect(() => aiSdk(model)).toThrow(expect.objectContaining({ code: "model-config", message }));
  });

  it.each([
    ["maxTokens", 0],
    ["timeoutMs", 0],
    ["maxTokes", 5],
  ])("refuses %s = %d by name", (option, value) => {
    const model = createOpenAICompatible({ name: "test", baseURL: "http://x/v1" })("m");
    const make = (): unknown => aiSdk(model, { [option]: value });
    expect(make).toThrow(expect.objectContaining({ code: "bad-option", message: expect.stringContaining(option) }));
  });
});
