/** `traceModel` under the AI SDK's own functions, with its own test provider, in the two newest majors. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as six from "ai";
import { MockLanguageModelV3 } from "ai/test";
import * as seven from "ai-7";
import { MockLanguageModelV4 } from "ai-7/test";
import { evaluate, type Node, ParameterState, trace, withParameters } from "tracegrad";
import { learn, traceModel } from "tracegrad/agents";
import { exactMatch } from "tracegrad/guides";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

const SYSTEM = "You are a careful helper.";

const usage = {
  inputTokens: { total: 10, noCache: 10, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 5, text: 5, reasoning: undefined },
};
const toolCall = { type: "tool-call" as const, toolCallId: "t1", toolName: "look_up", input: '{"word":"lyra"}' };
const contents = [
  [{ type: "text" as const, text: "I look." }, toolCall],
  [{ type: "text" as const, text: "A lyre of stars." }],
] as const;

const finishOf = (content: readonly { type: string }[]) => ({
  unified: content.some(({ type }) => type === "tool-call") ? ("tool-calls" as const) : ("stop" as const),
  raw: undefined,
});

const generated = (content: readonly (typeof toolCall | { readonly type: "text"; readonly text: string })[]) => ({
  content: [...content],
  finishReason: finishOf(content),
  usage,
  warnings: [],
});

type Part = typeof toolCall | ReturnType<typeof textParts>[number];

const partsOf = (content: (typeof contents)[number]) => [
  { type: "stream-start" as const, warnings: [] },
  ...content.flatMap((part): readonly Part[] => (part.type === "tool-call" ? [part] : textParts(part.text))),
  { type: "finish" as const, finishReason: finishOf(content), usage },
];

const textParts = (text: string) => [
  { type: "text-start" as const, id: "1" },
  ...[text.slice(0, 3), text.slice(3)].map((delta) => ({ type: "text-delta" as const, id: "1", delta })),
  { type: "text-end" as const, id: "1" },
];

const streamed = (content: (typeof contents)[number]) => ({
  stream: new ReadableStream<ReturnType<typeof partsOf>[number]>({
    start(controller) {
      for (const part of partsOf(content)) controller.enqueue(part);
      controller.close();
    },
  }),
});

/** A major version: its functions, and a fresh model that calls a tool and then answers. */
interface Major {
  readonly name: string;
  readonly sdk: typeof six;
  model(): MockLanguageModelV3;
}

const turnOf = (prompt: readonly { readonly role: string }[]) =>
  contents[prompt.some(({ role }) => role === "tool") ? 1 : 0];

const majors: readonly Major[] = [
  {
    name: "ai 6",
    sdk: six,
    model: () =>
      new MockLanguageModelV3({
        doGenerate: async ({ prompt }) => generated(turnOf(prompt)),
        doStream: async ({ prompt }) => streamed(turnOf(prompt)),
      }),
  },
  {
    name: "ai 7",
    // Their types differ in parts that are not used here.
    sdk: seven as unknown as typeof six,
    model: () =>
      new MockLanguageModelV4({
        doGenerate: async ({ prompt }) => generated(turnOf(prompt)),
        doStream: async ({ prompt }) => streamed(turnOf(prompt)),
      }) as unknown as MockLanguageModelV3,
  },
];

const ways = ["generateText", "streamText", "ToolLoopAgent"] as const;

/** A program that asks with a tool, in one of the ways of the SDK. */
function programOf({ sdk }: Major, way: (typeof ways)[number], model: MockLanguageModelV3) {
  const { generateText, streamText, ToolLoopAgent, tool, stepCountIs } = sdk;
  const look_up = tool({
    description: "Looks a word up.",
    inputSchema: z.object({ word: z.string() }),
    execute: () => "a constellation",
  });
  const stopWhen = stepCountIs(3);
  const agent = new ToolLoopAgent({ model, instructions: SYSTEM, tools: { look_up }, stopWhen });
  return async function explain(word: string): Promise<string> {
    const prompt = `What is ${word}?`;
    if (way === "ToolLoopAgent") return (await agent.generate({ prompt })).text;
    const options = { model, system: SYSTEM, tools: { look_up }, stopWhen, prompt };
    return way === "generateText" ? (await generateText(options)).text : await streamText(options).text;
  };
}

