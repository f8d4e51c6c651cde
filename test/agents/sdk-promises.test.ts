/** Learning programs that give an SDK's own promise: its methods stay, in production, in a trace and in a run. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic, { APIPromise as AnthropicPromise } from "@anthropic-ai/sdk";
import OpenAI, { APIPromise as OpenAIPromise } from "openai";
import OpenAI7, { APIPromise as OpenAI7Promise } from "openai-7";
import { evaluate, node, trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { exactMatch } from "tracegrad/guides";
import { load } from "tracegrad/production";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Answer, claudeReply, startServer } from "./server.ts";

const SYSTEM = "You name the capital of a country.";
const headers = { "request-id": "req_7", "x-request-id": "req_7" };

const chatReply = (content: string): object => ({
  ...{ id: "1", object: "chat.completion", created: 1, model: "m" },
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
});

/** What the promises of the SDKs have in common. */
interface SdkPromise extends Promise<unknown> {
  asResponse(): Promise<Response>;
  withResponse(): Promise<{
    readonly data: unknown;
    readonly response: Response;
    readonly request_id?: string | null | undefined;
  }>;
}

interface Sdk {
  readonly name: string;
  readonly kind: abstract new (...args: never[]) => object;
  readonly reply: (text: string) => object;
  readonly textOf: (data: unknown) => string;
  readonly program: (baseURL: string) => (country: string) => SdkPromise;
}

const common = { apiKey: "none", maxRetries: 0, fetch: traceFetch() };
const chat = (country: string) => ({
  model: "m",
  messages: [
    { role: "system" as const, content: SYSTEM },
    { role: "user" as const, content: country },
  ],
});
const chatText = (data: unknown) => (data as OpenAI.ChatCompletion).choices[0]?.message.content ?? "";

const sdks: readonly Sdk[] = [
  {
    name: "Anthropic",
    kind: AnthropicPromise,
    reply: claudeReply,
    textOf: (data) => (data as { readonly content: readonly { readonly text: string }[] }).content[0]?.text ?? "",
    program: (baseURL) => {
      const client = new Anthropic({ ...common, baseURL });
      return (country) =>
        client.messages.create({
          ...{ model: "m", max_tokens: 9, system: SYSTEM, messages: [{ role: "user", content: country }] },
        });
    },
  },
  {
    ...{ name: "OpenAI 6", kind: OpenAIPromise, reply: chatReply, textOf: chatText },
    program: (baseURL) => {
      const client = new OpenAI({ ...common, baseURL });
      return (country) => client.chat.completions.create(chat(country));
    },
  },
  {
    ...{ name: "OpenAI 7", kind: OpenAI7Promise, reply: chatReply, textOf: chatText },
    program: (baseURL) => {
      const client = new OpenAI7({ ...common, baseURL });
      return (country) => client.chat.completions.create(chat(country));
    },
  },
];

async function agentOf(
  { program, reply }: Sdk,
  answer: () => Answer = () => ({ status: 200, json: reply("Lima"), headers }),
) {
  const server = await startServer(answer);
  return { server, agent: learn(program(server.url), { system: SYSTEM }) };
}

describe.each(sdks)("the promise of $name", (sdk) => {
  const { kind, textOf, reply } = sdk;

  it("is the SDK's, with its methods, and sends what was learned", async () => {
    const { server, agent } = await agentOf(sdk);
    await load(agent, { format: "tracegrad-learned", version: 1, values: { system: "Name it." } });
    const promise = agent("Peru");
    expect(promise).toBeInstanceOf(kind);
    const { data, response, request_id } = await promise.withResponse();
    expect([textOf(data), response.status, request_id]).toEqual(["Lima", 200, "req_7"]);
    // Also where it is awaited once more.
    expect(await promise).toBe(data);
    const raw = await agent("Peru").asResponse();
    expect(textOf(await raw.json())).toBe("Lima");
    expect(server.bodies.map((body) => body.includes("Name it."))).toEqual([true, true]);
  });

  it("fails with the SDK's error in each of its methods", async () => {
    const json = { type: "error", error: { type: "invalid_request_error", message: "no such land" } };
    const { agent } = await agentOf(sdk, () => ({ status: 400, json }));
    const ways: readonly ((promise: SdkPromise) => Promise<unknown>)[] = [
      (promise) => promise,
      (promise) => promise.withResponse(),
      (promise) => promise.asResponse(),
      (promise) => promise.finally(() => undefined),
    ];
    for (const way of ways) await expect(way(agent("Peru"))).rejects.toMatchObject({ status: 400 });
    expect(await agent("Peru").catch(() => "caught")).toBe("caught");
  });

  it("is a result in a trace, by whatever method it is awaited", async () => {
    const { agent } = await agentOf(sdk);
    const ways: readonly ((promise: SdkPromise) => Promise<string>)[] = [
      async (promise) => textOf(await promise),
      async (promise) => textOf((await promise.withResponse()).data),
      async (promise) => textOf(await (await promise.asResponse()).json()),
    ];
    for (const way of ways) {
      const graph = await trace(async () => way(agent("Peru")));
      expect(graph.value).toBe("Lima");
      expect(graph.parameters).toEqual([agent.parameters.system]);
      const results = graph.nodes.filter(({ parents }) => parents.some(({ name }) => name === "reply"));
      expect(results).toHaveLength(1);
    }
    const result = await agent(node("Peru"));
    expect(textOf(result.data)).toBe("Lima");
  });

  it("comes from the journal of a run that is resumed", async () => {
    let calls = 0;
    const { server, agent } = await agentOf(sdk, () => ({ status: 200, json: reply(`Lima ${(calls += 1)}`), headers }));
    let isUp = false;
    const path = mkdtempSync(join(tmpdir(), "tracegrad-promises-"));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    const program = async (country: string): Promise<string> => {
      const { data, response, request_id } = await agent(country).withResponse();
      if (!isUp) throw Object.assign(new Error("The machine goes down."), { status: 503 });
      return [textOf(data), response.status, request_id].join();
    };
    const data = [{ input: "Peru", target: "Lima 1,200,req_7" }];
    const options = { agent: program, guide: exactMatch(), data, folder: join(path, "run") };
    await expect(evaluate(options)).rejects.toThrow("goes down");
    isUp = true;
    expect(await evaluate(options)).toMatchObject({ mean: 1 });
    expect(server.bodies).toHaveLength(1);
  });
});

it("keeps what an SDK puts on a promise of the language, and methods that give the promise itself", async () => {
  class Request extends Promise<string> {
    readonly #word = "own";
    readonly id = 7;
    private(): string {
      return this.#word;
    }
    self(): this {
      return this;
    }
  }
  const request = learn(() => Request.resolve("done") as Request, { system: SYSTEM });
  const promise = request();
  expect([promise.id, promise.private(), promise.self(), promise.constructor]).toEqual([7, "own", promise, Request]);
  const withCancel = learn(() => Object.assign(Promise.resolve("done"), { cancel: () => "gone" }), { system: SYSTEM });
  expect([await promise, withCancel().cancel(), await withCancel()]).toEqual(["done", "gone", "done"]);
});
