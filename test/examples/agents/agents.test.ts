/** Agents that exist already: two changed lines, the same bytes as before, and better after one step. */

import { readFileSync } from "node:fs";
import { diffLines } from "diff";
import { trace } from "tracegrad";
import { type LearningProgram, learn } from "tracegrad/agents";
import { afterAll, describe, expect, it } from "vitest";
import * as aiSdkAgent from "../../../examples/agents/ai-sdk/agent.ts";
import { answer as answerBefore } from "../../../examples/agents/ai-sdk/before.ts";
import { shopModel } from "../../../examples/agents/ai-sdk/provider.ts";
import { startChatServer } from "../../../examples/agents/shared/chat-server.ts";
import { startMessagesServer } from "../../../examples/agents/shared/messages-server.ts";
import type { Provider } from "../../../examples/agents/shared/server.ts";
import { trainAgent } from "../../../examples/agents/shared/train.ts";
import { runProgram } from "../run-example.ts";

/** A program with its text: the system prompt, or what a server says of its tool. */
type Program = { answer(question: string): Promise<string> } & (
  | { readonly SYSTEM_PROMPT: string }
  | { readonly DESCRIPTION: string }
);

interface Example {
  readonly folder: string;
  /** The tools by which its agents hand over. */
  readonly handoffs: readonly string[];
  /** Answers by the program before. */
  answerBefore(question: string): Promise<string>;
  /** Loads the program with the two lines. */
  load(): Promise<Program>;
  /** What its programs have sent so far. */
  sent(): readonly string[];
}

const question = "When does order 1003 arrive?";
const providers: Provider[] = [];

/** An example whose SDK finds a server on this machine by its environment. */
function onServer(folder: string, start: () => Promise<Provider>, handoffs: readonly string[] = []): Example {
  const sdk = start === startMessagesServer ? "ANTHROPIC" : "OPENAI";
  let provider: Provider | undefined;
  const started = async (): Promise<void> => {
    if (provider === undefined) providers.push((provider = await start()));
    process.env[`${sdk}_BASE_URL`] = provider.url;
    process.env[`${sdk}_API_KEY`] = "none";
  };
  return {
    ...{ folder, handoffs },
    async answerBefore(asked) {
      await started();
      // In a process of its own: OpenAI Agents keeps its first client for the whole process.
      const script = `import("./examples/agents/${folder}/before.ts")
        .then(async ({ answer }) => console.log(await answer(process.argv[1])))`;
      const args = ["--import", "tsx", "--eval", script, asked];
      return (await runProgram(process.execPath, args, process.cwd())).output;
    },
    async load() {
      await started();
      return (await import(`../../../examples/agents/${folder}/agent.ts`)) as Program;
    },
    sent: () => provider?.requests ?? [],
  };
}

const anthropic = onServer("anthropic-loop", startMessagesServer);
const mcp = onServer("mcp", startMessagesServer);
const langGraph = onServer("langgraph", startChatServer);
const openAIAgents = onServer("openai-agents", startChatServer, ["transfer_to_Orders"]);

const aiSdk: Example = {
  ...{ folder: "ai-sdk", handoffs: [] },
  answerBefore,
  load: async () => aiSdkAgent,
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

describe.each([anthropic, aiSdk, langGraph, openAIAgents, mcp])("the example $folder", (example) => {
  const { handoffs } = example;
  const callsPerAnswer = 2 + handoffs.length;
  const textOf = (file: string): string => readFileSync(`examples/agents/${example.folder}/${file}.ts`, "utf8");

  it("differs from the program before in two lines", () => {
    const added = diffLines(textOf("before"), textOf("agent")).filter((part) => part.added);
    expect(added.reduce((lines, { count }) => lines + count, 0)).toBe(2);
  });

  it("sends the same bytes and gives the same as the program before, also in a trace", async () => {
    const agent = learning(await example.load());
    const plain = await sentBy(example, async () =>
      expect(await example.answerBefore(question)).toContain("1 December"),
    );
    expect(plain).toHaveLength(callsPerAnswer);
    expect(await sentBy(example, () => agent(question))).toEqual(plain);
    expect(await sentBy(example, () => trace(() => agent(question)))).toEqual(plain);
  });

  it("is better after one step, and shows each turn by what it adds", async () => {
    const agent = learning(await example.load());
    const [text = ""] = Object.keys(agent.parameters);
    const graph = await trace(() => agent(question));
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      ...["question", text, "request"],
      ...handoffs.flatMap((handoff) => ["call_model", handoff, "request"]),
      ...["call_model", "look_up_order", "call_model", "answer"],
    ]);
    const [first, second] = graph.nodes.filter(({ op }) => op === "call_model").slice(handoffs.length);
    expect(Object.keys(first?.inputs ?? {})).toEqual([text, "question", ...handoffs, "request"]);
    expect(Object.keys(second?.inputs ?? {})).toEqual([text, "history", "look_up_order"]);
    const { baseline, best, spent, warnings } = await trainAgent(agent).result;
    expect([baseline.validation?.mean, best.validation?.mean]).toEqual([0, 1]);
    expect([spent.byRole.agent.llmCalls, warnings]).toEqual([10 * callsPerAnswer, []]);
    expect(await agent(question)).toBe("2026-12-01");
  });
});
