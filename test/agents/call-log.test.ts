/** Which results belong to which calls, where turns are sent again, ids repeat and values are equal. */

import Anthropic from "@anthropic-ai/sdk";
import { type Node, trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { describe, expect, it } from "vitest";
import { claudeReply } from "./server.ts";

const SYSTEM = "You are a careful helper.";

/** An agent whose model asks for a tool and then answers, and the statuses of its requests after the first one. */
function explainerOf(statuses: readonly number[] = []) {
  const left = [...statuses];
  const client = new Anthropic({
    ...{ apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0 },
    fetch: traceFetch(async (_, init) => {
      const { messages } = JSON.parse(String(init?.body)) as { readonly messages: readonly { content: string }[] };
      const call = { type: "tool_use", id: "call_0", name: "look_up", input: { word: messages[0]?.content } };
      if (messages.length === 1) return Response.json(claudeReply([call]));
      const status = left.shift() ?? 200;
      return Response.json(status === 200 ? claudeReply("It shines.") : { type: "error", error: {} }, { status });
    }),
  });
  return async function explain(word: string, beforeAnswer = async () => undefined): Promise<readonly string[]> {
    const common = { model: "claude-test", max_tokens: 9, system: SYSTEM };
    const question = { role: "user" as const, content: word };
    const { content } = await client.messages.create({ ...common, messages: [question] });
    await beforeAnswer();
    const result = { type: "tool_result" as const, tool_use_id: "call_0", content: `${word} is a star` };
    const messages = [
      ...[question, { role: "assistant" as const, content }],
      { role: "user" as const, content: [result] },
    ];
    const answers: string[] = [];
    for (const _ of [0, ...statuses]) {
      const reply = await client.messages.create({ ...common, messages }).catch(() => undefined);
      if (reply?.content[0]?.type === "text") answers.push(reply.content[0].text);
    }
    return answers;
  };
}

const callsIn = (graph: { readonly nodes: readonly Node[] }): readonly Node[] =>
  graph.nodes.filter(({ op, name }) => op === "call_model" && !name.endsWith("_error"));

describe("the result of a tool", () => {
  it.each([
    ["that the server refused first", [529], 1],
    ["that goes on in two ways", [200], 2],
  ])("is an input of each request of a turn %s, as one node", async (_, statuses, answers) => {
    const explain = explainerOf(statuses);
    const graph = await trace(() => learn((word: string) => explain(word), { system: SYSTEM })("lyra"));
    expect(graph.value).toHaveLength(answers);
    const later = callsIn(graph).slice(1);
    expect(later.map(({ inputs }) => Object.keys(inputs))).toEqual(
      Array.from({ length: answers }, () => ["system", "history", "look_up"]),
    );
    expect(graph.nodes.filter(({ op }) => op === "look_up")).toHaveLength(1);
  });

  it("belongs to its own conversation where the same id is in another one beside it", async () => {
    const explain = explainerOf();
    let asked = 0;
    let go: () => void = () => undefined;
    const bothAsked = new Promise<undefined>((resolve) => (go = () => resolve(undefined)));
    const wait = (): Promise<undefined> => {
      if (++asked === 2) go();
      return bothAsked;
    };
    const words = ["lyra", "vega"];
    const agent = learn(async () => (await Promise.all(words.map((word) => explain(word, wait)))).flat(), {
      system: SYSTEM,
    });
    const graph = await trace(() => agent());
    const tools = callsIn(graph).flatMap(({ inputs }) => (inputs["look_up"] === undefined ? [] : [inputs["look_up"]]));
    expect(tools.map(({ data }) => data)).toEqual(
      words.map((word) => ({ input: { word }, result: `${word} is a star` })),
    );
  });
});
