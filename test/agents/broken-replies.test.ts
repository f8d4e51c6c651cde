/** Replies with a good status that end in an error or too early: in a run they are failures, and never stored. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import Anthropic from "@anthropic-ai/sdk";
import { streamText } from "ai";
import OpenAI from "openai";
import { ExceptionNode, evaluate, trace } from "tracegrad";
import { learn, traceFetch, traceModel } from "tracegrad/agents";
import { exactMatch } from "tracegrad/guides";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Answer, claudeReply, startServer } from "./server.ts";

const SYSTEM = "You are a careful helper.";

type Ask = (word: string) => Promise<string>;
type Client = (url: string) => Ask;

const claude: Client = (url) => {
  const client = new Anthropic({ apiKey: "none", baseURL: url, maxRetries: 0, fetch: traceFetch() });
  return async (content) => {
    const messages = [{ role: "user" as const, content }];
    const request = { model: "m", max_tokens: 9, system: SYSTEM, messages, stream: true as const };
    let text = "";
    for await (const event of await client.messages.create(request))
      if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
    return text;
  };
};

const openAi = (url: string) => new OpenAI({ apiKey: "none", baseURL: url, maxRetries: 0, fetch: traceFetch() });

const chat: Client = (url) => {
  const client = openAi(url);
  return async (content) => {
    const messages = [
      { role: "system" as const, content: SYSTEM },
      { role: "user" as const, content },
    ];
    let text = "";
    for await (const chunk of await client.chat.completions.create({ model: "m", messages, stream: true }))
      text += chunk.choices[0]?.delta.content ?? "";
    return text;
  };
};

/** As a careless program does it, which takes an answer without choices for an empty one. */
const wholeChat: Client = (url) => {
  const client = openAi(url);
  return async (content) => {
    const messages = [{ role: "user" as const, content: `${SYSTEM} ${content}` }];
    const { choices } = await client.chat.completions.create({ model: "m", messages });
    return (choices[0] as { readonly message: { readonly content: string } }).message.content;
  };
};

const responses: Client = (url) => {
  const client = openAi(url);
  return async (input) => {
    let text = "";
    for await (const event of await client.responses.create({ model: "m", instructions: SYSTEM, input, stream: true }))
      if (event.type === "response.output_text.delta") text += event.delta;
    return text;
  };
};

const aiSdk: Client = (baseURL) => {
  const model = traceModel(createOpenAICompatible({ name: "local", baseURL })("m"));
  return async (prompt) => streamText({ model, system: SYSTEM, prompt, maxRetries: 0, onError: () => undefined }).text;
};

const claudeBegin = [
  { type: "message_start", message: { ...claudeReply([]), stop_reason: null } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "ly" } },
];
const claudeEnd = [
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "ra" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 5 } },
  { type: "message_stop" },
];

const chunk = (content: string, reason: string | null) => ({
  ...{ id: "c1", object: "chat.completion.chunk", created: 1, model: "m" },
  choices: [{ index: 0, delta: { role: "assistant", content }, finish_reason: reason }],
});
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const chatEnd = [chunk("ra", "stop"), { ...chunk("", null), choices: [], usage }, "[DONE]"];

const responseOf = (status: string, error: unknown = null) => {
  const message = {
    type: "message",
    id: "m1",
    role: "assistant",
    status,
    content: [{ type: "output_text", text: "lyra" }],
  };
  const counts = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
  return { id: "r1", object: "response", model: "m", status, error, output: [message], usage: counts };
};
const delta = (text: string) => ({ type: "response.output_text.delta", item_id: "m1", output_index: 0, delta: text });
const responsesEnd = [delta("ra"), { type: "response.completed", response: responseOf("completed") }];

const failure = { message: "went wrong", type: "odd_error" };
const events = (...list: readonly unknown[]): Answer => ({ events: list });

interface Case {
  readonly name: string;
  readonly client: Client;
  readonly broken: Answer;
  readonly whole: Answer;
}

