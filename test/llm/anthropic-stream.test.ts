/** What a streamed reply of Claude is worth: whole, broken, or without an end, and the tokens that it used. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { type AnthropicOptions, anthropic } from "../../src/llm/anthropic.ts";
import type { ModelRequest } from "../../src/llm/llm.ts";
import { type Intercept, intercepted, uncounted } from "../../src/util/external-call.ts";
import { claude } from "./claude.ts";
import * as api from "./messages-server.ts";
import { pacedClient } from "./paced.ts";

const ASK: ModelRequest = { messages: [{ role: "user", content: "Hello?" }] };

afterEach(() => {
  vi.useRealTimers();
});

describe("a reply that has come whole", () => {
  const whole = [api.START, api.textBlock("Hel", "lo"), api.end("end_turn")];
  const late = api.event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });

  it.each([
    ["the connection is torn after its end", api.cuts(...whole, api.STOP)],
    ["the connection stays open after its end", api.hangs([...whole, api.STOP])],
    ["an error follows its end", api.streams(...whole, api.STOP, late)],
    ["text follows its end", api.streams(...whole, api.STOP, api.textBlock("more"))],
    ["a second message follows its end", api.streams(...whole, api.STOP, api.START)],
    ["the stream ends before message_stop", api.streams(...whole)],
    ["the connection is torn before message_stop", api.cuts(...whole)],
    ["an error comes before message_stop", api.streams(...whole, late)],
  ] as [string, api.Behaviour][])("is used, and not paid for again, when %s", async (_, behaviour) => {
    const [model, server] = await claude([behaviour, api.fails(500, "api_error")]);
    expect(await model.generate(ASK)).toMatchObject({ text: "Hello", usage: { inputTokens: 12, outputTokens: 7 } });
    expect(server.received).toHaveLength(1);
  });

  it("is used, and not paid for again, when the stream falls silent before message_stop", async () => {
    const { client, requests, send, elapse } = pacedClient();
    const reply = anthropic("claude-test", { client, idleTimeoutMs: 250 }).generate(ASK);
    for (const part of whole) await send(part);
    await elapse(250);
    expect(await reply).toMatchObject({ text: "Hello", usage: { inputTokens: 12, outputTokens: 7 } });
    expect(requests()).toBe(1);
  });

  it("is waited for no more than ten seconds longer, however long the server may be silent", async () => {
    const { client, send, elapse } = pacedClient();
    const reply = anthropic("claude-test", { client, idleTimeoutMs: 900_000 }).generate(ASK);
    for (const part of whole) await send(part);
    await elapse(10_000);
    expect(await reply).toMatchObject({ text: "Hello" });
  });

  it("is used when it was not streamed", async () => {
    const content = [{ type: "text", text: "Hello" }];
    const usage = { input_tokens: 2, cache_read_input_tokens: 10, output_tokens: 7 };
    const message = { type: "message", model: "claude-test-1", content, stop_reason: "end_turn", usage };
    const [model, server] = await claude([
      (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify(message));
      },
    ]);
    expect(await model.generate(ASK)).toEqual({
      text: "Hello",
      stopReason: "end",
      usage: { inputTokens: 12, outputTokens: 7, cachedInputTokens: 10 },
      model: "claude-test-1",
    });
    expect(server.received).toHaveLength(1);
  });

  it("is not kept waiting for by a connection that stays open", async () => {
    const [model] = await claude([api.hangs([...whole, api.STOP])]);
    expect((await model.generate(ASK)).text).toBe("Hello");
  });
});

describe("what a call used", () => {
  /** What the model tells a run of the requests of one call. */
  async function toldBy(plan: api.Behaviour[], options: AnthropicOptions = {}): Promise<unknown[]> {
    const [model] = await claude(plan, options);
    const told: unknown[] = [];
    const note: Intercept = (call) =>
      call.perform(call.signal, {
        ...uncounted,
        ended: (used) => told.push(used),
        again: async () => {
          told.push("again");
        },
      });
    await intercepted(note, () => model.generate(ASK)).catch(() => undefined);
    return told;
  }

  const used = (inputTokens: number, outputTokens: number) => ({ inputTokens, outputTokens });

  it("is told request by request, also of those that broke", async () => {
    const plan = [api.fails(529, "overloaded_error"), api.cuts(api.START, api.textBlock("Hel")), api.GOOD];
    expect(await toldBy(plan)).toEqual([used(0, 0), "again", used(12, 1), "again", used(12, 7)]);
  });

  it("is told of both messages when a stream starts a second one", async () => {
    const twice = api.streams(api.START, api.textBlock("Hel"), api.end("end_turn"), api.START, api.STOP);
    expect(await toldBy([twice], { maxRetries: 0 })).toEqual([used(24, 8)]);
  });

  it("is unknown when the call was left before its end", async () => {
    const told = await toldBy([api.hangs([api.START])], { timeoutMs: 60 });
    expect(told.filter((one) => one !== "unknown")).toEqual([]);
  });

  it("is no number where the server never said", async () => {
    const silent = api.event({ type: "message_start", message: { id: "m", model: "c" } });
    const stop = api.event({ type: "message_delta", delta: { stop_reason: "end_turn" } });
    const told = await toldBy([api.streams(silent, api.textBlock("Hello"), stop, api.STOP)]);
    expect(told).toEqual([used(Number.NaN, Number.NaN)]);
  });
});

describe("a reply without an end", () => {
  it("is left when it is longer than its tokens can be, and not asked for again", async () => {
    const endless: api.Behaviour = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(api.START + api.openBlock(""));
      const more = (): void => {
        const piece = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "x".repeat(9_000) } };
        while (!response.closed && response.write(api.event(piece)));
      };
      response.on("drain", more);
      more();
    };
    const [model, server] = await claude([endless], { maxTokens: 100 });
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-endless" });
    expect(server.received).toHaveLength(1);
  });
});
