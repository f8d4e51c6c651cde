/** What `openai()` sends to OpenAI and to servers like it, and how it asks those that do not take all of it. */

import OpenAI, { AzureOpenAI } from "openai";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import type { LanguageModel } from "../../src/llm/llm.ts";
import { type OpenAiOptions, openai } from "../../src/llm/openai.ts";
import { type Intercept, intercepted, uncounted } from "../../src/util/external-call.ts";
import { ASK, chat, data, RICH, schema, WITH_TOOL } from "./chat.ts";
import { serve } from "./claude.ts";
import { type Behaviour, event, fails, type MessagesServer, type Received, streams } from "./messages-server.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

async function setUp(plan: Behaviour[], options: OpenAiOptions = {}): Promise<[LanguageModel, MessagesServer]> {
  const server = await serve(plan);
  return [openai("model-test", { baseURL: `${server.url}/v1`, backoffMs: 5, ...options }), server];
}

/** The end of a response. */
function response(output: readonly object[], rest: object = {}): Behaviour {
  const usage = { input_tokens: 12, output_tokens: 7 };
  const all = { object: "response", model: "m-1", status: "completed", output, usage, ...rest };
  return streams(
    event({ type: "response.created", response: {} }),
    event({ type: `response.${all.status}`, response: all }),
  );
}

const callOf = (json: string, rest: object = {}): object => ({
  tool_calls: [{ index: 0, id: "1", function: { name: "propose", arguments: json }, ...rest }],
});
const HELLO = chat([{ role: "assistant" }, { content: "Hel" }, { content: "lo" }]);
const JSON_REPLY = chat([{ content: '{"a":' }, { content: "4}" }]);

describe("chat completions", () => {
  it("get system, images, temperature and limit as other servers know them", async () => {
    const [model, server] = await setUp([HELLO]);
    expect(await model.generate(RICH)).toEqual({
      ...{ text: "Hello", stopReason: "end", usage: { inputTokens: 12, outputTokens: 7 }, model: "m-1" },
    });
    expect(server.received[0]).toMatchObject({ path: "/v1/chat/completions" });
    expect(server.received[0]?.body).toEqual({
      model: "model-test",
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
      ...{ stream: true, stream_options: { include_usage: true }, max_tokens: 50, temperature: 0 },
    });
  });

  it("have to call the tool, the only one", async () => {
    const [model, server] = await setUp([chat([callOf('{"a"'), callOf(": 4}", { id: undefined })], "tool_calls")]);
    const reply = await model.generate(WITH_TOOL);
    expect(reply).toMatchObject({ text: "", toolInput: { a: 4 }, stopReason: "tool" });
    expect(server.received[0]?.body).toMatchObject({
      tools: [{ type: "function", function: { name: "propose", description: "Proposes values.", parameters: schema } }],
      tool_choice: "required",
    });
    expect(server.received[0]?.body).not.toHaveProperty("max_tokens");
    expect(model).not.toHaveProperty("maxTokens");
  });

  it.each([
    ["with `stop` as its reason", chat([callOf('{"a":4}')], "stop")],
    ["without an index", chat([callOf('{"a":4}', { index: undefined })], "tool_calls")],
    ["with its input as an object", chat([{ tool_calls: [{ function: { name: "propose", arguments: { a: 4 } } }] }])],
    ["in its text", JSON_REPLY],
    [
      "in its text, in a fence, behind its thinking",
      chat([{ content: '<think>{"b":1}</think>```json\n{"a":4}\n```' }]),
    ],
  ] as [string, Behaviour][])("may call it %s", async (_, behaviour) => {
    const [model] = await setUp([behaviour]);
    expect(await model.generate(WITH_TOOL)).toMatchObject({ toolInput: { a: 4 }, stopReason: "tool" });
  });

  it("are the first of several choices that `body` asks for", async () => {
    const chunks = [
      ...([1, 0, 1, 0] as const).map((index, at) => ({
        index,
        delta: { content: at < 2 ? `a${index} ` : `b${index}` },
      })),
      ...[1, 0].map((index) => ({ index, delta: {}, finish_reason: "stop" })),
    ].map((choice) => data({ model: "m-1", choices: [choice] }));
    const usage = data({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 14 } });
    const [model] = await setUp([streams(...chunks, usage, "data: [DONE]\n\n")], { body: { n: 2 } });
    expect(await model.generate(ASK)).toMatchObject({ text: "a0 b0", usage: { outputTokens: 14 } });
  });

  it("keeps two calls apart that have one index", async () => {
    const [model] = await setUp([chat([callOf('{"a":1}'), callOf('{"a":2}', { id: "2" })], "tool_calls")]);
    const reply = await model.generate(WITH_TOOL);
    expect(reply).not.toHaveProperty("toolInput");
    expect(reply.text).toBe('{"a":1}\n{"a":2}');
  });

  it("tell what was read from the cache and what was thought", async () => {
    const usage = {
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 5 },
    };
    const [model] = await setUp([chat([{ reasoning_content: "Hm" }, { content: "Hello" }], "stop", usage)]);
    expect(await model.generate(ASK)).toMatchObject({
      text: "Hello",
      usage: { inputTokens: 12, outputTokens: 7, cachedInputTokens: 4, reasoningTokens: 5 },
    });
  });

  it("refuse in words of their own", async () => {
    const [model] = await setUp([chat([{ refusal: "I can" }, { refusal: "not." }])]);
    expect(await model.generate(ASK)).toMatchObject({ text: "I cannot.", stopReason: "refusal" });
  });

  it.each([
    ["length", "length"],
    ["content_filter", "refusal"],
    ["function_call", "tool"],
    ["novelty", "other"],
  ])("end with %s, which is %s", async (theirs, ours) => {
    const [model] = await setUp([chat([{ content: "x" }], theirs)]);
    expect(await model.generate(ASK)).toMatchObject({ text: "x", stopReason: ours });
  });
});