const inputsOf = (node: Node | undefined): readonly string[] => Object.keys(node?.inputs ?? {});
const cases = majors.flatMap((major) => ways.map((way) => ({ major, way, name: `${way} of ${major.name}` })));
const optionsOf = (model: MockLanguageModelV3): readonly string[] =>
  [...model.doGenerateCalls, ...model.doStreamCalls].map((options) => JSON.stringify(options));

describe("traceModel", () => {
  it.each(cases)("sends the same, gives the same and makes the same graph in $name", async ({ major, way }) => {
    const [plain, model] = [major.model(), major.model()];
    const agent = learn(programOf(major, way, traceModel(model)), { system: SYSTEM });
    const expected = await programOf(major, way, plain)("lyra");
    expect(await agent("lyra")).toBe(expected);
    const graph = await trace(() => agent("lyra"));
    expect([expected, graph.value]).toEqual(["A lyre of stars.", "A lyre of stars."]);
    expect(optionsOf(model)).toEqual([...optionsOf(plain), ...optionsOf(plain)]);
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      ...["word", "system", "request", "call_model", "look_up", "call_model", "explain"],
    ]);
    const [first, second] = graph.nodes.filter(({ op }) => op === "call_model");
    expect([inputsOf(first), inputsOf(second)]).toEqual([
      ["system", "word", "request"],
      ["system", "history", "look_up"],
    ]);
    expect(first?.data).toEqual({ text: "I look.", calls: [{ tool: "look_up", input: { word: "lyra" } }] });
  });

  it.each(cases)("sends the value of a candidate in $name", async ({ major, way }) => {
    const model = major.model();
    const agent = learn(programOf(major, way, traceModel(model)), { system: SYSTEM });
    const { system } = agent.parameters;
    await withParameters(ParameterState.of([system]).set([[system, "Be quick about it."]]), () => agent("lyra"));
    for (const options of optionsOf(model)) expect(options).toContain('"Be quick about it."');
    expect(optionsOf(model).join()).not.toContain(SYSTEM);
  });

  it.each(cases)("gives the same in a run, and counts the tokens in $name", async ({ major, way }) => {
    const agent = learn(programOf(major, way, traceModel(major.model())), { system: SYSTEM });
    const guide = exactMatch();
    const data = [{ input: "lyra", target: "A lyre of stars." }];
    const { mean, spent, warnings } = await evaluate({ agent, data, guide });
    expect([mean, spent.llmCalls, spent.inputTokens, spent.outputTokens, warnings]).toEqual([1, 2, 20, 10, []]);
  });

  it("has the SDK try again what its provider calls worth it, also in a run", async () => {
    let calls = 0;
    const model = new MockLanguageModelV3({
      doGenerate: async () => {
        if (++calls % 2 === 1) {
          const about = { url: "", requestBodyValues: {}, responseHeaders: { "retry-after-ms": "1" } };
          throw new six.APICallError({ message: "busy", statusCode: 529, isRetryable: true, ...about });
        }
        return generated(contents[1]);
      },
    });
    const ask = async (prompt: string) =>
      (await six.generateText({ model: traceModel(model), system: SYSTEM, prompt })).text;
    const agent = learn(ask, { system: SYSTEM });
    expect((await trace(() => agent("lyra"))).value).toBe("A lyre of stars.");
    const guide = exactMatch();
    const { mean } = await evaluate({ agent, data: [{ input: "lyra", target: "A lyre of stars." }], guide });
    expect([mean, calls]).toEqual([1, 4]);
  });

  const streamOf = async (model: MockLanguageModelV3, prompt: string): Promise<string> => {
    const options = { model: traceModel(model), system: SYSTEM, prompt, maxRetries: 0, onError: () => undefined };
    let text = "";
    for await (const part of six.streamText(options).textStream) text += part;
    return text;
  };

  it("stops a run where a stream fails that the SDK ends without an error", async () => {
    const isDown = () => Promise.reject(new Error("connect ECONNREFUSED"));
    const model = new MockLanguageModelV3({ doStream: isDown });
    const ask = (prompt: string) => streamOf(model, prompt);
    const agent = learn(ask, { system: SYSTEM });
    expect(await agent("lyra")).toBe("");
    const run = evaluate({ agent, data: [{ input: "lyra", target: "" }], guide: exactMatch() });
    await expect(run).rejects.toThrow("ECONNREFUSED");
  });

  it.each([
    ["is out", () => new Error("connect ECONNREFUSED")],
    ["takes too long, so that its provider is told to abort", () => new DOMException("Too slow.", "AbortError")],
  ])("goes on in a run with a second model where the first one %s", async (_, failure) => {
    const first = new MockLanguageModelV3({ doStream: () => Promise.reject(failure()) });
    const second = new MockLanguageModelV3({ doStream: async () => streamed(contents[1]) });
    const ask = async (word: string): Promise<string> => (await streamOf(first, word)) || streamOf(second, word);
    const agent = learn(ask, { system: SYSTEM });
    const guide = exactMatch();
    const { mean } = await evaluate({ agent, data: [{ input: "lyra", target: "A lyre of stars." }], guide });
    expect([mean, first.doStreamCalls.length, second.doStreamCalls.length]).toEqual([1, 1, 1]);
  });

  it("keeps conversations about pictures at two addresses apart", async () => {
    const model = new MockLanguageModelV3({
      supportedUrls: { "image/*": [/./] }, // so that the SDK loads none itself
      doGenerate: async ({ prompt }) => {
        const [, star = ""] = /(\w+)\.png/.exec(JSON.stringify(prompt)) ?? [];
        return generated([{ type: "text", text: `It is ${star}.` }]);
      },
    });
    const ask = async (said: six.ModelMessage[]): Promise<string> => {
      const { text } = await six.generateText({ model: traceModel(model), system: SYSTEM, messages: said });
      said.push({ role: "assistant", content: "It shines." }, { role: "user", content: "Which one is it?" });
      return text;
    };
    const talkOf = (star: string): six.ModelMessage[] => [
      { role: "user", content: [{ type: "image", image: new URL(`https://example.com/${star}.png`) }] },
    ];
    const agent = learn(
      async () => {
        const talk = talkOf("lyra");
        await ask(talk);
        await ask(talkOf("vega"));
        return ask(talk);
      },
      { system: SYSTEM },
    );
    const graph = await trace(() => agent());
    const last = graph.nodes.findLast(({ op }) => op === "call_model");
    expect([last?.data, last?.inputs["history"]?.data]).toEqual(["It is lyra.", "It is lyra."]);
  });

  it("knows a call again in a resumed run whatever Mastra notes in its messages", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tracegrad-notes-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    let times = 0;
    const model = new MockLanguageModelV3({ doGenerate: async () => generated(contents[1]) });
    const ask = async (word: string): Promise<string> => {
      const providerOptions = { mastra: { createdAt: (times += 1) }, shop: { effort: "low" } };
      const content = [{ type: "text" as const, text: word, providerOptions }];
      const messages = [{ role: "user" as const, content }];
      return (await six.generateText({ model: traceModel(model), system: SYSTEM, messages })).text;
    };
    const agent = learn(async (word: string) => `${await ask(word)} ${await ask(`the ${word}`)}`, { system: SYSTEM });
    const data = [{ input: "lyra", target: "A lyre of stars. A lyre of stars." }];
    const run = (llmCalls: number) => evaluate({ agent, data, guide: exactMatch(), folder, budget: { llmCalls } });
    expect((await run(1)).reason).toBe("budget");
    expect((await run(2)).mean).toBe(1);
    const sent = model.doGenerateCalls.map(({ prompt }) => JSON.stringify(prompt));
    // The first call was not made again, and what was sent has the notes.
    expect(sent.map((prompt) => /"createdAt":(\d)/.exec(prompt)?.[1])).toEqual(["1", "4"]);
  });

  it("refuses the id of a model, and says what to give", () => {
    expect(() => traceModel("openai/gpt-5-mini" as never)).toThrow(
      expect.objectContaining({ code: "bad-model", message: expect.stringContaining('gateway("openai/gpt-5-mini")') }),
    );
  });
});