const cases: readonly Case[] = [
  ...(
    [
      ["without its last event", ...claudeBegin, ...claudeEnd.slice(0, -1)],
      [
        "with an overloaded_error",
        ...claudeBegin,
        { type: "error", error: { type: "overloaded_error", message: "busy" } },
      ],
      ["with another error", ...claudeBegin, { type: "error", error: failure }],
    ] as const
  ).map(([how, ...list]) => ({
    ...{ name: `Anthropic's stream ${how}`, client: claude },
    ...{ broken: events(...list), whole: events(...claudeBegin, ...claudeEnd) },
  })),
  ...(
    [
      ["that is cut", chunk("ly", null)],
      ["with an error", chunk("ly", null), { error: failure }],
    ] as const
  ).flatMap(([how, ...list]) =>
    (
      [
        [`OpenAI's chat stream ${how}`, chat],
        [`a stream of the AI SDK ${how}`, aiSdk],
      ] as const
    ).map(([name, client]) => ({
      ...{ name, client, broken: events(...list), whole: events(chunk("ly", null), ...chatEnd) },
    })),
  ),
  ...(
    [
      ["that is cut", delta("ly")],
      ["with response.failed", delta("ly"), { type: "response.failed", response: responseOf("failed", failure) }],
      ["with an error", delta("ly"), { type: "error", code: "odd", message: "went wrong", param: null }],
    ] as const
  ).map(([how, ...list]) => ({
    ...{ name: `OpenAI's stream of responses ${how}`, client: responses },
    ...{ broken: events(...list), whole: events(delta("ly"), ...responsesEnd) },
  })),
  {
    ...{ name: "an error with status 200", client: wholeChat, broken: { json: { error: failure } } },
    whole: {
      json: { id: "c1", model: "m", usage, choices: [{ index: 0, message: { role: "assistant", content: "lyra" } }] },
    },
  },
];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tracegrad-broken-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "run");
}

describe("a reply that is not whole", () => {
  it.each(cases)("stops a run in order, which then asks again: $name", async ({ client, broken, whole }) => {
    let isBroken = true;
    const server = await startServer(() => (isBroken ? broken : whole));
    const agent = learn(client(server.url), { system: SYSTEM });
    const options = { agent, guide: exactMatch(), data: [{ input: "x", target: "lyra" }], folder: folder() };
    await expect(evaluate(options)).rejects.toThrow(/An external call failed|The call to m failed/);
    expect(server.bodies).toHaveLength(1);
    isBroken = false;
    expect(await evaluate(options)).toMatchObject({ mean: 1, reason: "done", failures: 0 });
    await evaluate(options);
    expect(server.bodies).toHaveLength(2);
  });

  it.each(cases.filter(({ client }) => client !== aiSdk))(
    "is no answer of a program that is plain, either: $name",
    async ({ client, broken, whole }) => {
      let isBroken = true;
      const server = await startServer(() => (isBroken ? broken : whole));
      const options = { agent: client(server.url), guide: exactMatch(), data: [{ input: "x", target: "lyra" }] };
      await expect(evaluate(options)).rejects.toThrow(/An external call failed|The call to m failed/);
      isBroken = false;
      expect(await evaluate(options)).toMatchObject({ mean: 1 });
    },
  );

  it.each(cases.filter(({ name }) => /error|failed/.test(name)))(
    "is for the program what it is without a run: $name",
    async ({ client, broken, whole }) => {
      const server = await startServer((_, index) => (index % 2 === 0 ? broken : whole));
      const seen: string[] = [];
      const ask = client(server.url);
      const careful = async (word: string): Promise<string> => {
        seen.push(await ask(word).catch(String));
        return ask(word);
      };
      await careful("x");
      const agent = learn(careful, { system: SYSTEM });
      const { mean } = await evaluate({ agent, guide: exactMatch(), data: [{ input: "x", target: "lyra" }] });
      expect([mean, new Set(seen).size, seen.length]).toEqual([1, 1, 2]);
    },
  );

  it("stops a run also where another call, which was under way beside it, is answered later", async () => {
    let answerOther: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => (answerOther = resolve));
    const fetch = traceFetch(async (_, init) => {
      if (!String(init?.body).includes("other")) return Response.json({ error: failure });
      await isOver;
      const choices = [{ index: 0, message: { role: "assistant", content: "other" } }];
      return Response.json({ id: "c1", model: "m", usage, choices });
    });
    const client = new OpenAI({ apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0, fetch });
    const ask = async (word: string): Promise<string> => {
      const messages = [{ role: "user" as const, content: `${SYSTEM} ${word}` }];
      const { choices } = (await client.chat.completions.create({ model: "m", messages })) as {
        readonly choices?: readonly { readonly message: { readonly content: string | null } }[];
      };
      if (word !== "other") answerOther();
      return choices?.[0]?.message.content ?? "nothing";
    };
    const both = async (word: string): Promise<string> => (await Promise.all([ask(word), ask("other")])).join();
    const agent = learn(both, { system: SYSTEM });
    const run = evaluate({ agent, guide: exactMatch(), data: [{ input: "x", target: "lyra,other" }] });
    await expect(run).rejects.toThrow("went wrong");
  });

  it.each(cases)("is no reply in a trace: $name", async ({ client, broken }) => {
    const server = await startServer(() => broken);
    const ask = client(server.url);
    const agent = learn((word: string) => ask(word).catch(() => "failed"), { system: SYSTEM });
    const { nodes } = await trace(() => agent("x"));
    const replies = nodes.filter((node) => node.op === "call_model" && !(node instanceof ExceptionNode));
    expect(replies).toEqual([]);
  });
});
