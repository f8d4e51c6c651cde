/** `traceFetch` under LangGraph: a prebuilt agent, whole and as a stream. */

import { tool } from "@langchain/core/tools";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { evaluate, trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { exactMatch } from "tracegrad/guides";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Answer, startServer } from "./server.ts";

const SYSTEM = "You are a careful helper.";

const lookUp = tool(() => "a constellation", {
  name: "look_up",
  description: "Looks a word up.",
  schema: z.object({ word: z.string() }),
});

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** A model that calls the tool and then answers, whole or as a stream. */
function answerTo({ messages, stream = false }: { messages: readonly { role: string }[]; stream?: boolean }): Answer {
  const call = { id: "t1", type: "function", function: { name: "look_up", arguments: '{"word":"lyra"}' } };
  const isLast = messages.at(-1)?.role === "tool";
  const message = isLast
    ? { content: "A lyre of stars." }
    : { content: "I look.", tool_calls: [{ ...call, index: 0 }] };
  const head = {
    id: `c${messages.length}`,
    object: `chat.completion${stream ? ".chunk" : ""}`,
    created: 1,
    model: "gpt-test",
  };
  const part = { role: "assistant", ...message };
  const finish = { index: 0, finish_reason: isLast ? "stop" : "tool_calls" };
  if (!stream) return { json: { ...head, choices: [{ ...finish, message: part }], usage } };
  const chunks = [
    { ...head, choices: [{ index: 0, delta: part }] },
    { ...head, choices: [{ ...finish, delta: {} }] },
  ];
  return { events: [...chunks, { ...head, choices: [], usage }, "[DONE]"] };
}

async function startAgent(isStreamed: boolean) {
  const { url, bodies } = await startServer(answerTo);
  const configuration = { baseURL: url, fetch: traceFetch() };
  const llm = new ChatOpenAI({ model: "gpt-test", apiKey: "none", configuration });
  const graph = createReactAgent({ llm, tools: [lookUp], prompt: SYSTEM });
  async function explain(word: string): Promise<string> {
    const input = { messages: [{ role: "user", content: `What is ${word}?` }] };
    if (!isStreamed) return (await graph.invoke(input)).messages.at(-1)?.text ?? "";
    let text = "";
    for await (const [chunk, { langgraph_node }] of await graph.stream(input, { streamMode: "messages" })) {
      // The last answer is what came after the last tool.
      text = langgraph_node === "tools" ? "" : text + chunk.text;
    }
    return text;
  }
  return { bodies, agent: learn(explain, { system: SYSTEM }) };
}

const data = ["lyra", "vega", "cygnus"].map((word) => ({ input: word, target: "A lyre of stars." }));
const guide = exactMatch();

describe("traceFetch in LangGraph", () => {
  it.each([false, true])("makes the graph of a prebuilt agent, also where it streams: %s", async (isStreamed) => {
    const { agent, bodies } = await startAgent(isStreamed);
    expect(await agent("lyra")).toBe("A lyre of stars.");
    const graph = await trace(() => agent("lyra"));
    expect(graph.value).toBe("A lyre of stars.");
    expect(bodies.slice(2)).toEqual(bodies.slice(0, 2));
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      ...["word", "system", "request", "call_model", "look_up", "call_model", "explain"],
    ]);
    const { mean, spent, warnings } = await evaluate({ agent, data, guide });
    expect([mean, spent.llmCalls, spent.inputTokens, warnings]).toEqual([1, 6, 60, []]);
  });
});
