/** Whose words a candidate replaces: those of all programs around a call, in what they write, never a model's. */

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { evaluate, type Parameter, ParameterState, trace, train, withParameters } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { split } from "tracegrad/data";
import { exactMatch } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { claudeReply } from "./server.ts";

const SYSTEM = "You are a careful translator.";
const NEW = "Be quick about it.";

type Body = Record<string, never> & { readonly messages: readonly { readonly content: unknown }[] };

/** A `fetch` that answers without a network, and the bodies that it was sent. */
function fetchOf(answer: (body: Body, index: number) => object) {
  const bodies: Body[] = [];
  const fetch = traceFetch(async (_, init) => {
    const body = JSON.parse(String(init?.body)) as Body;
    return Response.json(answer(body, bodies.push(body) - 1));
  });
  return { bodies, fetch, options: { apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0, fetch } };
}

const under = <R>(values: readonly (readonly [Parameter<string>, string])[], run: () => R): R =>
  withParameters(ParameterState.of(values.map(([text]) => text)).set(values), run);

const textIn = ({ content }: Anthropic.Message): string => (content[0]?.type === "text" ? content[0].text : "");
const user = (content: string) => ({ role: "user" as const, content });

describe("a reply that repeats a learned text", () => {
  const call = { type: "tool_use", id: "call_0", name: "look_up", input: { note: SYSTEM } };
  const thought = { type: "thinking", thinking: `I was told: ${SYSTEM}`, signature: "c2lnbmVk" };
  const reply = [thought, { type: "text", text: `My rule: ${SYSTEM}` }, call];
  const examples = [user("Who are you?"), { role: "assistant" as const, content: `Told: ${SYSTEM}` }];

  async function start() {
    const { bodies, options } = fetchOf((_, index) => claudeReply(index % 2 === 0 ? reply : "Done."));
    const client = new Anthropic(options);
    const agent = learn(
      async function translate(word: string): Promise<string> {
        const messages: Anthropic.MessageParam[] = [...examples, user(word)];
        const common = { model: "claude-test", max_tokens: 9, system: `${SYSTEM} You are claude-test.` };
        const { content } = await client.messages.create({ ...common, messages });
        const result = { type: "tool_result" as const, tool_use_id: "call_0", content: "ok" };
        const answer = { role: "user" as const, content: [result, { type: "text" as const, text: SYSTEM }] };
        return textIn(
          await client.messages.create({ ...common, messages: [...messages, { role: "assistant", content }, answer] }),
        );
      },
      { system: SYSTEM, brand: "claude-test" },
    );
    return { bodies, agent };
  }

  it("is sent back as the model wrote it, while the examples before it and the messages after it are replaced", async () => {
    const { bodies, agent } = await start();
    const { system, brand } = agent.parameters;
    const values = [
      [system, NEW],
      [brand, "the house model"],
    ] as const;
    await under(values, () => agent("hello"));
    expect(bodies.map((body) => [body["model"], body["system"]])).toEqual([
      ["claude-test", `${NEW} You are the house model.`],
      ["claude-test", `${NEW} You are the house model.`],
    ]);
    expect(bodies[1]?.messages).toEqual([
      ...[user("Who are you?"), { role: "assistant", content: `Told: ${NEW}` }, user("hello")],
      { role: "assistant", content: reply },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "call_0", content: "ok" },
          { type: "text", text: NEW },
        ],
      },
    ]);
  });

  it("is sent back as the model wrote it over OpenAI's Responses, whose parts bear no role", async () => {
    const output = [
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: SYSTEM }] },
      {
        type: "message",
        id: "m_1",
        role: "assistant",
        content: [{ type: "output_text", text: SYSTEM, annotations: [] }],
      },
      {
        type: "function_call",
        id: "f_1",
        call_id: "c_1",
        name: "look_up",
        arguments: JSON.stringify({ note: SYSTEM }),
      },
    ];
    const { bodies, options } = fetchOf(() => ({
      id: "r",
      object: "response",
      model: "m",
      status: "completed",
      output,
    }));
    const client = new OpenAI(options);
    const agent = learn(
      async (word: string): Promise<string> => {
        const input: OpenAI.Responses.ResponseInput = [user(word)];
        const first = await client.responses.create({ model: "m", instructions: SYSTEM, input });
        const result = { type: "function_call_output" as const, call_id: "c_1", output: "ok" };
        input.push(...(first.output as OpenAI.Responses.ResponseInput), result);
        await client.responses.create({ model: "m", instructions: SYSTEM, input });
        return "done";
      },
      { system: SYSTEM },
    );
    await under([[agent.parameters.system, NEW]], () => agent("hello"));
    expect(bodies[1]).toMatchObject({ instructions: NEW, input: [user("hello"), ...output, { call_id: "c_1" }] });
  });

  it("makes the text no input of the call", async () => {
    const { options } = fetchOf((_, index) => claudeReply(index === 0 ? `I am told: ${SYSTEM}` : "Done."));
    const client = new Anthropic(options);
    const agent = learn(
      async (word: string): Promise<string> => {
        const common = { model: "claude-test", max_tokens: 9 };
        const told = [user(`${SYSTEM} ${word}`)];
        const { content } = await client.messages.create({ ...common, messages: told });
        const messages = [...told, { role: "assistant" as const, content }, user("Go on.")];
        return textIn(await client.messages.create({ ...common, messages }));
      },
      { system: SYSTEM },
    );
    const graph = await trace(() => agent("hello"));
    const calls = graph.nodes.filter(({ op }) => op === "call_model");
    expect(calls.map(({ inputs }) => Object.keys(inputs))).toEqual([
      ["system", "word", "request"],
      ["history", "request"],
    ]);
  });
});

