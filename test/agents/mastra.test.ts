/**
 * `traceModel` under a real agent of Mastra, over providers of both majors of the AI SDK, which ask a server on this
 * machine. Mastra takes 132 MB, so the tests run where `TRACEGRAD_MASTRA` names a folder in which it is installed.
 */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createOpenAICompatible as createOpenAICompatible7 } from "openai-compatible-7";
import { evaluate, type Node, trace, train } from "tracegrad";
import { type AiSdkModel, learn, traceModel } from "tracegrad/agents";
import { split } from "tracegrad/data";
import { exactMatch } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { type Answer, startServer } from "./server.ts";

const installation = "npm install --prefix DIR -E @mastra/core@1.71.0 zod@4.6.7";
const folder = process.env["TRACEGRAD_MASTRA"];
const entryOf = (path: string): string => join(folder ?? "", `node_modules/@mastra/core/dist/${path}/index.js`);

const INSTRUCTIONS = "You help customers of a shop. Answer in a friendly sentence.";
const BETTER = "You help customers of a shop. Answer with only the date.";

/** What is used of Mastra. */
interface MastraAgent {
  generate(question: string): Promise<{ readonly text: string }>;
  stream(question: string): Promise<{ readonly textStream: AsyncIterable<string> }>;
}
type NewAgent = new (settings: object) => MastraAgent;
type CreateTool = (settings: object) => unknown;
type NewMastra = new (settings: object) => { getAgent(name: string): MastraAgent };

interface Body {
  readonly stream?: boolean;
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

const dates: Readonly<Record<string, string>> = {
  "1001": "2 May",
  "1002": "5 May",
  "1003": "1 June",
  "1004": "9 June",
};

/** The model: it looks the order up, then answers as its instructions want. */
function answer({ stream, model, messages }: Body): Answer {
  const found = messages.find(({ role }) => role === "tool");
  const order = /\d+/.exec(messages.find(({ role }) => role === "user")?.content ?? "")?.[0] ?? "";
  const date = /"date":"([^"]+)"/.exec(found?.content ?? "")?.[1] ?? "";
  const text = messages[0]?.content.includes("only the date") ? date : `Good news! It comes on ${date}.`;
  const call = {
    id: "call_1",
    type: "function",
    function: { name: "look_up_order", arguments: `{"order":"${order}"}` },
  };
  const message =
    found === undefined
      ? { role: "assistant", content: null, tool_calls: [call] }
      : { role: "assistant", content: text };
  const common = { id: "chat_1", created: 1, model };
  const finish_reason = found === undefined ? "tool_calls" : "stop";
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  if (stream !== true)
    return { json: { ...common, object: "chat.completion", choices: [{ index: 0, message, finish_reason }], usage } };
  const calls = found === undefined ? { tool_calls: [{ index: 0, ...call }] } : {};
  const chunk = { ...common, object: "chat.completion.chunk" };
  return {
    events: [
      { ...chunk, choices: [{ index: 0, delta: { ...message, ...calls }, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }], usage },
      "[DONE]",
    ],
  };
}

const majors = [
  { major: "6", create: createOpenAICompatible },
  { major: "7", create: createOpenAICompatible7 as unknown as typeof createOpenAICompatible },
] as const;
const ways = ["generate", "stream"] as const;
const cases = majors.flatMap((one) => ways.map((way) => ({ ...one, way })));

async function loadMastra() {
  const load = (path: string): Promise<unknown> => import(pathToFileURL(entryOf(path)).href);
  return {
    ...((await load("agent")) as { readonly Agent: NewAgent }),
    ...((await load("tools")) as { readonly createTool: CreateTool }),
    ...((await load("mastra")) as { readonly Mastra: NewMastra }),
  };
}

