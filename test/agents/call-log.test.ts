/** Which results belong to which calls, where turns are sent again, ids repeat and values are equal. */

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type Node, trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { describe, expect, it } from "vitest";
import { heapInUse } from "../heap.ts";
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

describe("a conversation that a program hands over", () => {
  it.each([
    ["whole", 0, ["system", "history", "look_up"]],
    ["without its beginning", 1, ["system", "look_up"]],
  ])("goes on in a program that it calls, %s", async (_, from, inputs) => {
    const client = new Anthropic({
      ...{ apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0 },
      fetch: traceFetch(async (_, init) => {
        const { messages } = JSON.parse(String(init?.body)) as { readonly messages: readonly { content: string }[] };
        const call = { type: "tool_use", id: "call_0", name: "look_up", input: { word: "lyra" } };
        return Response.json(claudeReply(messages.length === 1 ? [call] : "It shines."));
      }),
    });
    const common = { model: "claude-test", max_tokens: 9, system: SYSTEM };
    const state: Anthropic.MessageParam[] = [{ role: "user", content: "lyra" }];
    const inner = learn(
      async () => (await client.messages.create({ ...common, messages: state.slice(from) })).content.length,
      { system: SYSTEM },
    );
    const outer = learn(
      async () => {
        const { content } = await client.messages.create({ ...common, messages: state });
        const result = { type: "tool_result" as const, tool_use_id: "call_0", content: "a star" };
        state.push({ role: "assistant", content }, { role: "user", content: [result] });
        return inner();
      },
      { system: SYSTEM },
    );
    const graph = await trace(() => outer());
    const [, last] = callsIn(graph);
    expect(Object.keys(last?.inputs ?? {})).toEqual(inputs);
    expect(graph.nodes.filter(({ op }) => op === "look_up")).toHaveLength(1);
  });
});

describe("a conversation", () => {
  it.each(["web_search_call", "code_interpreter_call", "image_generation_call", "mcp_list_tools", "item_reference"])(
    "goes on over Responses from a reply that begins with an item of type %s",
    async (type) => {
      const text = [{ type: "output_text", text: "It shines.", annotations: [] }];
      const output = [
        { type, id: "i_1", status: "completed" },
        { type: "message", id: "m_1", role: "assistant", status: "completed", content: text },
      ];
      const client = new OpenAI({
        ...{ apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0 },
        fetch: traceFetch(async () => Response.json({ id: "r", object: "response", model: "m", output })),
      });
      const agent = learn(
        async (word: string): Promise<string> => {
          const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: word }];
          const first = await client.responses.create({ model: "m", instructions: SYSTEM, input });
          input.push(...(first.output as OpenAI.Responses.ResponseInput), { role: "user", content: "Go on." });
          return (await client.responses.create({ model: "m", instructions: SYSTEM, input })).output_text;
        },
        { system: SYSTEM },
      );
      const [, second] = callsIn(await trace(() => agent("lyra")));
      expect(Object.keys(second?.inputs ?? {})).toEqual(["system", "history", "request"]);
      expect(second?.inputs["request"]?.data).toBe("user: Go on.");
    },
  );
});

describe("a conversation over several calls of a program", () => {
  it("shows of each what it added, also where plain code makes them", async () => {
    const send = traceFetch(async () => Response.json(claudeReply("It shines.")));
    const said: object[] = [];
    const agent = learn(
      async (question: string): Promise<string> => {
        said.push({ role: "user", content: question });
        const body = JSON.stringify({ model: "m", max_tokens: 9, system: SYSTEM, messages: said });
        const { content } = (await (await send("http://127.0.0.1:9/v1/messages", { method: "POST", body })).json()) as {
          readonly content: unknown;
        };
        said.push({ role: "assistant", content });
        return "done";
      },
      { system: SYSTEM },
    );
    const graph = await trace(async () => {
      for (const question of ["What is lyra?", "And vega?", "And crux?"]) await agent(question);
      return "over";
    });
    expect(callsIn(graph).map(({ inputs }) => Object.keys(inputs))).toEqual([
      ["system", "question"],
      ["system", "history", "question"],
      ["system", "history", "question"],
    ]);
  });
});

