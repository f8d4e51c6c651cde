/** Agents that exist already: two changed lines, the same bytes as before, and better after one step. */

import { readFileSync } from "node:fs";
import { diffLines } from "diff";
import { trace } from "tracegrad";
import { type LearningProgram, learn } from "tracegrad/agents";
import { afterAll, describe, expect, it } from "vitest";
import { shopModel } from "../../../examples/agents/ai-sdk/provider.ts";
import { startChatServer } from "../../../examples/agents/shared/chat-server.ts";
import { startMessagesServer } from "../../../examples/agents/shared/messages-server.ts";
import type { Provider } from "../../../examples/agents/shared/server.ts";
import { trainAgent } from "../../../examples/agents/shared/train.ts";

/** A program with its text: the system prompt, or what a server says of its tool. */
type Program = { answer(question: string): Promise<string> } & (
  | { readonly SYSTEM_PROMPT: string }
  | { readonly DESCRIPTION: string }
);

interface Example {
  readonly folder: string;
  /** Loads a file of the example, and says how to read what its programs have sent so far. */
  load(file: "before" | "agent"): Promise<Program>;
  sent(): readonly string[];
}

const question = "When does order 1003 arrive?";
const providers: Provider[] = [];

/** An example whose SDK finds a server on this machine by its environment. */
function onServer(folder: string, sdk: "ANTHROPIC" | "OPENAI", start: () => Promise<Provider>): Example {
  let provider: Provider | undefined;
  return {
    folder,
    async load(file) {
      if (provider === undefined) providers.push((provider = await start()));
      process.env[`${sdk}_BASE_URL`] = provider.url;
      process.env[`${sdk}_API_KEY`] = "none";
      return (await import(`../../../examples/agents/${folder}/${file}.ts`)) as Program;
    },
    sent: () => provider?.requests ?? [],
  };
}

const anthropic = onServer("anthropic-loop", "ANTHROPIC", startMessagesServer);
const mcp = onServer("mcp", "ANTHROPIC", startMessagesServer);
const langGraph = onServer("langgraph", "OPENAI", startChatServer);

const aiSdk: Example = {
  folder: "ai-sdk",
  load: async (file) => (await import(`../../../examples/agents/ai-sdk/${file}.ts`)) as Program,
  sent: () => shopModel.doGenerateCalls.map((options) => JSON.stringify(options)),
};

afterAll(() => {
  for (const provider of providers) provider.close();
});

function learning(program: Program): LearningProgram<[string], Promise<string>> {
  const { answer } = program;
  if ("DESCRIPTION" in program) return learn(answer, { description: program.DESCRIPTION });
  return learn(answer, { system: program.SYSTEM_PROMPT });
}

const sentBy = async (example: Example, run: () => unknown): Promise<readonly string[]> => {
  const before = example.sent().length;
  await run();
  return example.sent().slice(before);
};

describe.each([anthropic, aiSdk, langGraph, mcp])("the example $folder", (example) => {
  const textOf = (file: string): string => readFileSync(`examples/agents/${example.folder}/${file}.ts`, "utf8");

  it("differs from the program before in two lines", () => {
    const added = diffLines(textOf("before"), textOf("agent")).filter((part) => part.added);
    expect(added.reduce((lines, { count }) => lines + count, 0)).toBe(2);
  });

  it("sends the same bytes and gives the same as the program before, also in a trace", async () => {
    const before = await example.load("before");
    const agent = learning(await example.load("agent"));
    const plain = await sentBy(example, async () => expect(await before.answer(question)).toContain("1 December"));
    expect(plain).toHaveLength(2);
    expect(await sentBy(example, () => agent(question))).toEqual(plain);
    expect(await sentBy(example, () => trace(() => agent(question)))).toEqual(plain);
  });

  it("is better after one step, and shows each turn by what it adds", async () => {
    const agent = learning(await example.load("agent"));
    const [text = ""] = Object.keys(agent.parameters);
    const graph = await trace(() => agent(question));
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      ...["question", text, "request", "call_model", "look_up_order", "call_model", "answer"],
    ]);
    const [first, second] = graph.nodes.filter(({ op }) => op === "call_model");
    expect(Object.keys(first?.inputs ?? {})).toEqual([text, "question", "request"]);
    expect(Object.keys(second?.inputs ?? {})).toEqual([text, "history", "look_up_order"]);
    const { baseline, best, spent, warnings } = await trainAgent(agent).result;
    expect([baseline.validation?.mean, best.validation?.mean]).toEqual([0, 1]);
    expect([spent.byRole.agent.llmCalls, warnings]).toEqual([20, []]);
    expect(await agent(question)).toBe("2026-12-01");
  });
});
