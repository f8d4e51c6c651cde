/** An agent that learns from conversations with simulated users: their calls are counted, and none of them learns. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diffLines } from "diff";
import { learn } from "tracegrad/agents";
import { type Agent, playEpisode } from "tracegrad/environments";
import { scripted } from "tracegrad/testing";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { Provider } from "../../../examples/agents/shared/server.ts";
import type { Messages } from "../../../examples/agents/simulated-user/agent.ts";
import { Customer, promptOf, rows } from "../../../examples/agents/simulated-user/customer.ts";
import { startModels } from "../../../examples/agents/simulated-user/provider.ts";
import { expert, trainInTalks } from "../../../examples/agents/simulated-user/train.ts";

type Program = typeof import("../../../examples/agents/simulated-user/agent.ts");

let provider: Provider;
let before: Program;
let program: Program;

beforeAll(async () => {
  provider = await startModels();
  process.env["OPENAI_BASE_URL"] = provider.url;
  process.env["OPENAI_API_KEY"] = "none";
  before = await import("../../../examples/agents/simulated-user/before.ts");
  program = await import("../../../examples/agents/simulated-user/agent.ts");
});

afterAll(() => provider.close());

const learning = () => learn(program.answer, { system: program.SYSTEM_PROMPT });

/** The requests that a piece of work sends. */
async function sentBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  const sent = provider.requests.length;
  await work();
  return provider.requests.slice(sent);
}

const talk = ({ client }: Program, agent: Agent<Messages, Messages>, seed: number, traced = false) =>
  playEpisode<Messages, Messages>(agent, new Customer(client), { seed, maxSteps: 5, traced });

it("differs from the program before in two lines", () => {
  const [plain, changed] = ["before", "agent"].map((name) =>
    readFileSync(`examples/agents/simulated-user/${name}.ts`, "utf8"),
  ) as [string, string];
  const added = diffLines(plain, changed).filter((part) => part.added);
  expect(added.reduce((lines, { count }) => lines + count, 0)).toBe(2);
});

it("sends the same bytes as the program before, for each customer, also in a trace", async () => {
  const agent = learning();
  for (const seed of rows.keys()) {
    const plain = await sentBy(() => talk(before, (said) => before.answer(said.data), seed));
    expect(plain.length).toBeGreaterThan(5);
    expect(await sentBy(() => talk(program, (said) => agent(said), seed))).toEqual(plain);
    expect(await sentBy(() => talk(program, (said) => agent(said), seed, true))).toEqual(plain);
  }
});

it("has each turn go on from the one before, through the customer's words and without the customer's calls", async () => {
  const agent = learning();
  const { experiences, steps } = await talk(program, (said) => agent(said), 3, true);
  const graphs = experiences.map(({ graph }) => graph);
  const lastCalls = graphs.map(({ nodes }) => nodes.findLast(({ op }) => op === "call_model"));
  expect(steps).toBe(3);
  expect(lastCalls.map((call) => Object.keys(call?.inputs ?? {}))).toEqual([
    ["system", "observation", "request"],
    ["system", "history", "look_up_order"],
    ["system", "history", "observation"],
  ]);
  // Each graph holds the reply of the turn before, which its conversation goes on from.
  expect(graphs.map(({ nodes }) => nodes.filter(({ op }) => op === "call_model").length)).toEqual([1, 3, 2]);
  for (const [index, { nodes }] of graphs.entries()) {
    if (index > 0) expect(nodes).toContain(lastCalls[index - 1]);
    expect(nodes.map(({ doc }) => doc).join("\n")).not.toContain("gpt-5-nano");
  }
});

it.each([
  ["a conversation", undefined, /The customer left after \d turns, without a date/],
  ["a turn", 1, /Turn 1: the customer read .*, and is without a date/],
])("learns from the feedback for %s, and leaves the customers as they are", async (_, horizon, feedback) => {
  const agent = learning();
  const prompts: string[] = [];
  const llm = scripted(async (request) => {
    prompts.push(JSON.stringify(request.messages));
    return { toolInput: (await expert.generate(request)).toolInput };
  });
  let result: Awaited<ReturnType<typeof trainInTalks>["result"]> | undefined;
  const sent = await sentBy(async () => {
    result = await trainInTalks(agent, program.client, { llm, ...(horizon && { horizon }) }).result;
  });
  expect(prompts.join("\n")).toMatch(feedback);
  expect(prompts.join("\n")).not.toContain("You play a customer");
  expect(result?.baseline.validation?.mean).toBeLessThan(0);
  expect(result?.best.validation?.mean).toBeGreaterThan(0.9);
  // All calls of both models, and each customer as the row has them.
  expect(result?.spent.byRole.agent.llmCalls).toBe(sent.length);
  const bodies = sent.map((body) => JSON.parse(body) as { model: string; messages: { content: string }[] });
  const told = bodies.flatMap(({ model, messages }) => (model === "gpt-5-nano" ? [messages[0]?.content] : []));
  expect([...new Set(told)].every((prompt) => rows.some((row) => prompt === promptOf(row)))).toBe(true);
});

it("asks no customer twice what is known when a run goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tracegrad-talks-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const agent = learning();
  let calls = 0;
  const sent = await sentBy(async () => {
    const stopped = await trainInTalks(agent, program.client, { folder, llmCalls: 20 }).result;
    expect(stopped.reason).toBe("budget");
    calls = (await trainInTalks(agent, program.client, { folder }).result).spent.byRole.agent.llmCalls;
  });
  expect(sent).toHaveLength(calls);
});
