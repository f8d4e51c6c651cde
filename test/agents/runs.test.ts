/** Learning programs in runs: held to the budget, not paid twice, and texts that nothing holds are reported. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import Anthropic from "@anthropic-ai/sdk";
import * as six from "ai";
import * as seven from "ai-7";
import OpenAI from "openai";
import { createOpenAICompatible as createOpenAICompatible7 } from "openai-compatible-7";
import { evaluate, type TrainOptions, train } from "tracegrad";
import { learn, traceFetch, traceModel } from "tracegrad/agents";
import { split } from "tracegrad/data";
import { exactMatch } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Answer, claudeReply, startServer } from "./server.ts";

const SYSTEM = "You write the word in capitals.";
const rows = ["lyra", "vela", "crux", "ara"].map((word) => ({ input: word, target: word.toUpperCase() }));
const guide = exactMatch();

interface Body {
  readonly system: string;
  readonly messages: readonly { readonly content: string }[];
}

const echo = ({ messages, system }: Body): Answer => {
  const word = messages[0]?.content ?? "";
  return { json: claudeReply(/every letter/.test(system) ? word.toUpperCase() : word) };
};

async function writer(answer: (body: Body, index: number) => Answer = echo, maxRetries = 0) {
  const server = await startServer(answer);
  const client = new Anthropic({ apiKey: "none", baseURL: server.url, maxRetries, fetch: traceFetch() });
  const write = async (word: string): Promise<string> => {
    const messages = [{ role: "user" as const, content: word }];
    const { content } = await client.messages.create({ model: "claude-test", max_tokens: 9, system: SYSTEM, messages });
    return content[0]?.type === "text" ? content[0].text : "";
  };
  return { server, write, agent: learn(write, { system: SYSTEM }) };
}

const expert = scripted(() => ({ toolInput: { reasoning: "", suggestion: { system: "Write every letter large." } } }));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tracegrad-agents-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "run");
}

const trained = (agent: Awaited<ReturnType<typeof writer>>["agent"], more: Partial<TrainOptions> = {}) =>
  train({
    ...{ agent, guide, data: split(rows, { train: 2, validation: 2 }) },
    ...{ optimizer: optoPrime(agent, { llm: expert }), budget: { steps: 1 } },
    ...(more as object),
  }).result;

async function askClaude(baseURL: string): Promise<string> {
  const client = new Anthropic({ apiKey: "none", baseURL, fetch: traceFetch() });
  const messages = [{ role: "user" as const, content: SYSTEM }];
  const { content } = await client.messages.create({ model: "claude-test", max_tokens: 9, messages });
  return content[0]?.type === "text" ? content[0].text : "";
}

let keys = 0;
/** Of a provider whose name and model say nothing of the server; its key in the query is a new one each time. */
const local = (baseURL: string) => ({ name: "local", baseURL, queryParams: { key: `key-${(keys += 1)}` } });

async function askSix(baseURL: string): Promise<string> {
  const model = traceModel(createOpenAICompatible(local(baseURL))("m"));
  return (await six.generateText({ model, prompt: SYSTEM })).text;
}

async function askSeven(baseURL: string): Promise<string> {
  const model = traceModel(createOpenAICompatible7(local(baseURL))("m"));
  return (await seven.generateText({ model, prompt: SYSTEM })).text;
}

const chatReply = (content: string): object => ({
  ...{ id: "1", model: "m", choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }] },
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
});

