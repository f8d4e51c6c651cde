/** Several choices in one reply of OpenAI's chat: each is an answer of its own, whole and as a stream. */

import OpenAI from "openai";
import { type Node, ParameterState, trace, withParameters } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { describe, expect, it } from "vitest";
import { type Answer, startServer } from "./server.ts";

const SYSTEM = "You are a careful helper.";
const call = { id: "t1", type: "function" as const, function: { name: "look_up", arguments: '{"word":"lyra"}' } };

const head = { id: "c1", created: 1, model: "gpt-test" };
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function whole(...messages: readonly object[]): Answer {
  const choices = messages.map((message, index) => ({
    ...{ index, finish_reason: "stop" },
    message: { role: "assistant", ...message },
  }));
  return { json: { ...head, object: "chat.completion", choices, usage } };
}

/** Deltas of choices as they come: one after the other, the end of a choice as `null`. */
function streamed(...deltas: readonly (readonly [index: number, delta: object | null])[]): Answer {
  const chunks = deltas.map(([index, delta]) => ({
    ...{ ...head, object: "chat.completion.chunk" },
    choices: [{ index, delta: delta ?? {}, finish_reason: delta === null ? "stop" : null }],
  }));
  return { events: [...chunks, { ...chunks[0], choices: [], usage }, "[DONE]"] };
}

const looking = { content: "I look.", tool_calls: [call] };
const first: Readonly<Record<string, Answer>> = {
  whole: whole({ content: "It shines." }, looking),
  streamed: streamed(
    ...([
      [1, { role: "assistant", content: "I " }],
      [0, { role: "assistant", content: "It " }],
      [1, { content: "look." }],
      [1, { tool_calls: [{ index: 0, ...call }] }],
      [0, { content: "shines." }],
      [1, null],
      [0, null],
    ] as const),
  ),
};
const second: Readonly<Record<string, Answer>> = {
  whole: whole({ content: "A lyre." }),
  streamed: streamed([0, { role: "assistant", content: "A lyre." }], [0, null]),
};

/** Asks for two choices, and goes on with one of them. */
async function explainer(way: "whole" | "streamed", chosen: number) {
  const { url, bodies } = await startServer((_, index) => (index % 2 === 0 ? first : second)[way] as Answer);
  const client = new OpenAI({ apiKey: "none", baseURL: url, fetch: traceFetch() });
  const ask = async (messages: OpenAI.ChatCompletionMessageParam[], n: number): Promise<OpenAI.ChatCompletion> => {
    const body = { model: "gpt-test", messages, n };
    if (way === "whole") return client.chat.completions.create(body);
    return client.chat.completions.stream({ ...body, stream: true }).finalChatCompletion();
  };
  const agent = learn(
    async function explain(word: string): Promise<string> {
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        { role: "system", content: SYSTEM },
        { role: "user", content: word },
      ];
      const { message } = (await ask(messages, 2)).choices[chosen] as OpenAI.ChatCompletion.Choice;
      const next = message.tool_calls?.length
        ? { role: "tool" as const, tool_call_id: "t1", content: "a constellation" }
        : { role: "user" as const, content: "Go on." };
      messages.push(message as OpenAI.ChatCompletionMessageParam, next);
      return (await ask(messages, 1)).choices[0]?.message.content ?? "";
    },
    { system: SYSTEM },
  );
  return { agent, bodies };
}

const callsIn = (graph: { readonly nodes: readonly Node[] }): readonly Node[] =>
  graph.nodes.filter(({ op }) => op === "call_model");

describe.each(["whole", "streamed"] as const)("choices of a reply that comes %s", (way) => {
  it.each([
    [0, ["system", "history", "request"]],
    [1, ["system", "history", "look_up"]],
  ])("are answers of their own, and the conversation goes on from number %i", async (chosen, inputs) => {
    const { agent } = await explainer(way, chosen);
    const [one, other] = callsIn(await trace(() => agent("lyra")));
    expect(one?.data).toEqual([
      "It shines.",
      { text: "I look.", calls: [{ tool: "look_up", input: { word: "lyra" } }] },
    ]);
    expect(Object.keys(other?.inputs ?? {})).toEqual(inputs);
  });
});