describe("responses", () => {
  const options = { api: "responses", apiKey: "sk-test" } as const;

  it("get system, images, temperature and limit, and are not stored", async () => {
    const [model, server] = await setUp(
      [response([{ type: "message", content: [{ type: "output_text", text: "Hi" }] }])],
      options,
    );
    expect(await model.generate(RICH)).toEqual({
      ...{ text: "Hi", stopReason: "end", usage: { inputTokens: 12, outputTokens: 7 }, model: "m-1" },
    });
    expect(server.received[0]).toMatchObject({ path: "/v1/responses" });
    expect(server.received[0]?.body).toEqual({
      model: "model-test",
      instructions: "Be brief.",
      input: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Yes?" },
        {
          role: "user",
          content: [
            { type: "input_text", text: "What is this?" },
            { type: "input_image", image_url: "data:image/png;base64,aGk=", detail: "auto" },
          ],
        },
      ],
      ...{ stream: true, store: false, max_output_tokens: 50, temperature: 0 },
    });
  });

  it("have to call the tool", async () => {
    const call = { type: "function_call", name: "propose", arguments: '{"a":4}' };
    const [model, server] = await setUp([response([{ type: "reasoning" }, call])], options);
    expect(await model.generate(WITH_TOOL)).toMatchObject({ text: "", toolInput: { a: 4 }, stopReason: "tool" });
    expect(server.received[0]?.body).toMatchObject({
      tools: [
        { type: "function", name: "propose", description: "Proposes values.", parameters: schema, strict: false },
      ],
      tool_choice: { type: "function", name: "propose" },
    });
  });

  it("are asked for once where the server makes them in the background, and gives none", async () => {
    const queued: Behaviour = (to) => {
      const reply = { object: "response", id: "r", status: "queued", error: null, output: [], usage: null };
      to.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
    };
    const [model, server] = await setUp([queued], { api: "responses", body: { background: true, stream: false } });
    await expect(model.generate(ASK)).rejects.toMatchObject({
      ...{ code: "model-config", message: expect.stringContaining("in the background") },
    });
    expect(server.received).toHaveLength(1);
  });

  it("may be without items at their end, when those came before", async () => {
    const item = { type: "message", content: [{ type: "output_text", text: "Hi" }] };
    const end = { model: "m-1", status: "completed", usage: {} };
    const events = [
      event({ type: "response.created", response: {} }),
      event({ type: "response.output_item.done", output_index: 0, item }),
      event({ type: "response.completed", response: end }),
    ];
    const [model] = await setUp([streams(...events)], options);
    expect((await model.generate(ASK)).text).toBe("Hi");
  });

  it.each([
    ["a refusal", [{ type: "message", content: [{ type: "refusal", refusal: "No." }] }], {}, "refusal"],
    ["a cut", [], { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }, "length"],
    ["a filter", [], { status: "incomplete", incomplete_details: { reason: "content_filter" } }, "refusal"],
    ["another end", [], { status: "incomplete", incomplete_details: { reason: "novelty" } }, "other"],
  ])("end with %s", async (_, output, rest, stopReason) => {
    const [model] = await setUp([response(output, rest)], options);
    expect(await model.generate(ASK)).toMatchObject({ stopReason });
  });

  it.each([
    ["server_error", "model-unavailable", 2],
    ["rate_limit_exceeded", "model-unavailable", 2],
    ["invalid_prompt", "model-bad-request", 1],
    ["insufficient_quota", "model-config", 1],
  ])("fail with %s: %s", async (code, ours, requests) => {
    const failed = response([], { status: "failed", error: { code, message: "Because." } });
    const [model, server] = await setUp([failed], { ...options, maxRetries: 1 });
    const message = expect.stringContaining("Because.");
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: ours, message });
    expect(server.received).toHaveLength(requests);
  });
});

