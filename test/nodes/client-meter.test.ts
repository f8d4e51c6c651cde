/** What a run counts of the calls of traced SDK clients. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { type Budget, batch, model, parameter, type TrainResult, t, train } from "tracegrad";
import { split } from "tracegrad/data";
import type { ClientMeter } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { afterEach, describe, expect, test } from "vitest";

const rows = Array.from({ length: 8 }, (_, index) => ({ input: `q${index}`, target: "yes" }));

/** A run whose program makes one call for each example. */
function runAsking(ask: (prompt: never) => unknown, budget: Budget, prices: object = {}): Promise<TrainResult> {
  const prompt = parameter("Say yes.", { name: "prompt" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }), { name: "teacher" });
  return train<string, unknown, string>({
    agent: async (question) => (await ask(t`${prompt} ${question}` as never)) as never,
    optimizer: optoPrime(prompt, { llm }),
    template: batch(2),
    data: split(rows, { train: 4, validation: 4 }),
    guide: () => ({ score: 0.5, text: "So so." }),
    prices: { teacher: { input: 0, output: 0 }, ...prices },
    budget,
  }).result;
}

/** A client whose `create` gives `reply`. */
function clientOf(reply: unknown) {
  const made: unknown[] = [];
  const create = async (body: object): Promise<unknown> => {
    made.push(body);
    return reply;
  };
  return { made, chat: { create }, create };
}

const body = (content: unknown) => ({ model: "m-1", max_tokens: 50, messages: [{ role: "user", content }] });

describe("a reply of", () => {
  test.each([
    ["Anthropic", { usage: { input_tokens: 5, output_tokens: 3 } }, 5, 3],
    [
      "Anthropic with a cache",
      { usage: { input_tokens: 5, cache_creation_input_tokens: 20, cache_read_input_tokens: 100, output_tokens: 3 } },
      125,
      3,
    ],
    ["OpenAI's chat", { usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 } }, 5, 3],
    ["OpenAI's embeddings", { usage: { prompt_tokens: 5, total_tokens: 5 } }, 5, 0],
    [
      "OpenAI's responses",
      { usage: { input_tokens: 5, input_tokens_details: { cached_tokens: 2 }, output_tokens: 3 } },
      5,
      3,
    ],
    ["the AI SDK", { usage: { inputTokens: 5, outputTokens: 3 } }, 5, 3],
    [
      "Google",
      { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2, thoughtsTokenCount: 1, totalTokenCount: 8 } },
      5,
      3,
    ],
    ["LangChain", { usage_metadata: { input_tokens: 5, output_tokens: 3 } }, 5, 3],
    ["Ollama", { prompt_eval_count: 5, eval_count: 3 }, 5, 3],
  ])("%s is counted under its model, for the program", async (_, reply, inputTokens, outputTokens) => {
    const client = clientOf(reply);
    const traced = model(client);
    const { spent, warnings } = await runAsking(
      (prompt) => traced.chat.create(body(prompt)),
      { steps: 2 },
      {
        "m-1": { input: 1, output: 10 },
      },
    );
    const calls = client.made.length;
    expect(calls).toBeGreaterThan(4);
    expect(spent.byRole.agent).toMatchObject({
      llmCalls: calls,
      inputTokens: inputTokens * calls,
      outputTokens: outputTokens * calls,
    });
    expect(spent.byRole.agent.usd).toBeCloseTo((calls * (inputTokens + 10 * outputTokens)) / 1e6, 12);
    expect(warnings).toEqual([]);
  });
});

