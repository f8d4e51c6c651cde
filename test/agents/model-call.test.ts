/** The span of a call through `traceFetch`: what it says, and that it lasts until the reply has come. */

import Anthropic from "@anthropic-ai/sdk";
import { SpanStatusCode } from "@opentelemetry/api";
import { evaluate, trace } from "tracegrad";
import { type Fetch, learn, traceFetch } from "tracegrad/agents";
import { exactMatch } from "tracegrad/guides";
import { describe, expect, it } from "vitest";
import { collectSpans, spanNamed } from "../otel/spans.ts";
import { claudeReply, startServer } from "./server.ts";

const SYSTEM = "You are a careful helper.";
const BODY = { model: "claude-test", max_tokens: 9, system: SYSTEM };

/** A program that asks one question. */
async function asking(reply: object, fetch: Fetch = traceFetch()) {
  const { url } = await startServer(() => ({ json: reply }));
  const client = new Anthropic({ apiKey: "none", baseURL: url, fetch, maxRetries: 0 });
  return async (question: string): Promise<string> => {
    const { content } = await client.messages.create({ ...BODY, messages: [{ role: "user", content: question }] });
    return content[0]?.type === "text" ? content[0].text : "";
  };
}

const ways = {
  "by itself": (ask) => ask("Who?"),
  "in a trace": (ask) => trace(() => ask("Who?")),
  "in a program that learns": (ask) => learn(ask, { system: SYSTEM })("Who?"),
  "in a run": (ask) => evaluate({ agent: ask, data: [{ input: "Who?", target: "Ada." }], guide: exactMatch() }),
} satisfies Record<string, (ask: (question: string) => Promise<string>) => Promise<unknown>>;

const text = (content: string) => JSON.stringify([{ type: "text", content }]);

/** A reply whose events come when the test says so. */
function streamingFetch() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const headers = { "content-type": "text/event-stream" };
  const fetch = traceFetch(async () => new Response(readable, { headers }));
  const send = (event: { readonly type: string } & object) =>
    writer.write(new TextEncoder().encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
  return { fetch, send, writer };
}

const post = (fetch: Fetch) =>
  fetch("http://127.0.0.1/v1/messages", {
    method: "POST",
    body: JSON.stringify({ ...BODY, stream: true, messages: [{ role: "user", content: "Who?" }] }),
  });

describe("the span of a call through traceFetch", () => {
  it.each(Object.entries(ways))("says %s what was asked, what was answered, and what it took", async (_, way) => {
    const ask = await asking(claudeReply("Ada."));
    const { ended } = collectSpans({ content: true });
    await way(ask);
    expect(spanNamed(ended(), "chat claude-test").attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "anthropic",
      "gen_ai.request.model": "claude-test",
      "gen_ai.response.model": "claude-test",
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.output_tokens": 5,
      "gen_ai.system_instructions": text(SYSTEM),
      "gen_ai.input.messages": `[{"role":"user","parts":${text("Who?")}}]`,
      "gen_ai.output.messages": `[{"role":"assistant","parts":${text("Ada.")}}]`,
    });
  });

  it("is one where a call is seen twice on its way", async () => {
    const ask = await asking(claudeReply("Ada."), traceFetch(traceFetch()));
    const { ended } = collectSpans();
    await ask("Who?");
    expect(spanNamed(ended(), "chat claude-test")).toBeDefined();
  });

  it("lasts as long as the stream of the reply", async () => {
    const { fetch, send, writer } = streamingFetch();
    const { ended } = collectSpans();
    await trace(async () => {
      const { body } = await post(fetch);
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      const first = reader.read();
      await send({ type: "message_start", message: claudeReply([], { input_tokens: 10, output_tokens: 1 }) } as never);
      await first;
      expect(ended()).toEqual([]);
      const rest = reader.read();
      await send({ type: "message_delta", delta: {}, usage: { output_tokens: 5 } } as never);
      await rest;
      const last = reader.read();
      await send({ type: "message_stop" });
      await last;
      await Promise.all([writer.close(), reader.read()]);
    });
    expect(spanNamed(ended(), "chat claude-test").attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.output_tokens": 5,
    });
  });

  it.each(["before", "in the middle of"])("fails with a reply that fails %s its stream", async (when) => {
    const { fetch, send, writer } = streamingFetch();
    const { ended } = collectSpans();
    const failing = when === "before" ? traceFetch(() => Promise.reject(new TypeError("cut off"))) : fetch;
    const reading = trace(async () => {
      const { body } = await post(failing);
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      const first = reader.read();
      await send({ type: "message_start" });
      await first;
      await Promise.all([writer.abort(new TypeError("cut off")), reader.read()]);
    });
    await reading.catch(() => undefined);
    const { status, attributes } = spanNamed(ended(), "chat claude-test");
    expect(status.code).toBe(SpanStatusCode.ERROR);
    expect(attributes["error.type"]).toBe("TypeError");
  });

  it("fails with a request that the server refuses", async () => {
    const { url } = await startServer(() => ({ status: 400, json: { type: "error", error: { message: "too long" } } }));
    const client = new Anthropic({ apiKey: "none", baseURL: url, fetch: traceFetch(), maxRetries: 0 });
    const { ended } = collectSpans();
    const refused = client.messages.create({ ...BODY, messages: [{ role: "user", content: "Who?" }] });
    await expect(refused).rejects.toThrow("too long");
    expect(spanNamed(ended(), "chat claude-test").status.code).toBe(SpanStatusCode.ERROR);
  });
});
