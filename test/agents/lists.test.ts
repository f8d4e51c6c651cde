/** Lists of a program as one parameter: example messages, and texts that it joins, replaced as a whole. */

import Anthropic from "@anthropic-ai/sdk";
import { generateText, type ModelMessage } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { evaluate, type Parameter, ParameterState, parameter, trace, withParameters } from "tracegrad";
import { learn, traceFetch, traceModel } from "tracegrad/agents";
import { exactMatch } from "tracegrad/guides";
import { describe, expect, it } from "vitest";
import { claudeReply } from "./server.ts";

const EXAMPLES = [
  { role: "user", content: "lyra" },
  { role: "assistant", content: "LYRA" },
] as const;
const NEW = [
  { role: "user", content: "vela" },
  { role: "assistant", content: "VELA" },
  { role: "user", content: "ara" },
  { role: "assistant", content: "ARA" },
];

const under = <T, R>(learned: Parameter<T>, value: T, run: () => R): R =>
  withParameters(ParameterState.of([learned as Parameter]).set([[learned as Parameter, value]]), run);

interface Body {
  readonly system?: string;
  readonly messages: readonly unknown[];
}

/** A client without a network, and what it was sent. */
function clientOf() {
  const bodies: Body[] = [];
  const client = new Anthropic({
    ...{ apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0 },
    fetch: traceFetch(async (_, init) => {
      bodies.push(JSON.parse(String(init?.body)) as Body);
      return Response.json(claudeReply("ok"));
    }),
  });
  return { client, bodies };
}

const common = { model: "m", max_tokens: 9 };
const textIn = ({ content }: Anthropic.Message): string => (content[0]?.type === "text" ? content[0].text : "");

describe("a list of messages", () => {
  /** Asks in two turns, after the examples. */
  function start() {
    const { client, bodies } = clientOf();
    const agent = learn(
      async (word: string): Promise<string> => {
        const messages: Anthropic.MessageParam[] = [...EXAMPLES, { role: "user", content: word }];
        const { content } = await client.messages.create({ ...common, messages });
        messages.push({ role: "assistant", content }, { role: "user", content: "Go on." });
        return textIn(await client.messages.create({ ...common, messages }));
      },
      { examples: EXAMPLES },
    );
    return { agent, bodies };
  }

  it.each([
    ["longer", NEW],
    ["empty", []],
    ["shorter", NEW.slice(0, 2)],
  ])("is replaced in each turn by one that is %s", async (_, examples) => {
    const { agent, bodies } = start();
    expect(await agent("crux")).toBe("ok");
    expect(bodies[0]?.messages).toEqual([...EXAMPLES, { role: "user", content: "crux" }]);
    await under(agent.parameters.examples, examples, () => agent("crux"));
    const rest = [
      { role: "assistant", content: [{ type: "text", text: "ok" }] },
      { role: "user", content: "Go on." },
    ];
    const first = [...examples, { role: "user", content: "crux" }];
    expect(bodies.slice(2).map(({ messages }) => messages)).toEqual([first, [...first, ...rest]]);
  });

  it("is an input of the call that it went into, whatever its length", async () => {
    const { agent } = start();
    const { examples } = agent.parameters;
    const calls = await under(examples, NEW, async () => (await trace(() => agent("crux"))).nodes);
    const inputs = calls.filter(({ op }) => op === "call_model").map((node) => node.inputs);
    expect(inputs.map((one) => Object.keys(one))).toEqual([
      ["examples", "word"],
      ["history", "request"],
    ]);
  });

  it("is written as the AI SDK writes messages", async () => {
    const usage = {
      inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: 1, text: 1, reasoning: undefined },
    };
    const model = new MockLanguageModelV3({
      doGenerate: async () => ({
        ...{ content: [{ type: "text" as const, text: "ok" }], usage, warnings: [] },
        finishReason: { unified: "stop" as const, raw: "stop" },
      }),
    });
    const agent = learn(
      async (word: string): Promise<string> => {
        const messages: ModelMessage[] = [...EXAMPLES, { role: "user", content: word }];
        return (await generateText({ model: traceModel(model), messages })).text;
      },
      { examples: EXAMPLES },
    );
    await agent("crux");
    await under(agent.parameters.examples, NEW, () => agent("crux"));
    const [plain, learned] = model.doGenerateCalls.map(({ prompt }) => prompt);
    expect(plain).toHaveLength(3);
    expect(learned?.slice(0, 2)).toEqual(
      plain
        ?.slice(0, 2)
        .map((message, index) => ({ ...message, content: [{ type: "text", text: NEW[index]?.content }] })),
    );
    expect(learned).toHaveLength(5);
  });

  /** Sends messages as they are. */
  function sender() {
    const bodies: Body[] = [];
    const send = traceFetch(async (_, init) => {
      bodies.push(JSON.parse(String(init?.body)) as Body);
      return Response.json(claudeReply("LYRA"));
    });
    const post = async (messages: readonly object[]): Promise<string> => {
      const body = JSON.stringify({ ...common, messages });
      const reply = await send("http://127.0.0.1:9/v1/messages", { method: "POST", body });
      return (
        ((await reply.json()) as { readonly content: readonly { readonly text: string }[] }).content[0]?.text ?? ""
      );
    };
    return { post, bodies };
  }
  const question = { role: "user", content: "crux" };

  it("is one of several, of which none is looked for in the value of another one", async () => {
    const { post, bodies } = sender();
    const others = NEW.slice(0, 2);
    const agent = learn(() => post([...EXAMPLES, ...others, question]), { examples: EXAMPLES, others });
    const { examples, others: second } = agent.parameters;
    const state = ParameterState.of([examples, second] as Parameter[]).set([
      [examples as Parameter, others],
      [second as Parameter, []],
    ]);
    await withParameters(state, () => agent());
    expect(bodies[0]?.messages).toEqual([...others, question]);
    expect(() => learn(async () => "", { one: EXAMPLES, two: [...EXAMPLES] })).toThrow("are the same");
  });

  it("leaves a reply of the model alone that is the same as an example", async () => {
    const { post, bodies } = sender();
    const agent = learn(
      async (): Promise<string> => {
        const asked = { role: "user", content: "lyra" };
        const answer = { role: "assistant", content: await post([...EXAMPLES, asked]) };
        return post([...EXAMPLES, asked, answer, question]);
      },
      { examples: EXAMPLES },
    );
    await under(agent.parameters.examples, [], () => agent());
    expect(bodies[1]?.messages).toEqual([...EXAMPLES, question]);
  });

  it("is written with the other fields of the messages that it replaces", async () => {
    const { post, bodies } = sender();
    const named = EXAMPLES.map((one) => ({ ...one, name: `example_${one.role}` }));
    const agent = learn(() => post([...named, question]), { examples: EXAMPLES });
    await under(agent.parameters.examples, NEW, () => agent());
    expect(bodies[0]?.messages).toEqual([...NEW.map((one) => ({ ...one, name: `example_${one.role}` })), question]);
  });

  const mark = { type: "ephemeral" };
  const partOf = (content: string, marks: object = {}) => [{ type: "text", text: content, ...marks }];

  it.each([
    ["longer", NEW],
    ["shorter", NEW.slice(2, 3)],
    ["of the same length", NEW.slice(0, 2)],
  ])("has the mark of its last message at its end, once, where the value is %s", async (_, value) => {
    const { post, bodies } = sender();
    const [first, last] = EXAMPLES;
    const marked = [
      { ...first, content: partOf(first.content) },
      { ...last, content: partOf(last.content, { cache_control: mark }) },
    ];
    const agent = learn(() => post([...marked, question]), { examples: EXAMPLES });
    await under(agent.parameters.examples, value, () => agent());
    expect(bodies[0]?.messages).toEqual([
      ...value.map(({ role, content }, index) => ({
        role,
        content: partOf(content, index === value.length - 1 ? { cache_control: mark } : {}),
      })),
      question,
    ]);
  });

  it("repeats no id of a message", async () => {
    const { post, bodies } = sender();
    const named = EXAMPLES.map((one, index) => ({ ...one, id: `message_${index}`, cache_control: mark }));
    const agent = learn(() => post([...named, question]), { examples: EXAMPLES });
    await under(agent.parameters.examples, NEW, () => agent());
    const ids = ["message_0", "message_1", undefined, undefined];
    expect(bodies[0]?.messages.slice(0, -1)).toEqual(
      NEW.map((one, index) => ({
        ...one,
        ...(ids[index] === undefined ? {} : { id: ids[index] }),
        ...(index === 0 || index === NEW.length - 1 ? { cache_control: mark } : {}),
      })),
    );
  });

  it("refuses a value that is no such list", () => {
    const { examples } = start().agent.parameters;
    const state = ParameterState.of([examples as Parameter]);
    expect(() => state.set([[examples as Parameter, [{ role: "user" }]]])).toThrow("a list of messages");
  });

  it("ends a run whose requests do not hold it", async () => {
    const { client, bodies } = clientOf();
    const ask = async (content: string) =>
      textIn(await client.messages.create({ ...common, messages: [{ role: "user", content }] }));
    const agent = learn(ask, { examples: EXAMPLES });
    const run = evaluate({
      agent,
      guide: exactMatch(),
      data: ["a", "b"].map((input) => ({ input, target: "ok" })),
      concurrency: 1,
    });
    await expect(run).rejects.toMatchObject({ code: "text-not-sent", message: expect.stringContaining('"examples"') });
    expect(bodies).toHaveLength(1);
  });
});

