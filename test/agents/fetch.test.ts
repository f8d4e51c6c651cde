/** `traceFetch` under the real SDKs: each wire format, whole and as a stream, and what a server refuses. */

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type Node, trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { describe, expect, it } from "vitest";
import { type Answer, claudeReply, startServer } from "./server.ts";

const SYSTEM = "You are a careful helper.";
const TOOL = { name: "look_up", description: "Looks a word up.", schema: { type: "object" as const } };

/** A program that calls a tool once and then answers; the text that it gives is that of the last reply. */
type Program = (word: string) => Promise<string>;

interface Setup {
  readonly name: string;
  readonly turns: readonly [Answer, Answer];
  program(url: string): Program;
}

const wait = { type: "tool_use", id: "t1", name: "look_up", input: { word: "lyra" } };
const claudeTurns = [claudeReply([{ type: "text", text: "I look." }, wait]), claudeReply("A lyre of stars.")] as const;

function claudeEvents(blocks: readonly Record<string, unknown>[]): Answer {
  const start = { ...claudeReply([], { input_tokens: 10, output_tokens: 1 }), stop_reason: null };
  return {
    events: [
      { type: "message_start", message: start },
      ...blocks.flatMap((block, index) => [
        {
          type: "content_block_start",
          index,
          content_block: block["type"] === "text" ? { type: "text", text: "" } : { ...block, input: {} },
        },
        ...deltasOf(block).map((delta) => ({ type: "content_block_delta", index, delta })),
        { type: "content_block_stop", index },
      ]),
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 5 } },
      { type: "message_stop" },
    ],
  };
}

function deltasOf(block: Record<string, unknown>): readonly object[] {
  const text = block["type"] === "text" ? String(block["text"]) : JSON.stringify(block["input"]);
  return [text.slice(0, 4), text.slice(4)].map((part) =>
    block["type"] === "text" ? { type: "text_delta", text: part } : { type: "input_json_delta", partial_json: part },
  );
}

const claude = (stream: boolean): Setup => ({
  name: `Anthropic's Messages${stream ? ", streamed" : ""}`,
  turns: stream
    ? [
        claudeEvents([{ type: "text", text: "I look." }, wait]),
        claudeEvents([{ type: "text", text: "A lyre of stars." }]),
      ]
    : [{ json: claudeTurns[0] }, { json: claudeTurns[1] }],
  program(url) {
    const client = new Anthropic({ apiKey: "none", baseURL: url, fetch: traceFetch() });
    return async function explain(word) {
      const messages: Anthropic.MessageParam[] = [{ role: "user", content: `What is ${word}?` }];
      const ask = async (): Promise<Anthropic.Message> => {
        const tools = [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.schema }];
        const body = { model: "claude-test", max_tokens: 9, system: SYSTEM, tools, messages };
        return stream ? client.messages.stream(body).finalMessage() : client.messages.create(body);
      };
      const first = await ask();
      const result = { type: "tool_result" as const, tool_use_id: "t1", content: "a constellation" };
      messages.push({ role: "assistant", content: first.content }, { role: "user", content: [result] });
      const { content } = await ask();
      return content[0]?.type === "text" ? content[0].text : "";
    };
  },
});

const call = { id: "t1", type: "function", function: { name: "look_up", arguments: '{"word":"lyra"}' } };
const completion = (message: object) => ({
  ...{ id: "c1", object: "chat.completion", created: 1, model: "gpt-test" },
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", ...message } }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
});

function chunks(deltas: readonly object[]): Answer {
  const head = { id: "c1", object: "chat.completion.chunk", created: 1, model: "gpt-test" };
  const events = deltas.map((delta) => ({
    ...head,
    choices: [{ index: 0, delta: { role: "assistant", ...delta }, finish_reason: null }],
  }));
  const end = { ...head, choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } };
  const stop = { ...head, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
  return { events: [...events, stop, end, "[DONE]"] };
}

const callChunks = [{ content: "I " }, { content: "look." }].concat(
  ['{"word"', ':"lyra"}'].map((part, index) => ({
    tool_calls: [
      {
        index: 0,
        ...(index === 0
          ? { ...call, function: { name: "look_up", arguments: part } }
          : { function: { arguments: part } }),
      },
    ],
  })) as never,
);

const chat = (stream: boolean): Setup => ({
  name: `OpenAI's Chat Completions${stream ? ", streamed" : ""}`,
  turns: stream
    ? [chunks(callChunks), chunks([{ content: "A lyre " }, { content: "of stars." }])]
    : [
        { json: completion({ content: "I look.", tool_calls: [call] }) },
        { json: completion({ content: "A lyre of stars." }) },
      ],
  program(url) {
    const client = new OpenAI({ apiKey: "none", baseURL: url, fetch: traceFetch() });
    return async function explain(word) {
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        { role: "system", content: SYSTEM },
        { role: "user", content: `What is ${word}?` },
      ];
      const fn = { name: TOOL.name, description: TOOL.description, parameters: TOOL.schema };
      const body = { model: "gpt-test", messages, tools: [{ type: "function" as const, function: fn }] };
      const ask = async (): Promise<OpenAI.ChatCompletion> => {
        if (!stream) return client.chat.completions.create(body);
        const options = { ...body, stream: true as const, stream_options: { include_usage: true } };
        return client.chat.completions.stream(options).finalChatCompletion();
      };
      const first = await ask();
      messages.push(first.choices[0]?.message as OpenAI.ChatCompletionMessageParam);
      messages.push({ role: "tool", tool_call_id: "t1", content: "a constellation" });
      return (await ask()).choices[0]?.message.content ?? "";
    };
  },
});