/** An agent with a tool as its users write it, and a program that asks it. */
async function shopOf({ create, way }: (typeof cases)[number], reply: (body: Body, index: number) => Answer = answer) {
  const { Agent, createTool, Mastra } = await loadMastra();
  const server = await startServer(reply);
  const own = create({ name: "shop", baseURL: server.url, includeUsage: true })("shop-small") as AiSdkModel;
  const look_up_order = createTool({
    id: "look_up_order",
    description: "Finds an order by its number.",
    inputSchema: z.object({ order: z.string() }),
    execute: async ({ order }: { readonly order: string }) => ({ order, date: dates[order] }),
  });
  const programOf = (model: AiSdkModel) => {
    const support = new Agent({
      ...{ id: "support", name: "support", instructions: INSTRUCTIONS },
      ...{ model, tools: { look_up_order }, maxRetries: 0 },
    });
    const agent = new Mastra({ agents: { support }, logger: false }).getAgent("support");
    return async function assist(asked: string): Promise<string> {
      if (way === "generate") return (await agent.generate(asked)).text;
      let text = "";
      for await (const part of (await agent.stream(asked)).textStream) text += part;
      return text;
    };
  };
  return { server, plain: programOf(own), agent: learn(programOf(traceModel(own)), { instructions: INSTRUCTIONS }) };
}

const question = "When does order 1003 arrive?";
const rows = Object.entries(dates).map(([order, date]) => ({
  input: `When does order ${order} arrive?`,
  target: date,
}));
const inputsOf = (node: Node | undefined): readonly string[] => Object.keys(node?.inputs ?? {});

describe("an agent of Mastra", () => {
  beforeEach(({ skip }) => {
    if (folder === undefined) {
      return skip(`TRACEGRAD_MASTRA names no folder with Mastra. To make it the folder DIR:\n${installation}`);
    }
    if (!existsSync(entryOf("agent"))) throw new Error(`${entryOf("agent")} does not exist: ${installation}`);
  });

  it.each(cases)("sends the same bytes and has its graph, over AI SDK $major with $way()", async (which) => {
    const { server, plain, agent } = await shopOf(which);
    expect(await plain(question)).toBe("Good news! It comes on 1 June.");
    const sent = [...server.bodies];
    expect(await agent(question)).toBe("Good news! It comes on 1 June.");
    const graph = await trace(() => agent(question));
    expect(server.bodies).toEqual([...sent, ...sent, ...sent]);
    expect([sent.length, graph.value]).toEqual([2, "Good news! It comes on 1 June."]);
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      ...["asked", "instructions", "request", "call_model", "look_up_order", "call_model", "assist"],
    ]);
    const [first, second] = graph.nodes.filter(({ op }) => op === "call_model");
    expect([inputsOf(first), inputsOf(second)]).toEqual([
      ["instructions", "asked", "request"],
      ["instructions", "history", "look_up_order"],
    ]);
  });

  it.each(cases)("learns its instructions, over AI SDK $major with $way()", async (which) => {
    const { server, agent } = await shopOf(which);
    const path = mkdtempSync(join(tmpdir(), "tracegrad-mastra-"));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    const llm = scripted(({ messages }) => {
      const prompt = JSON.stringify(messages);
      const isRead =
        prompt.includes(INSTRUCTIONS) && /expect the output of your answer to be \\"\d \w+\\"/.test(prompt);
      return { toolInput: { reasoning: "", suggestion: { instructions: isRead ? BETTER : INSTRUCTIONS } } };
    });
    const run = (llmCalls: number) =>
      train({
        ...{ agent, guide: exactMatch(), data: split(rows, { train: 2, validation: 2 }), folder: path },
        ...{ optimizer: optoPrime(agent, { llm }), budget: { steps: 1, llmCalls, tokens: 10_000 } },
      }).result;
    expect((await run(5)).reason).toBe("budget");
    const { baseline, best, spent, warnings } = await run(100);
    expect([baseline.validation?.mean, best.validation?.mean, warnings]).toEqual([0, 1, []]);
    expect(spent.byRole.agent.llmCalls).toBe(server.bodies.length);
    expect(spent.byRole.agent.inputTokens).toBe(10 * server.bodies.length);
    expect(await agent(question)).toBe("1 June");
  });

  it.each(cases)("stops a run in order while its provider is out, over AI SDK $major with $way()", async (which) => {
    let isOut = true;
    const down: Answer = { status: 500, json: { error: { message: "down", type: "server_error" } } };
    const { server, agent } = await shopOf(which, (body, index) => (isOut && index === 3 ? down : answer(body)));
    const path = mkdtempSync(join(tmpdir(), "tracegrad-mastra-"));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    const run = () => evaluate({ agent, guide: exactMatch(), data: rows, folder: path, concurrency: 1 });
    await expect(run()).rejects.toThrow(/down/);
    isOut = false;
    const { mean, spent } = await run();
    expect([mean, spent.llmCalls, server.bodies.length]).toEqual([0, 9, 9]);
  });
});