describe("a server that does not take all of a request", () => {
  const refuses = (status: number, message: string): Behaviour => fails(status, "api_error", { message });
  const noTools = refuses(400, "registry.ollama.ai/library/gemma3:1b does not support tools");
  const noJson = refuses(400, "'response_format.type' must be 'text'");
  const bodies = ({ received }: MessagesServer): readonly Received["body"][] => received.map(({ body }) => body);

  it.each([
    ["Ollama", 400, "registry.ollama.ai/library/gemma3:1b does not support tools"],
    ["llama.cpp", 500, "tools param requires --jinja flag"],
    ["an older llama.cpp", 500, "Unsupported param: tools"],
    ["OpenRouter", 404, "No endpoints found that support tool use."],
    ["vLLM", 400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'],
  ])("like %s is asked for JSON, at once and from then on", async (_, status, message) => {
    const [model, server] = await setUp([refuses(status, message), JSON_REPLY], { maxRetries: 0 });
    for (const _again of [1, 2])
      expect(await model.generate(WITH_TOOL)).toMatchObject({ toolInput: { a: 4 }, stopReason: "tool" });
    const [first, second, third] = bodies(server);
    expect(first).toHaveProperty("tools");
    for (const body of [second, third]) {
      expect(body).not.toHaveProperty("tools");
      expect(body).not.toHaveProperty("tool_choice");
      expect(body).toMatchObject({
        response_format: { type: "json_schema", json_schema: { name: "propose", schema, strict: false } },
        messages: [
          { role: "user", content: expect.stringMatching(/^Hello\?\n\n## Reply format[^]*Proposes values\./) },
        ],
      });
    }
    expect(server.received).toHaveLength(3);
  });

  it("is asked in text when it takes no schema either", async () => {
    const [model, server] = await setUp([noTools, noJson, JSON_REPLY]);
    for (const _again of [1, 2]) expect(await model.generate(WITH_TOOL)).toMatchObject({ toolInput: { a: 4 } });
    expect(bodies(server).slice(2)).toEqual([
      expect.not.objectContaining({ response_format: expect.anything() }),
      bodies(server)[2],
    ]);
    expect(server.received).toHaveLength(4);
  });

  it("is asked as before when the request was refused for something else", async () => {
    const [model, server] = await setUp([noTools, refuses(400, "the prompt is too long"), HELLO]);
    await expect(model.generate(WITH_TOOL)).rejects.toMatchObject({ code: "model-bad-request" });
    await model.generate(WITH_TOOL);
    expect(bodies(server)[2]).toHaveProperty("tools");
  });

  it("is not asked for usage again, nor waited for it", async () => {
    const noUsage = refuses(422, "stream_options: Extra inputs are not permitted");
    const [model, server] = await setUp([noUsage, HELLO]);
    await model.generate(ASK);
    await model.generate(ASK);
    expect(bodies(server).map((body) => "stream_options" in body)).toEqual([true, false, false]);
  });

  it("is told the limit by its other name, once", async () => {
    const unknown = refuses(
      400,
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    );
    const [model, server] = await setUp([unknown, HELLO], { maxTokens: 60 });
    await model.generate(ASK);
    expect(bodies(server).map(({ max_tokens, max_completion_tokens }) => [max_tokens, max_completion_tokens])).toEqual([
      [60, undefined],
      [undefined, 60],
    ]);
  });

  it("is not asked again for a limit that is too high", async () => {
    const [model, server] = await setUp(
      [refuses(400, "max_tokens is too large: 60. This model supports at most 50.")],
      { maxTokens: 60 },
    );
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-bad-request" });
    expect(server.received).toHaveLength(1);
  });

  it("is asked in the form that `replyForm` names, also by responses", async () => {
    const output = [{ type: "message", content: [{ type: "output_text", text: '{"a":4}' }] }];
    const [model, server] = await setUp([response(output)], { api: "responses", replyForm: "json" });
    expect(await model.generate(WITH_TOOL)).toMatchObject({ toolInput: { a: 4 } });
    expect(bodies(server)[0]).toMatchObject({
      text: { format: { type: "json_schema", name: "propose", schema, strict: false } },
    });
    const [other, text] = await setUp([JSON_REPLY], { replyForm: "text" });
    expect(await other.generate(WITH_TOOL)).toMatchObject({ toolInput: { a: 4 } });
    expect(Object.keys(bodies(text)[0] ?? {})).toEqual(["model", "messages", "stream", "stream_options"]);
  });

  test("counts every request in a run", async () => {
    const [model] = await setUp([noTools, JSON_REPLY]);
    const counts: unknown[] = [];
    const note: Intercept = (call) =>
      call.perform(call.signal, {
        ...uncounted,
        ended: (used) => counts.push(used),
        again: async () => void counts.push("again"),
      });
    await intercepted(note, () => model.generate(WITH_TOOL));
    expect(counts).toEqual([{ inputTokens: 0, outputTokens: 0 }, "again", { inputTokens: 12, outputTokens: 7 }]);
  });
});

describe("errors", () => {
  it("of an empty account are not waited out", async () => {
    const error = {
      message: "You exceeded your current quota",
      type: "insufficient_quota",
      code: "insufficient_quota",
    };
    const [model, server] = await setUp([
      (answer) => {
        answer.writeHead(429, { "content-type": "application/json", "retry-after": "1" });
        answer.end(JSON.stringify({ error }));
      },
    ]);
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-config" });
    expect(server.received).toHaveLength(1);
  });

  it.each([
    [502, "model-unavailable"],
    [400, "model-bad-request"],
  ])("in a stream have a status as their code: %d", async (code, ours) => {
    const [model] = await setUp([streams(data({ error: { code, message: "Because." } }))], { maxRetries: 0 });
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: ours });
  });

  it("name the server and what to check", async () => {
    const [model, server] = await setUp([fails(404, "x", { message: "no such page" })]);
    const message = expect.stringMatching(`^${new URL(server.url).host} refused model-test: 404 no such page.*/v1`);
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-config", message });
  });

  it("come before anything is sent for an image that no model takes", async () => {
    const [model, server] = await setUp([HELLO]);
    const content = [{ type: "image", mediaType: "image/tiff", data: "" }] as const;
    await expect(model.generate({ messages: [{ role: "user", content }] })).rejects.toMatchObject({
      ...{ code: "model-bad-request", message: expect.stringContaining('"image/tiff"') },
    });
    expect(server.received).toHaveLength(0);
  });
});

describe("construction", () => {
  const keyOf = ({ received }: MessagesServer): unknown => received[0]?.headers.authorization;

  it("sends the key of the environment to no server but OpenAI and that of the environment", async () => {
    vi.stubEnv("OPENAI_API_KEY", "sk-from-env");
    vi.stubEnv("OPENAI_ORG_ID", "org-1");
    const [model, server] = await setUp([HELLO]);
    await model.generate(ASK);
    expect(keyOf(server)).toBe(undefined);
    expect(server.received[0]?.headers).not.toHaveProperty("openai-organization");
    const [, other] = await setUp([HELLO]);
    vi.stubEnv("OPENAI_BASE_URL", `${other.url}/v1`);
    await openai("model-test").generate(ASK);
    expect(keyOf(other)).toBe("Bearer sk-from-env");
    const [withKey, third] = await setUp([HELLO], { apiKey: "sk-mine" });
    await withKey.generate(ASK);
    expect(keyOf(third)).toBe("Bearer sk-mine");
  });

  it("needs a key for OpenAI, and a sendable one", () => {
    vi.stubEnv("OPENAI_API_KEY", undefined);
    vi.stubEnv("OPENAI_BASE_URL", undefined);
    const config = (message: RegExp) =>
      expect.objectContaining({ code: "model-config", message: expect.stringMatching(message) });
    expect(() => openai("m")).toThrow(config(/OPENAI_API_KEY/));
    expect(() => openai("m", { baseURL: "https://eu.api.openai.com/v1" })).toThrow(config(/OPENAI_API_KEY/));
    expect(() => openai("m", { apiKey: "a b" })).toThrow(config(/newline/));
    expect(() => openai("m", { apiKey: " ", baseURL: "http://localhost:1/v1" })).toThrow(config(/no API key/));
    expect(() => openai(" ", { apiKey: "k" })).toThrow(config(/id is empty/));
    expect(() => openai("m", { apiKey: "k", baseURL: "localhost:11434" })).toThrow(config(/baseURL/));
  });

  it.each([
    ["maxTokens", 0],
    ["timeoutMs", Number.NaN],
    ["idleTimeoutMs", -1],
    ["maxRetries", -1],
    ["backoffMs", 0],
    ["temperature", 1],
  ])("refuses %s = %d by name", (option, value) => {
    const make = (): unknown => openai("m", { apiKey: "k", [option]: value });
    expect(make).toThrow(expect.objectContaining({ code: "bad-option", message: expect.stringContaining(option) }));
  });

  it("knows the limit of a reply at OpenAI, and speaks responses there", async () => {
    const requests: [string, unknown][] = [];
    const fetch = async (url: unknown, init?: RequestInit): Promise<Response> => {
      requests.push([String(url), JSON.parse(String(init?.body)).max_output_tokens]);
      return Response.json({ object: "response", model: "m-1", status: "completed", output: [] });
    };
    const model = openai("m", { client: new OpenAI({ apiKey: "k", baseURL: "https://api.openai.com/v1", fetch }) });
    await model.generate(ASK);
    expect(model.maxTokens).toBe(16_384);
    expect(requests).toEqual([["https://api.openai.com/v1/responses", 16_384]]);
  });

  it("takes a client that is handed in, such as Azure's, without its own retries", async () => {
    const [, server] = await setUp([fails(503, "x"), HELLO]);
    const client = new AzureOpenAI({
      apiKey: "azure-key",
      apiVersion: "v",
      baseURL: `${server.url}/openai`,
      maxRetries: 7,
    });
    expect((await openai("my-deployment", { client, backoffMs: 1 }).generate(ASK)).text).toBe("Hello");
    expect(server.received).toHaveLength(2);
    expect(server.received[0]).toMatchObject({
      ...{
        path: "/openai/deployments/my-deployment/chat/completions?api-version=v",
        headers: { "api-key": "azure-key" },
      },
    });
  });

  it("sends further fields, and counts under another name", async () => {
    const [model, server] = await setUp([HELLO], { body: { seed: 7, reasoning_effort: "low" }, name: "my-model" });
    const names: string[] = [];
    const note: Intercept = (call) => {
      names.push(call.to);
      return call.perform(call.signal, uncounted);
    };
    await intercepted(note, () => model.generate(ASK));
    expect([model.name, names]).toEqual(["my-model", ["my-model"]]);
    expect(server.received[0]?.body).toMatchObject({ model: "model-test", seed: 7, reasoning_effort: "low" });
  });

  it("writes nothing on the console", async () => {
    const spies = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
    const [model] = await setUp([streams("data: {oops\n\n"), HELLO]);
    await model.generate(ASK);
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});