const response = (output: readonly object[]) => ({
  ...{ id: `r${output.length}`, object: "response", created_at: 1, model: "gpt-test", status: "completed", output },
  usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
});
const says = (text: string) => ({
  type: "message",
  id: "m",
  role: "assistant",
  content: [{ type: "output_text", text, annotations: [] }],
});
const outputs = [
  [says("I look."), { type: "function_call", id: "f", call_id: "t1", name: "look_up", arguments: '{"word":"lyra"}' }],
  [says("A lyre of stars.")],
];
const completed = (output: readonly object[]): Answer => ({
  events: [
    { type: "response.created", response: { ...response([]), status: "in_progress" } },
    { type: "response.completed", response: response(output) },
  ],
});

const responses = (stream: boolean, isStored: boolean): Setup => ({
  name: `OpenAI's Responses${stream ? ", streamed" : ""}${isStored ? ", by the id of the one before" : ""}`,
  turns: outputs.map((output) => (stream ? completed(output) : { json: response(output) })) as [Answer, Answer],
  program(url) {
    const client = new OpenAI({ apiKey: "none", baseURL: url, fetch: traceFetch() });
    return async function explain(word) {
      const tools = [
        {
          type: "function" as const,
          name: TOOL.name,
          description: TOOL.description,
          parameters: TOOL.schema,
          strict: false,
        },
      ];
      const ask = async (
        input: OpenAI.Responses.ResponseInput,
        previous?: string,
      ): Promise<OpenAI.Responses.Response> => {
        const before = previous === undefined ? {} : { previous_response_id: previous };
        const body = { model: "gpt-test", instructions: SYSTEM, input, tools, ...before };
        if (!stream) return client.responses.create(body);
        let last: OpenAI.Responses.Response | undefined;
        for await (const event of await client.responses.create({ ...body, stream: true })) {
          if (event.type === "response.completed") last = event.response;
        }
        return last as OpenAI.Responses.Response;
      };
      const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: `What is ${word}?` }];
      const first = await ask(input);
      const result = { type: "function_call_output" as const, call_id: "t1", output: "a constellation" };
      const second = isStored
        ? await ask([result], first.id)
        : await ask([...input, ...(first.output as OpenAI.Responses.ResponseInput), result]);
      const [message] = second.output;
      return message?.type === "message" && message.content[0]?.type === "output_text" ? message.content[0].text : "";
    };
  },
});

const setups = [
  ...[claude(false), claude(true), chat(false), chat(true)],
  ...[responses(false, false), responses(true, false), responses(false, true)],
];

const inputsOf = (node: Node | undefined): readonly string[] => Object.keys(node?.inputs ?? {});

describe("traceFetch", () => {
  it.each(setups)("makes the same graph of a tool's turn in $name", async ({ turns, program }) => {
    const server = await startServer((_, index) => turns[index % 2] as Answer);
    const agent = learn(program(server.url), { system: SYSTEM });
    expect(await agent("lyra")).toBe("A lyre of stars.");
    const graph = await trace(() => agent("lyra"));
    expect(graph.value).toBe("A lyre of stars.");
    expect(server.bodies.slice(2)).toEqual(server.bodies.slice(0, 2));
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      ...["word", "system", "request", "call_model", "look_up", "call_model", "explain"],
    ]);
    const [first, second] = graph.nodes.filter(({ op }) => op === "call_model");
    expect([inputsOf(first), inputsOf(second)]).toEqual([
      ["system", "word", "request"],
      ["system", "history", "look_up"],
    ]);
    expect(first?.data).toEqual({ text: "I look.", calls: [{ tool: "look_up", input: { word: "lyra" } }] });
    expect(graph.nodes.find(({ op }) => op === "look_up")?.data).toEqual({
      input: { word: "lyra" },
      result: "a constellation",
    });
  });

  it("lets the SDK wait and try again where the server is overloaded, and counts the reply once", async () => {
    const overloaded = { type: "error", error: { type: "overloaded_error", message: "busy" } };
    const { turns, program } = claude(false);
    const server = await startServer((_, index) =>
      index === 0
        ? { status: 529, json: overloaded, headers: { "retry-after-ms": "1" } }
        : (turns[(index - 1) % 2] as Answer),
    );
    const graph = await trace(() => learn(program(server.url), { system: SYSTEM })("lyra"));
    expect(server.bodies).toHaveLength(3);
    expect(graph.nodes.filter(({ op }) => op === "call_model")).toHaveLength(2);
  });

  it("closes the node of a stream that is left early with what came", async () => {
    const server = await startServer(() => claudeEvents([{ type: "text", text: "A lyre of stars." }]));
    const client = new Anthropic({ apiKey: "none", baseURL: server.url, fetch: traceFetch() });
    const agent = learn(
      async function first(word: string) {
        const messages = [{ role: "user" as const, content: word }];
        const stream = await client.messages.create({
          model: "m",
          max_tokens: 9,
          system: SYSTEM,
          messages,
          stream: true,
        });
        for await (const event of stream) if (event.type === "content_block_delta") return "left";
        return "";
      },
      { system: SYSTEM },
    );
    const graph = await trace(() => agent("lyra"));
    expect(graph.nodes.map(({ op }) => op)).toContain("call_model");
  });

  it("passes other requests on as they are", async () => {
    const seen: unknown[] = [];
    const send = async (...args: unknown[]) => Response.json(seen.push(args));
    const traced = traceFetch(send as typeof fetch);
    const init = { method: "POST", body: JSON.stringify({ model: "m", input: "text" }) };
    await traced("https://example.test/v1/embeddings", init);
    await traced("https://example.test/v1/messages");
    expect(seen).toEqual([
      ["https://example.test/v1/embeddings", init],
      ["https://example.test/v1/messages", undefined],
    ]);
  });
});
