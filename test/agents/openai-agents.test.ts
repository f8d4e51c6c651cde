/** `traceFetch` under OpenAI Agents: a handoff and a tool over its two APIs, whole and as a stream. */

import { Agent, OpenAIProvider, Runner, tool } from "@openai/agents";
import { evaluate, trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { exactMatch } from "tracegrad/guides";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { OpenAI } from "../../examples/agents/openai-agents/openai.ts";
import { type Answer, startServer } from "./server.ts";

const DESK = "You hand questions over.";
const READER = "You are a careful reader.";
const ANSWER = "A lyre of stars.";

/** What the model of a test is sent, by either API. */
interface Body {
  readonly stream?: boolean;
  readonly messages?: readonly object[];
  readonly input?: readonly object[];
}

/** What the model says: it hands over, calls the tool, and answers. */
type Turn = { readonly name: string; readonly arguments: string } | string;
const turns: readonly Turn[] = [
  { name: "transfer_to_Reader", arguments: "{}" },
  { name: "look_up", arguments: '{"word":"lyra"}' },
  ANSWER,
];

/** The turn after as many results of tools as the request has. */
function turnAfter(items: readonly object[]): { turn: Turn; index: number } {
  const index = items.filter((item) => "tool_call_id" in item || ("output" in item && "call_id" in item)).length;
  return { turn: turns[index] ?? "", index };
}

function chatAnswer({ messages = [], stream = false }: Body): Answer {
  const { turn, index } = turnAfter(messages);
  const head = { id: `c${index}`, object: `chat.completion${stream ? ".chunk" : ""}`, created: 1, model: "gpt-test" };
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const call = { id: `t${index}`, type: "function", function: turn, index: 0 };
  const part = { role: "assistant", ...(typeof turn === "string" ? { content: turn } : { tool_calls: [call] }) };
  const finish = { index: 0, finish_reason: typeof turn === "string" ? "stop" : "tool_calls" };
  if (!stream) return { json: { ...head, choices: [{ ...finish, message: part }], usage } };
  const chunks = [
    { ...head, choices: [{ index: 0, delta: part }] },
    { ...head, choices: [{ ...finish, delta: {} }] },
  ];
  return { events: [...chunks, { ...head, choices: [], usage }, "[DONE]"] };
}

function responsesAnswer({ input = [], stream = false }: Body): Answer {
  const { turn, index } = turnAfter(input);
  const text = { type: "output_text", text: turn, annotations: [] };
  const item =
    typeof turn === "string"
      ? { type: "message", id: `m${index}`, role: "assistant", status: "completed", content: [text] }
      : { type: "function_call", id: `f${index}`, call_id: `t${index}`, status: "completed", ...turn };
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
  const head = { id: `r${index}`, object: "response", created_at: 1, model: "gpt-test" };
  const response = { ...head, status: "completed", output: [item], usage };
  if (!stream) return { json: response };
  const created = { ...head, status: "in_progress", output: [] };
  return {
    events: [
      { type: "response.created", sequence_number: 0, response: created },
      { type: "response.output_item.done", sequence_number: 1, output_index: 0, item },
      { type: "response.completed", sequence_number: 2, response },
    ],
  };
}

async function startAgents(api: "Responses" | "Chat Completions", isStreamed: boolean) {
  const useResponses = api === "Responses";
  const { url, bodies } = await startServer(useResponses ? responsesAnswer : chatAnswer);
  const openAIClient = new OpenAI({ apiKey: "none", baseURL: url, fetch: traceFetch() });
  const modelProvider = new OpenAIProvider({ openAIClient, useResponses });
  const runner = new Runner({ modelProvider, model: "gpt-test", tracingDisabled: true });
  const lookUp = tool({
    name: "look_up",
    description: "Looks a word up.",
    parameters: z.object({ word: z.string() }),
    execute: () => "a constellation",
  });
  const reader = new Agent({ name: "Reader", instructions: READER, tools: [lookUp] });
  const desk = new Agent({ name: "Desk", instructions: DESK, handoffs: [reader] });
  async function explain(word: string): Promise<string> {
    const question = `What is ${word}?`;
    if (!isStreamed) return (await runner.run(desk, question)).finalOutput ?? "";
    const result = await runner.run(desk, question, { stream: true });
    await result.completed;
    return result.finalOutput ?? "";
  }
  return { bodies, agent: learn(explain, { desk: DESK, reader: READER }) };
}

const data = ["lyra", "vega", "cygnus"].map((word) => ({ input: word, target: ANSWER }));
const guide = exactMatch();

describe("traceFetch in OpenAI Agents", () => {
  it.each([
    ["Responses", false],
    ["Responses", true],
    ["Chat Completions", false],
    ["Chat Completions", true],
  ] as const)("makes the graph of a handoff over %s, also where it streams: %s", async (api, isStreamed) => {
    const { agent, bodies } = await startAgents(api, isStreamed);
    expect(await agent("lyra")).toBe(ANSWER);
    const graph = await trace(() => agent("lyra"));
    expect(graph.value).toBe(ANSWER);
    expect(bodies.slice(3)).toEqual(bodies.slice(0, 3));
    const calls = graph.nodes.filter(({ op }) => op === "call_model");
    expect(calls.map(({ inputs }) => Object.keys(inputs))).toEqual([
      ["desk", "word", "request"],
      // The new instructions are the first message of a chat, so nothing goes on there.
      ["reader", api === "Responses" ? "history" : "word", "transfer_to_Reader", "request"],
      ["reader", "history", "look_up"],
    ]);
    const requests = graph.nodes.filter(({ op }) => op === "request").map((node) => String(node.peek()));
    expect(requests).toEqual([
      expect.stringContaining("tool transfer_to_Reader: "),
      expect.stringContaining("tool look_up: Looks a word up."),
    ]);
    const { mean, spent, warnings } = await evaluate({ agent, data, guide });
    expect([mean, spent.llmCalls, spent.inputTokens, warnings]).toEqual([1, 9, 90, []]);
  });
});