describe("a program in a program", () => {
  const RULE = "Answer in a single word.";

  function start() {
    const { bodies, options } = fetchOf(() => claudeReply("ok"));
    const client = new Anthropic(options);
    const inner = learn(
      async (question: string): Promise<string> => {
        const common = { model: "claude-test", max_tokens: 9, system: SYSTEM };
        return textIn(await client.messages.create({ ...common, messages: [user(question)] }));
      },
      { system: SYSTEM },
    );
    const outer = learn((question: string): Promise<string> => inner(`${question} ${RULE}`), { rule: RULE });
    return { bodies, inner, outer };
  }

  it("sends the candidates of both, and both are inputs of the call", async () => {
    const { bodies, inner, outer } = start();
    const [{ system }, { rule }] = [inner.parameters, outer.parameters];
    await under(
      [
        [system, NEW],
        [rule, "Be brief."],
      ],
      () => outer("Why?"),
    );
    expect(bodies[0]).toMatchObject({ system: NEW, messages: [user("Why? Be brief.")] });
    const graph = await trace(() => outer("Why?"));
    expect(new Set(graph.parameters)).toEqual(new Set([system, rule]));
  });

  it("counts as a program whose text is sent, in a run", async () => {
    const { outer } = start();
    const data = ["a", "b", "c", "d"].map((input) => ({ input, target: "ok" }));
    const { mean, warnings } = await evaluate({ agent: outer, data, guide: exactMatch(), concurrency: 1 });
    expect([mean, warnings]).toEqual([1, []]);
  });
});

describe("placeholders whose values can be divided in several ways", () => {
  const GREETING = "You write to {first} {last}. Be kind.";

  function start() {
    const { bodies, options } = fetchOf(() => claudeReply("ok"));
    const client = new Anthropic(options);
    const agent = learn(
      async (first: string, last: string): Promise<string> => {
        const system = GREETING.replace("{first}", first).replace("{last}", last);
        const messages = [user("Hi")];
        return textIn(await client.messages.create({ model: "claude-test", max_tokens: 9, system, messages }));
      },
      { greeting: GREETING },
    );
    const sent = async (value: string, ...names: [string, string]) => {
      await under([[agent.parameters.greeting, value]], () => agent(...names));
      return bodies.at(-1)?.["system"];
    };
    return { agent, sent };
  }

  it("are filled in where that makes no difference, and else leave the program's own text", async () => {
    const { sent } = start();
    expect(await sent("Dear {last}, {first}!", "Ann", "Lee")).toBe("Dear Lee, Ann!");
    expect(await sent("Dear {first} {last}!", "Mary Ann", "Lee")).toBe("Dear Mary Ann Lee!");
    expect(await sent("Dear {last}, {first}!", "Mary Ann", "Lee")).toBe("You write to Mary Ann Lee. Be kind.");
  });

  it("are named in a warning of a run", async () => {
    const { agent } = start();
    const guide = () => ({ score: 0, text: "shorter" });
    const expert = scripted(() => ({ toolInput: { reasoning: "", suggestion: { greeting: "{last}, {first}." } } }));
    const data = split(
      [1, 2].map((n) => ({ input: ["Mary Ann", `Lee ${n}`], target: "" })),
      { train: 1, validation: 1 },
    );
    const optimizer = optoPrime(agent, { llm: expert });
    const { warnings } = await train({
      ...{ agent: ((names: [string, string]) => agent(...names)) as never, guide, data, optimizer },
      budget: { steps: 1 },
    }).result;
    expect(warnings.filter((one) => one.includes('"greeting"') && one.includes("{first}, {last}"))).toHaveLength(1);
  });
});

describe("a text in what a program fills into another one", () => {
  const [RULES, TONE] = ["You serve {name}. {tone} Never shout.", "Speak like a friend."];

  async function start() {
    const { bodies, options } = fetchOf(() => claudeReply("ok"));
    const client = new Anthropic(options);
    const agent = learn(
      async (name: string): Promise<string> => {
        const system = RULES.replace("{name}", name).replace("{tone}", TONE);
        const messages = [user("Hi")];
        return textIn(await client.messages.create({ model: "claude-test", max_tokens: 9, system, messages }));
      },
      { rules: RULES, tone: TONE },
    );
    const sent = async (values: readonly (readonly [Parameter<string>, string])[]) => {
      await under(values, () => agent("Ann"));
      return bodies.at(-1)?.["system"];
    };
    return { agent, sent };
  }

  it("is replaced, whether the other one has changed or not", async () => {
    const { agent, sent } = await start();
    const { rules, tone } = agent.parameters;
    expect(await sent([[tone, "Be formal."]])).toBe("You serve Ann. Be formal. Never shout.");
    expect(await sent([[rules, "{tone} Serve {name}."]])).toBe("Speak like a friend. Serve Ann.");
    expect(
      await sent([
        [tone, "Be formal."],
        [rules, "{tone} Serve {name}."],
      ]),
    ).toBe("Be formal. Serve Ann.");
    const graph = await trace(() => agent("Ann"));
    const [call] = graph.nodes.filter(({ op }) => op === "call_model");
    expect(Object.keys(call?.inputs ?? {})).toEqual(["rules", "tone", "name", "request"]);
    expect(call?.inputs["request"]?.data).toBe("system: [rules; {name} = [name]; {tone} = [tone]]\nuser: Hi");
  });
});