describe("a limit", () => {
  const reply = { text: "yes", usage: { input_tokens: 5, output_tokens: 3 } };

  test("of calls holds to the call", async () => {
    const client = clientOf(reply);
    const traced = model(client);
    const { reason } = await runAsking((prompt) => traced.create(body(prompt)), { steps: 9, llmCalls: 7 });
    expect([reason, client.made.length]).toEqual(["budget", 7 - 1]);
  });

  test.each([
    ["max_tokens", { max_tokens: 500 }],
    ["max_completion_tokens", { max_completion_tokens: 500 }],
    ["max_output_tokens", { max_output_tokens: 500 }],
    ["Google's config", { config: { maxOutputTokens: 500 } }],
    ["Ollama's options", { options: { num_predict: 500 } }],
    ["several answers", { max_tokens: 250, n: 2 }],
  ])("of tokens is checked before a call by its %s", async (_, bound) => {
    const ask = (client: ReturnType<typeof clientOf>) => {
      const traced = model(client);
      return (prompt: never) =>
        traced.create({ model: "m-1", messages: [{ role: "user", content: prompt }], ...bound });
    };
    const refused = clientOf(reply);
    expect((await runAsking(ask(refused), { steps: 1, tokens: 490 })).reason).toBe("budget");
    expect(refused.made).toEqual([]);
    const allowed = clientOf(reply);
    await runAsking(ask(allowed), { steps: 1, tokens: 3_000 });
    expect(allowed.made.length).toBeGreaterThan(0);
  });

  test("of dollars needs a price before anything is spent", async () => {
    const client = clientOf(reply);
    const traced = model(client);
    const failing = runAsking((prompt) => traced.create(body(prompt)), { steps: 1, usd: 1 });
    await expect(failing).rejects.toMatchObject({ code: "no-price", message: expect.stringContaining('"m-1"') });
    expect(client.made).toEqual([]);
  });

  test("of tokens refuses a model that does not say what it used, at its first reply", async () => {
    const client = clientOf({ text: "yes" });
    const traced = model(client);
    const failing = runAsking((prompt) => traced.create(body(prompt)), { steps: 1, tokens: 1e6 });
    await expect(failing).rejects.toMatchObject({ code: "uncounted", message: expect.stringContaining("meter") });
    const { warnings, spent } = await runAsking((prompt) => traced.create(body(prompt)), { steps: 1, llmCalls: 1e6 });
    expect(warnings).toEqual([expect.stringContaining("Replies of m-1 do not say")]);
    expect(spent.byRole.agent.llmCalls).toBeGreaterThan(0);
  });

  test("holds for a method that is known for a model's by its replies alone, from the second call on", async () => {
    let made = 0;
    const traced = model({ invoke: async (text: string) => ({ ...reply, text, model: "m-2", made: ++made }) });
    const { spent, reason } = await runAsking((prompt) => traced.invoke(prompt), { steps: 9, llmCalls: 6 });
    expect([reason, made, spent.byRole.agent.llmCalls]).toEqual(["budget", made, made]);
    expect(made).toBeLessThanOrEqual(6 + 4);
  });

  test("warns once of a method of which nobody knows what it calls, and a meter ends that", async () => {
    const service = { search: async (text: string) => [text] };
    const traced = model(service);
    const limited = { steps: 2, llmCalls: 100 };
    const warned = (await runAsking((prompt) => traced.search(prompt), limited)).warnings;
    expect(warned.filter((text) => text.includes('"search"'))).toHaveLength(1);
    expect((await runAsking((prompt) => traced.search(prompt), { steps: 2 })).warnings).toEqual([]);
    const silenced = model(service, { meter: () => undefined });
    const quiet = (await runAsking((prompt) => silenced.search(prompt), limited)).warnings;
    expect(quiet.filter((text) => text.includes('"search"'))).toEqual([]);
  });
});