describe("conversations side by side", () => {
  /** A program that answers in a conversation, which its caller keeps. */
  const conversing = () => {
    const send = traceFetch(async (_, init) => {
      const { messages } = JSON.parse(String(init?.body)) as { readonly messages: readonly { content: unknown }[] };
      return Response.json(claudeReply(`It is told of ${String(messages.at(-1)?.content)}`));
    });
    return learn(
      async (question: string, said: object[]): Promise<string> => {
        said.push({ role: "user", content: question });
        const body = JSON.stringify({ model: "m", max_tokens: 9, system: SYSTEM, messages: said });
        const reply = await send("http://127.0.0.1:9/v1/messages", { method: "POST", body });
        const { content } = (await reply.json()) as { readonly content: unknown };
        said.push({ role: "assistant", content });
        return "done";
      },
      { system: SYSTEM },
    );
  };

  it("go on each from its own history, whichever ended last", async () => {
    const agent = conversing();
    const talks = ["lyra", "vela", "crux"].map((star) => ({ star, said: [] as object[] }));
    const graph = await trace(async () => {
      for (const turn of [1, 2, 3]) {
        await Promise.all(talks.map(({ star, said }) => agent(`${star}, question ${turn}`, said)));
      }
      return "over";
    });
    const calls = callsIn(graph);
    expect(calls).toHaveLength(9);
    const later = calls.filter(({ inputs }) => inputs["history"] !== undefined);
    expect(later).toHaveLength(6);
    for (const { data, inputs } of later) {
      const [, star, turn] = /of (\w+), question (\d)/.exec(String(data)) ?? [];
      expect(inputs["history"]?.data).toBe(`It is told of ${star}, question ${Number(turn) - 1}`);
      expect(Object.keys(inputs)).toEqual(["system", "history", "question"]);
    }
  });
});

describe("a long conversation", () => {
  it("stores of each turn what it added", async () => {
    const words = "word ".repeat(200);
    const send = traceFetch(async () => Response.json(claudeReply(`A reply of ${words}`)));
    let grown = 0;
    const agent = learn(
      async (question: string): Promise<string> => {
        const messages = [{ role: "user", content: question }];
        const before = heapInUse();
        for (let turn = 0; turn < 200; turn++) {
          const body = JSON.stringify({ model: "m", max_tokens: 9, system: SYSTEM, messages });
          const reply = await send("http://127.0.0.1:9/v1/messages", { method: "POST", body });
          const { content } = (await reply.json()) as { readonly content: string };
          messages.push({ role: "assistant", content }, { role: "user", content: `turn ${turn} of ${words}` });
        }
        grown = heapInUse() - before;
        return "done";
      },
      { system: SYSTEM },
    );
    const graph = await trace(() => agent("lyra"));
    expect(callsIn(graph)).toHaveLength(200);
    expect(callsIn(graph).at(-1)?.inputs["history"]).toBe(callsIn(graph).at(-2));
    // All that was said takes 0.4 MB; each request in full would be 40 MB and more.
    expect(grown / 2 ** 20).toBeLessThan(15);
  });

  it("leaves with each of its programs, once that has ended, only what a later one needs", async () => {
    const send = traceFetch(async () => Response.json(claudeReply("It shines.")));
    const agent = learn(
      async (said: readonly object[]): Promise<number> => {
        const body = JSON.stringify({ model: "m", max_tokens: 9, system: SYSTEM, messages: said });
        return (await send("http://127.0.0.1:9/v1/messages", { method: "POST", body })).status;
      },
      { system: SYSTEM },
    );
    let grown = 0;
    const graph = await trace(async () => {
      const said: object[] = [];
      const before = heapInUse();
      for (let turn = 0; turn < 300; turn++) {
        said.push({ role: "user", content: `question ${turn}` });
        await agent(said);
        said.push({ role: "assistant", content: "It shines." });
      }
      grown = heapInUse() - before;
      return "over";
    });
    expect(callsIn(graph).filter(({ inputs }) => inputs["history"] !== undefined)).toHaveLength(299);
    // The texts of all arguments, each to be looked for, take 60 MB.
    expect(grown / 2 ** 20).toBeLessThan(25);
  });
});