describe("a list of texts", () => {
  const RULES = ["Answer in capitals.", "Never explain."];

  it("is replaced where the program joined it, with what it put between them", async () => {
    const { client, bodies } = clientOf();
    const agent = learn(
      async (content: string): Promise<string> => {
        const system = `Your rules:\n- ${RULES.join("\n- ")}\nKeep to them.`;
        return textIn(await client.messages.create({ ...common, system, messages: [{ role: "user", content }] }));
      },
      { rules: RULES },
    );
    await under(agent.parameters.rules, ["Be brief.", "Be kind.", "Be right."], () => agent("crux"));
    await under(agent.parameters.rules, ["Be brief."], () => agent("crux"));
    expect(bodies.map(({ system }) => system)).toEqual([
      "Your rules:\n- Be brief.\n- Be kind.\n- Be right.\nKeep to them.",
      "Your rules:\n- Be brief.\nKeep to them.",
    ]);
    const [call] = (await trace(() => agent("crux"))).nodes.filter(({ op }) => op === "call_model");
    expect(call?.inputs["request"]?.data).toContain("system: Your rules:\n- [rules]\nKeep to them.");
  });

  it.each([[[1, { text: "Be brief." }]], [["", "Be brief."]], [{ one: "Be brief." }]])(
    "takes no value that is no such list, also as a parameter without a schema: %j",
    (value) => {
      const rules = parameter(RULES, { doc: "How to answer." }) as Parameter;
      learn(async () => "", { rules: rules as never });
      expect(() => ParameterState.of([rules]).set([[rules, value]])).toThrow("cannot take this value");
    },
  );

  it.each([[["Only one text."]], [["", "Another text."]], [[1, 2]], [[]]])("refuses %j", (list) => {
    expect(() => learn(async () => "", { rules: list as never })).toThrow("Give a list of at least two texts");
  });
});