describe("a meter of the user's", () => {
  test("says which calls go to a model, under which name, and what they used", async () => {
    let made = 0;
    const service = {
      ask: async (text: string) => ({ text, cost: 7, made: ++made }),
      log: async (text: string) => text,
    };
    const meter: ClientMeter = ({ method, args }) =>
      method === "ask"
        ? {
            model: "mine",
            most: { inputTokens: String(args[0]).length, outputTokens: 9 },
            usage: (reply) => ({ inputTokens: (reply as { cost: number }).cost, outputTokens: 2 }),
          }
        : undefined;
    const traced = model(service, { meter });
    const ask = async (prompt: never) => {
      await traced.log(prompt);
      return traced.ask(prompt);
    };
    const { spent } = await runAsking(ask, { steps: 1 }, { mine: { input: 1, output: 1 } });
    expect(spent.byRole.agent).toMatchObject({ llmCalls: made, inputTokens: 7 * made, outputTokens: 2 * made });
    expect(spent.byRole.agent.usd).toBeCloseTo((9 * made) / 1e6, 12);
  });
});

describe("what is not counted, or otherwise", () => {
  test("tokens that are only counted cost nothing", async () => {
    const traced = model({
      messages: { countTokens: async (asked: object) => ({ input_tokens: Object.keys(asked).length }) },
    });
    const { spent } = await runAsking((prompt) => traced.messages.countTokens(body(prompt)), { steps: 1, tokens: 1e6 });
    expect(spent.byRole.agent.llmCalls).toBe(0);
  });

  test("a stream counts at its upper bound, whether it is promised or given at once", async () => {
    async function* parts(asked: object) {
      yield Object.keys(asked);
    }
    const create = async (asked: object) => parts(asked);
    const traced = model({ create, messages: { stream: parts } });
    for (const ask of [
      (prompt: never) => traced.create({ ...body(prompt), stream: true }),
      (prompt: never) => traced.messages.stream(body(prompt)),
    ]) {
      const { spent } = await runAsking(ask, { steps: 1 });
      const { llmCalls, outputTokens } = spent.byRole.agent;
      expect(llmCalls).toBeGreaterThan(4);
      expect(outputTokens).toBe(50 * llmCalls);
      expect(spent.possiblyPaid).toBe(0);
      const held = await runAsking(ask, { steps: 9, llmCalls: 5 });
      expect([held.reason, held.spent.llmCalls]).toEqual(["budget", 5]);
    }
  });

  test("an object that asks a model which goes through the run is not counted beside it", async () => {
    const inner = scripted(() => "yes", { name: "inner" });
    const ask = async (messages: readonly { role: "user"; content: string }[]) => inner.generate({ messages });
    const traced = model({ ask, create: (given: { messages: never }) => ask(given.messages) });
    for (const call of [
      (prompt: never) => traced.ask([{ role: "user", content: prompt }] as never),
      (prompt: never) => traced.create({ messages: [{ role: "user", content: prompt }] as never }),
    ]) {
      const before = inner.calls.length;
      const { spent } = await runAsking(call, { steps: 1, tokens: 1e6 });
      expect(spent.byRole.agent.llmCalls).toBe(inner.calls.length - before);
    }
  });
});

describe("the real SDK of Anthropic", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(status: number, reply: object): Promise<{ client: Anthropic; requests: () => number }> {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(reply));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { client: new Anthropic({ apiKey: "k", baseURL, maxRetries: 0 }), requests: () => requests };
  }

  test("is held and counted to the token", async () => {
    const content = [{ type: "text", text: "yes" }];
    const reply = { id: "1", type: "message", role: "assistant", model: "claude-x", content, stop_reason: "end_turn" };
    const { client, requests } = await serve(200, { ...reply, usage: { input_tokens: 11, output_tokens: 4 } });
    const traced = model(client);
    const ask = (prompt: never) =>
      traced.messages.create({ model: "claude-x", max_tokens: 20, messages: [{ role: "user", content: prompt }] });
    const { spent, reason } = await runAsking(ask, { steps: 9, tokens: 200 });
    expect(reason).toBe("budget");
    expect(spent.byRole.agent).toMatchObject({ llmCalls: requests(), inputTokens: 11 * requests() });
    expect(spent.inputTokens + spent.outputTokens).toBeLessThanOrEqual(200);
    expect(requests()).toBeGreaterThan(4);
  });
});