describe("a stream of choices", () => {
  it.each([
    ["is not whole before each of them has ended", [[0, null]], true],
    [
      "is whole after that, also without its last event",
      [
        [0, null],
        [1, null],
      ],
      false,
    ],
  ] as const)("%s", async (_, ends, isBroken) => {
    const begin = [
      [1, { role: "assistant", content: "I " }],
      [0, { role: "assistant", content: "It shines." }],
    ] as const;
    const answer = streamed(...begin, ...ends) as { readonly events: readonly unknown[] };
    const { url } = await startServer(() => ({ events: answer.events.slice(0, -1) }));
    const client = new OpenAI({ apiKey: "none", baseURL: url, fetch: traceFetch() });
    const agent = learn(
      async (content: string): Promise<string> => {
        const messages = [
          { role: "system" as const, content: SYSTEM },
          { role: "user" as const, content },
        ];
        let text = "";
        for await (const { choices } of await client.chat.completions.create({
          model: "m",
          n: 2,
          messages,
          stream: true,
        }))
          text += choices[0]?.delta.content ?? "";
        return text;
      },
      { system: SYSTEM },
    );
    const graph = await trace(() => agent("lyra"));
    expect(callsIn(graph)).toHaveLength(isBroken ? 0 : 1);
  });
});

describe("choices of a program that learns", () => {
  it("stay as the model wrote them when they go back", async () => {
    const server = await startServer(() => whole({ content: "No." }, { content: `He said: ${SYSTEM}` }));
    const client = new OpenAI({ apiKey: "none", baseURL: server.url, fetch: traceFetch() });
    const agent = learn(
      async (word: string): Promise<string> => {
        const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: `${SYSTEM} ${word}` }];
        const { choices } = await client.chat.completions.create({ model: "m", n: 2, messages });
        messages.push(choices[1]?.message as OpenAI.ChatCompletionMessageParam, { role: "user", content: "Go on." });
        return (await client.chat.completions.create({ model: "m", messages })).choices[0]?.message.content ?? "";
      },
      { system: SYSTEM },
    );
    const state = ParameterState.of([agent.parameters.system]).set([[agent.parameters.system, "Be brief."]]);
    await withParameters(state, () => agent("lyra"));
    const { messages } = JSON.parse(server.bodies[1] ?? "") as { readonly messages: readonly { content: string }[] };
    expect(messages.map(({ content }) => content)).toEqual(["Be brief. lyra", `He said: ${SYSTEM}`, "Go on."]);
  });
});

describe("choices whose tool calls have the same id", () => {
  it.each([
    [0, "Lima"],
    [1, "Oslo"],
  ])("keep their own results: number %i asks for %s", async (chosen, city) => {
    const asking = ["Lima", "Oslo"].map((name) => ({
      content: `I look at ${name}.`,
      tool_calls: [
        { id: "call_0", type: "function", function: { name: "weather", arguments: JSON.stringify({ city: name }) } },
      ],
    }));
    const { url } = await startServer((_, index) => (index === 0 ? whole(...asking) : whole({ content: "Cold." })));
    const client = new OpenAI({ apiKey: "none", baseURL: url, fetch: traceFetch() });
    const graph = await trace(async () => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "How is it?" }];
      const { choices } = await client.chat.completions.create({ model: "m", messages, n: 2 });
      const result = { role: "tool" as const, tool_call_id: "call_0", content: "-3" };
      messages.push(choices[chosen]?.message as OpenAI.ChatCompletionMessageParam, result);
      return (await client.chat.completions.create({ model: "m", messages })).choices[0]?.message.content;
    });
    expect(JSON.stringify(graph.nodes.find(({ op }) => op === "weather")?.data)).toContain(city);
  });
});