describe("a run", () => {
  it("pays for nothing twice when it is resumed after an outage, and ends with the same", async () => {
    let isDown = true;
    const answer = (body: Body, index: number): Answer =>
      isDown && index === 2
        ? { status: 500, json: { type: "error", error: { type: "api_error", message: "down" } } }
        : echo(body);
    const { server, agent } = await writer(answer);
    const options = { folder: folder(), concurrency: 1 };
    await expect(trained(agent, options)).rejects.toMatchObject({ message: expect.stringContaining("down") });
    expect(server.bodies).toHaveLength(3);
    isDown = false;
    const { best, spent } = await trained(agent, options);
    expect([best.validation?.mean, spent.byRole.agent.llmCalls]).toEqual([1, server.bodies.length]);
    const { server: calm, agent: other } = await writer();
    expect((await trained(other)).best.values).toEqual(best.values);
    expect(server.bodies.length - 1).toBe(calm.bodies.length);
  });

  it("holds the calls to the budget", async () => {
    const { server, agent } = await writer();
    const { reason, spent } = await trained(agent, { budget: { steps: 5, llmCalls: 4 } });
    expect([reason, spent.llmCalls <= 4, server.bodies.length <= 4]).toEqual(["budget", true, true]);
  });

  it("tells no SDK to try again after the budget is spent, also where the program takes no notice", async () => {
    const { write } = await writer(echo, 5);
    let tries = 0;
    const statuses: unknown[] = [];
    const agent = learn(
      async (word: string): Promise<string> => {
        tries += 1;
        return write(word).catch((error: { readonly status?: number }) => {
          statuses.push(error.status);
          return "nothing";
        });
      },
      { system: SYSTEM },
    );
    const { reason, spent } = await trained(agent as never, { budget: { steps: 5, llmCalls: 2 }, concurrency: 1 });
    expect([reason, spent.llmCalls]).toEqual(["budget", 2]);
    expect(tries).toBeLessThanOrEqual(3);
    expect(statuses).toEqual([400]);
  });

  it("stores a refused request, and gives the program the same error again", async () => {
    const refusal = { type: "error", error: { type: "invalid_request_error", message: "no such word" } };
    const { server, agent } = await writer((body) =>
      body.messages[0]?.content === "ara" ? { status: 400, json: refusal } : echo(body),
    );
    const options = { agent, guide, data: rows, folder: folder() };
    const first = await evaluate(options);
    const { rows: again } = await evaluate(options);
    expect(again.map(({ error }) => error?.message)).toEqual(first.rows.map(({ error }) => error?.message));
    expect(first.rows.find(({ input }) => input === "ara")?.error).toMatchObject({
      of: "agent",
      message: expect.stringContaining("no such word"),
    });
    expect(server.bodies).toHaveLength(4);
  });

  it.each<[string, (baseURL: string) => Promise<string>, (word: string) => object]>([
    ["Anthropic's SDK", askClaude, claudeReply],
    ["AI SDK 6", askSix, chatReply],
    ["AI SDK 7", askSeven, chatReply],
  ])("knows the calls of two servers apart, whatever their order: %s", async (_, ask, reply) => {
    const one = await startServer(() => ({ json: reply("one") }));
    const other = await startServer(() => ({ json: reply("other") }));
    // Says in which order they are called, then whether the machine goes down.
    const control = await startServer((_, index) => ({ json: index < 2 }));
    const says = async (url: string): Promise<unknown> => (await fetch(url, { method: "POST", body: "0" })).json();
    const [first, second, third] = [one.url, other.url, control.url];
    const agent = learn(
      async (): Promise<string> => {
        const answers = (await says(third))
          ? [await ask(first), await ask(second)]
          : [await ask(second), await ask(first)].reverse();
        if (await says(third)) throw Object.assign(new Error("The machine goes down."), { status: 503 });
        return answers.join();
      },
      { system: SYSTEM },
    );
    const options = { agent, guide, data: [{ input: "x", target: "one,other" }], folder: folder() };
    await expect(evaluate(options)).rejects.toThrow("goes down");
    expect(await evaluate(options)).toMatchObject({ mean: 1 });
    expect([one.bodies.length, other.bodies.length]).toEqual([1, 1]);
  });

  it("stores the headers that SDKs read, and no cookies", async () => {
    const headers = { "set-cookie": "sid=hidden", "request-id": "req_7", "anthropic-organization-id": "org_hidden" };
    const { agent } = await writer((body) => ({ status: 200, ...(echo(body) as { json: unknown }), headers }));
    const path = folder();
    await evaluate({ agent, guide, data: rows, folder: path });
    const stored = readdirSync(path)
      .map((name) => readFileSync(join(path, name), "utf8"))
      .join();
    expect(stored).toContain("req_7");
    expect(stored).not.toContain("hidden");
  });

  it("says how a stream of a chat tells its tokens, where a limit depends on them", async () => {
    const delta = { role: "assistant", content: "x" };
    const chunk = { id: "c1", object: "chat.completion.chunk", model: "m" };
    const server = await startServer(() => ({
      events: [{ ...chunk, choices: [{ index: 0, delta, finish_reason: "stop" }] }, "[DONE]"],
    }));
    const client = new OpenAI({ apiKey: "none", baseURL: server.url, maxRetries: 0, fetch: traceFetch() });
    const agent = learn(
      async (content: string): Promise<string> => {
        const messages = [{ role: "user" as const, content: `${SYSTEM} ${content}` }];
        let text = "";
        for await (const { choices } of await client.chat.completions.create({ model: "m", messages, stream: true }))
          text += choices[0]?.delta.content ?? "";
        return text;
      },
      { system: SYSTEM },
    );
    const said = expect.stringContaining("stream_options: { include_usage: true }");
    const free = await evaluate({ agent, guide, data: rows });
    expect([free.reason, free.warnings]).toEqual(["done", [said]]);
    const limited = evaluate({ agent, guide, data: rows, budget: { tokens: 500_000 } });
    await expect(limited).rejects.toMatchObject({ code: "uncounted", message: said });
  });

  it("ends before a second call where no request holds the text", async () => {
    const { server, write } = await writer();
    const agent = learn(write, { system: "Some other text." });
    await expect(trained(agent, { concurrency: 1 })).rejects.toMatchObject({
      code: "text-not-sent",
      message: expect.stringContaining('"system"'),
    });
    expect(server.bodies).toHaveLength(1);
  });

  it("names the texts that no request held so far in a warning", async () => {
    const { write } = await writer();
    const agent = learn(write, { system: SYSTEM, other: "Some other text." });
    const { warnings } = await trained(agent);
    expect(warnings.filter((one) => one.includes('held "other" so far'))).toHaveLength(1);
  });

  it("ends where the program's calls go through no door", async () => {
    const agent = learn(async (word: string) => word, { system: SYSTEM });
    await expect(trained(agent)).rejects.toMatchObject({
      code: "text-not-sent",
      message: expect.stringContaining("traceFetch()"),
    });
  });

  it.each(["before", "by the first call of"])(
    "ends where a queue that began %s the program makes its calls",
    async (when) => {
      const { write } = await writer();
      const jobs: (() => void)[] = [];
      let worker: NodeJS.Timeout | undefined;
      const begin = (): void => void (worker ??= setInterval(() => jobs.shift()?.(), 1));
      onTestFinished(() => clearInterval(worker));
      if (when === "before") begin();
      const agent = learn(
        (word: string) =>
          new Promise<string>((resolve, reject) => {
            begin();
            jobs.push(() => write(word).then(resolve, reject));
          }),
        { system: SYSTEM },
      );
      await expect(trained(agent, { concurrency: 1 })).rejects.toMatchObject({ code: "lost-context" });
    },
  );

  it("lets the judge and the optimizer speak of the texts, through a door of their own", async () => {
    const { server, agent } = await writer();
    const send = traceFetch();
    const judge = async (_: string, output: string, target: string) => {
      const body = JSON.stringify({
        model: "judge",
        messages: [{ role: "user", content: `Did it follow: ${SYSTEM}` }],
      });
      await send(`${server.url}/v1/messages`, { method: "POST", body });
      return { score: output === target ? 1 : 0, text: "" };
    };
    const { best, spent } = await trained(agent, { guide: judge as never });
    expect([best.validation?.mean, spent.byRole.judge.llmCalls > 0]).toEqual([1, true]);
  });
});
