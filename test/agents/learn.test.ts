/** Programs that learn: their texts are found in requests, replaced for a candidate, and are inputs of the calls. */

import Anthropic from "@anthropic-ai/sdk";
import {
  bundle,
  ExecutionError,
  isNode,
  node,
  ParameterState,
  parameter,
  parametersOf,
  trace,
  untraced,
  withParameters,
} from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { describe, expect, expectTypeOf, it } from "vitest";
import { type Answer, claudeReply, startServer } from "./server.ts";

const SYSTEM = "You are a careful translator.";

interface Body {
  readonly system: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** A program that asks a model once, and the server that it asks. */
async function translator(answer: (body: Body, index: number) => Answer = () => ({ json: claudeReply("Bonjour") })) {
  const server = await startServer(answer);
  const clientOf = (fetch?: typeof globalThis.fetch) =>
    new Anthropic({ apiKey: "none", baseURL: server.url, maxRetries: 1, ...(fetch === undefined ? {} : { fetch }) });
  const programOf = (client: Anthropic) =>
    async function translate(phrase: string): Promise<string> {
      const messages = [{ role: "user" as const, content: `Translate: ${phrase}` }];
      const { content } = await client.messages.create({
        model: "claude-test",
        max_tokens: 9,
        system: SYSTEM,
        messages,
      });
      return content[0]?.type === "text" ? content[0].text : "";
    };
  const plain = programOf(clientOf());
  const seen = programOf(clientOf(traceFetch()));
  return { server, plain, agent: learn(seen, { system: SYSTEM }) };
}

const candidate = (agent: unknown, system: string): ParameterState => {
  const state = ParameterState.of(parametersOf(agent));
  return state.set([[parametersOf(agent)[0] as never, system]]);
};

describe("learn", () => {
  it("sends the same bytes as the plain program, outside of a trace and in one, and gives the same", async () => {
    const { server, plain, agent } = await translator();
    const results = [await plain("Hello, you"), await agent("Hello, you"), await untraced(() => agent("Hello, you"))];
    const graph = await trace(() => agent("Hello, you"));
    expect([...results, graph.value]).toEqual(["Bonjour", "Bonjour", "Bonjour", "Bonjour"]);
    expect(new Set(server.bodies).size).toBe(1);
    expect(server.bodies).toHaveLength(4);
  });

  it("makes a node of each call, whose inputs are what really went in", async () => {
    const { agent } = await translator();
    const graph = await trace(() => agent("Hello, you"));
    const [call] = graph.nodes.filter(({ op }) => op === "call_model");
    expect(Object.keys(call?.inputs ?? {})).toEqual(["system", "phrase", "request"]);
    expect(call?.inputs["request"]?.data).toBe("system: [system]\nuser: Translate: [phrase]");
    expect(call?.data).toBe("Bonjour");
    expect(graph.output.op).toBe("translate");
    expect(graph.output.parents.map(({ name }) => name)).toEqual(["phrase", "reply"]);
    expect(graph.parameters).toEqual([agent.parameters.system]);
  });

  it("sends the value of the candidate, each run its own", async () => {
    const { server, agent } = await translator(({ system }) => ({ json: claudeReply(system.slice(-1)) }));
    const run = (mark: string) => withParameters(candidate(agent, `Be quick${mark}`), () => agent("Hello"));
    expect(await Promise.all([run("1"), run("2"), agent("Hello")])).toEqual(["1", "2", "."]);
    expect(server.bodies.map((body) => (JSON.parse(body) as Body).system).sort()).toEqual([
      "Be quick1",
      "Be quick2",
      SYSTEM,
    ]);
  });

  it("finds all of several texts, in the system prompt, a tool and a message, each as often as it is there", async () => {
    const server = await startServer(() => ({ json: claudeReply("ok") }));
    const client = new Anthropic({ apiKey: "none", baseURL: server.url, fetch: traceFetch() });
    const [rule, tool] = ["Never guess a number.", "Never guess a number. Adds two numbers."];
    const ask = () =>
      client.messages.create({
        ...{ model: "claude-test", max_tokens: 9, system: [{ type: "text", text: `A: ${rule} B: ${rule}` }] },
        tools: [{ name: "add", description: tool, input_schema: { type: "object" } }],
        messages: [{ role: "user", content: rule }],
      });
    const agent = learn(ask, { rule, tool });
    const state = ParameterState.of(parametersOf(agent));
    const { rule: one, tool: other } = agent.parameters;
    await withParameters(
      state.set([
        [one, "R!"],
        [other, "T!"],
      ]),
      () => agent(),
    );
    expect(JSON.parse(server.bodies[0] as string)).toMatchObject({
      system: [{ text: "A: R! B: R!" }],
      tools: [{ description: "T!" }],
      messages: [{ content: "R!" }],
    });
  });

  it("finds a text whose placeholders the program fills in, and fills in those of the candidate", async () => {
    const server = await startServer(() => ({ json: claudeReply("ok") }));
    const client = new Anthropic({ apiKey: "none", baseURL: server.url, fetch: traceFetch() });
    const RULES = "You serve {{name}} in {{city}}. Be brief.";
    async function greet(name: string): Promise<unknown> {
      const system = RULES.replace("{{name}}", name).replace("{{city}}", "Lima");
      return client.messages.create({ model: "m", max_tokens: 9, system, messages: [{ role: "user", content: "Hi" }] });
    }
    const agent = learn(greet, { rules: RULES });
    const { rules } = agent.parameters;
    await greet("Ann Lee");
    const graph = await trace(() => agent("Ann Lee"));
    const state = ParameterState.of([rules]).set([[rules, "In {{city}}, greet {{name}} (not {others})."]]);
    await withParameters(state, () => agent("Ann Lee"));
    const sent = server.bodies.map((body) => (JSON.parse(body) as Body).system);
    const filled = "You serve Ann Lee in Lima. Be brief.";
    expect(sent).toEqual([filled, filled, "In Lima, greet Ann Lee (not {others})."]);
    const [call] = graph.nodes.filter(({ op }) => op === "call_model");
    expect(Object.keys(call?.inputs ?? {})).toEqual(["rules", "name", "request"]);
    expect(call?.inputs["request"]?.data).toBe("system: [rules; {{name}} = [name]; {{city}} = Lima]\nuser: Hi");
    expect(() => state.set([[rules, "Greet {{name}}."]])).toThrow("lacks {{city}}");
  });

  it("gives a node when it is given nodes, and a plain value else", async () => {
    const { agent } = await translator();
    const result = await agent(node("Hello, you"));
    expect(isNode(result) && result.data).toBe("Bonjour");
    expectTypeOf(agent("Hello")).toEqualTypeOf<Promise<string>>();
    expect(await agent("Hello")).toBe("Bonjour");
  });

  it("keeps apart programs that run side by side in one trace, and what plain code makes of them depends on both", async () => {
    const { agent } = await translator(({ messages }) => ({ json: claudeReply(`<${messages[0]?.content}>`) }));
    const graph = await trace(async () => (await Promise.all([agent("one thing"), agent("another")])).join(" and "));
    expect(graph.value).toBe("<Translate: one thing> and <Translate: another>");
    expect(graph.output.op).toBe("program");
    expect(graph.output.parents.map(({ op }) => op)).toEqual(["translate", "translate"]);
    const calls = graph.nodes.filter(({ op }) => op === "call_model");
    expect(calls.map(({ inputs }) => inputs["phrase"]?.data).sort()).toEqual(["another", "one thing"]);
  });

  it("is seen from inside of a bundle that records what it reads, and refused by one that does not", async () => {
    const { agent } = await translator();
    const open = bundle(async (phrase: string) => (await agent(phrase)).length, { name: "open", external: "record" });
    const graph = await trace(() => open("Hello, you"));
    expect(graph.parameters).toEqual([agent.parameters.system]);
    expect(graph.output.inner.map(({ op }) => op)).toContain("translate");
    const closed = bundle(async (phrase: string) => (await agent(phrase)).length, { name: "closed" });
    await expect(trace(() => closed("Hello, you"))).rejects.toThrow('external: "record"');
  });

  it("makes an exception of a program that fails, and the program throws its own error", async () => {
    const { agent } = await translator();
    const failing = learn(
      async (phrase: string) => {
        throw new RangeError(`${await agent(phrase)} is no number`);
      },
      { system: SYSTEM },
    );
    await expect(failing("Hello, you")).rejects.toThrow(RangeError);
    const graph = await trace(() => failing("Hello, you"));
    expect(graph.error).toBeInstanceOf(ExecutionError);
    expect(graph.parameters).toContain(agent.parameters.system);
  });

  it("makes an exception of a request that the server refuses for what it is", async () => {
    const refusal = { type: "error", error: { type: "invalid_request_error", message: "too long" } };
    const { agent } = await translator(() => ({ status: 400, json: refusal }));
    const graph = await trace(() => agent("Hello, you"));
    expect(graph.nodes.map(({ name }) => name)).toEqual([
      "phrase",
      "system",
      "request",
      "call_model_error",
      "translate_error",
    ]);
    expect(graph.error?.message).toContain("too long");
  });

  it.each([
    ["is too short", { system: "Be brief".slice(0, 7) }, /"system" is "Be brie", which is too short/],
    ["is short between its placeholders", { system: "{a} is {b}" }, /too short/],
    ["has placeholders side by side", { system: "Please help {a}{b} at once." }, /two placeholders side by side/],
    ["is there twice", { one: SYSTEM, two: ` ${SYSTEM}\n` }, /"one" and "two" are the same,/],
    ["is no text", { system: parameter(7) as never }, /"system" is a parameter of kind number/],
    ["is missing", {}, /has no texts/],
  ])("refuses a text that %s", (_, texts, message) => {
    expect(() => learn(async () => "", texts as Record<string, string>)).toThrow(
      expect.objectContaining({ code: "bad-text", message: expect.stringMatching(message) }),
    );
  });

  it("refuses a generator, which makes its calls after it has returned", () => {
    async function* words(): AsyncGenerator<string> {
      yield "never";
    }
    expect(() => learn(words, { system: SYSTEM })).toThrow(
      expect.objectContaining({ code: "not-a-function", message: expect.stringMatching(/words is a generator/) }),
    );
  });
});
