/** Programs that stop calls themselves, run beside plain ones, or meet failures: they go on as without tracegrad. */

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { ExceptionNode, evaluate, trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { describe, expect, it } from "vitest";
import { claudeReply } from "./server.ts";

const SYSTEM = "You are a careful translator.";

type Send = (
  body: { readonly messages: readonly { readonly content: string }[] },
  signal: AbortSignal,
) => Promise<Response>;

/** A client whose requests `send` answers, without a network. */
const clientOf = (send: Send, maxRetries = 0) =>
  new Anthropic({
    ...{ apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries },
    fetch: traceFetch(async (_, init) => send(JSON.parse(String(init?.body)) as never, init?.signal as AbortSignal)),
  });
const textFrom = async (client: Anthropic, content: string, signal?: AbortSignal): Promise<string> => {
  const messages = [{ role: "user" as const, content }];
  const request = { model: "claude-test", max_tokens: 9, system: SYSTEM, messages };
  const reply = await client.messages.create(request, { signal });
  return reply.content[0]?.type === "text" ? reply.content[0].text : "";
};
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));
const overloaded = () =>
  Response.json({ type: "error", error: { type: "overloaded_error", message: "" } }, { status: 529 });

describe("a program that aborts one of its calls", () => {
  /** Asks twice at once, and aborts the slower one when the other has answered. */
  const race = () => {
    const client = clientOf(({ messages }, signal) =>
      messages[0]?.content === "slow" ? aborted(signal) : Promise.resolve(Response.json(claudeReply("ok"))),
    );
    return learn(
      async (): Promise<string> => {
        const loser = new AbortController();
        const slow = textFrom(client, "slow", loser.signal).catch(() => "stopped");
        const fast = await textFrom(client, "fast");
        loser.abort();
        return `${fast}, ${await slow}`;
      },
      { system: SYSTEM },
    );
  };

  it("goes on outside of a trace, in one, and in a run", async () => {
    const agent = race();
    expect(await agent()).toBe("ok, stopped");
    expect((await trace(() => agent())).value).toBe("ok, stopped");
    const guide = (_: string, output: string) => ({ score: output === "ok, stopped" ? 1 : 0, text: "" });
    const table = await evaluate({ agent, guide, data: [{ id: "a", input: "x", target: "" }] });
    expect(table).toMatchObject({ mean: 1, reason: "done" });
  });
});

describe("a program in production", () => {
  it("disturbs no plain call with its text beside it, and records nothing", async () => {
    let finish: () => void = () => undefined;
    const client = clientOf(async ({ messages }) => {
      if (messages[0]?.content === "wait") await new Promise<void>((resolve) => (finish = resolve));
      return Response.json(claudeReply("ok"));
    });
    const agent = learn((question: string) => textFrom(client, question), { system: SYSTEM });
    const waiting = agent("wait");
    expect(await textFrom(client, "plain")).toBe("ok");
    finish();
    expect(await waiting).toBe("ok");
    expect((await trace(() => agent("a"))).nodes.length).toBeGreaterThan(2);
  });
});

describe("a failure of a call", () => {
  it("takes no credit from the calls before it", async () => {
    const client = clientOf(async ({ messages }) =>
      messages[0]?.content.startsWith("Refine") === true
        ? overloaded()
        : Response.json(claudeReply("The draft of the answer.")),
    );
    const agent = learn(
      async (question: string): Promise<string> => {
        const draft = await textFrom(client, question);
        await textFrom(client, `Refine: ${draft}`).catch(() => undefined);
        return draft;
      },
      { system: SYSTEM },
    );
    const graph = await trace(() => agent("x"));
    expect(graph.parameters.map(({ name }) => name)).toEqual(["system"]);
  });

  it("in the middle of a stream is an exception of the call, once", async () => {
    const client = clientOf(async () => {
      const begin = { type: "message_start", message: { ...claudeReply(""), content: [] } };
      const parts = [`event: message_start\ndata: ${JSON.stringify(begin)}\n\n`];
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const part = parts.shift();
          if (part === undefined) controller.error(new Error("cut"));
          else controller.enqueue(new TextEncoder().encode(part));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    const agent = learn(
      async (question: string): Promise<string> => {
        const messages = [{ role: "user" as const, content: question }];
        const stream = client.messages.stream({ model: "claude-test", max_tokens: 9, system: SYSTEM, messages });
        return stream.finalText().catch(() => "failed");
      },
      { system: SYSTEM },
    );
    const graph = await trace(() => agent("x"));
    expect(graph.value).toBe("failed");
    expect(graph.nodes.filter((node) => node instanceof ExceptionNode)).toHaveLength(1);
  });

  it("does not come of a reply that is nested deeper than the stack", async () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const call = { id: "t1", type: "function" as const, function: { name: "look_up", arguments: deep } };
    const messageOf = (isFirst: boolean) => (isFirst ? { content: deep, tool_calls: [call] } : { content: "done" });
    let count = 0;
    const client = new OpenAI({
      ...{ apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0 },
      fetch: traceFetch(async () => {
        const message = { role: "assistant", ...messageOf(count++ % 2 === 0) };
        const usage = { prompt_tokens: 1, completion_tokens: 1 };
        return Response.json({ id: "c1", model: "m", usage, choices: [{ index: 0, finish_reason: "stop", message }] });
      }),
    });
    const ask = async (content: string): Promise<string> => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        { role: "system", content: SYSTEM },
        { role: "user", content },
      ];
      const { choices } = await client.chat.completions.create({ model: "m", messages });
      messages.push(choices[0]?.message as OpenAI.ChatCompletionMessageParam);
      messages.push({ role: "tool", tool_call_id: "t1", content: deep });
      return (await client.chat.completions.create({ model: "m", messages })).choices[0]?.message.content ?? "";
    };
    const agent = learn(ask, { system: SYSTEM });
    expect((await trace(() => agent("x"))).value).toBe("done");
    const guide = (_: string, output: string) => ({ score: output === "done" ? 1 : 0, text: "" });
    expect(await evaluate({ agent, guide, data: [{ input: "x", target: "" }] })).toMatchObject({ mean: 1 });
  });

  it("does not come of cyclic data", async () => {
    const client = clientOf(async () => Response.json(claudeReply("ok")));
    const agent = learn(({ question }: { question: string }) => textFrom(client, question), { system: SYSTEM });
    const cyclic: { question: string; self?: unknown } = { question: "x" };
    cyclic.self = cyclic;
    expect((await trace(() => agent(cyclic))).value).toBe("ok");
  });
});
