/** A provider in a storm: what is asked of it, and what comes of it under the default settings. */

import Anthropic from "@anthropic-ai/sdk";
import { limiter } from "tracegrad/llm";
import { anthropic } from "tracegrad/llm/anthropic";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { mapLimited } from "../../src/util/limit.ts";
import { seeded } from "../../src/util/rng.ts";
import * as api from "./messages-server.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A provider in memory: `answer` says for each request what comes back, after how many milliseconds. */
function clientOf(answer: (request: number) => { readonly ms: number; readonly response: Response }): Anthropic {
  let requests = 0;
  const fetch = async (): Promise<Response> => {
    const { ms, response } = answer(requests++);
    await new Promise((resolve) => setTimeout(resolve, ms));
    return response;
  };
  return new Anthropic({ apiKey: "sk-test", fetch });
}

const whole = api.START + api.textBlock("Hello") + api.end("end_turn") + api.STOP;

function stream(text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { headers: { "content-type": "text/event-stream", ...headers } });
}

function refusal(status: number, type: string, headers: Record<string, string> = {}): Response {
  const body = JSON.stringify({ type: "error", error: { type, message: type } });
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}

/** Lets the clock run until the work is done. */
async function run<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  while (!isDone) {
    await vi.advanceTimersByTimeAsync(250);
    for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return done;
}

const ask = { messages: [{ role: "user", content: "Hello?" }] } as const;

it("2,000 calls get all their answers, for at most 1.6 times the requests", async () => {
  // By chance alone, 35 % of faults take 1.54 times the requests; the outage adds about 30.
  const rng = seeded(11);
  let requests = 0;
  const began = performance.now();
  const client = clientOf((request) => {
    requests = request + 1;
    const seconds = (performance.now() - began) / 1_000;
    const chance = rng.float();
    if ((seconds >= 20 && seconds < 80) || chance < 0.3) return { ms: 100, response: refusal(529, "overloaded_error") };
    if (chance < 0.35) return { ms: 500, response: stream(api.START + api.openBlock("Hel")) };
    return { ms: chance < 0.37 ? 30_000 : 500, response: stream(whole) };
  });
  const llm = anthropic("claude-test", { client });
  const calls = Array.from({ length: 2_000 }, (_, index) => index);
  const replies = await run(mapLimited(calls, 8, () => llm.generate(ask)));
  expect(new Set(replies.map(({ text }) => text))).toEqual(new Set(["Hello"]));
  expect(replies).toHaveLength(2_000);
  expect(requests / 2_000).toBeLessThan(1.6);
});

it("nobody asks before a refusal's wait is over, neither the refused nor those that waited with it", async () => {
  const at: number[] = [];
  const client = clientOf((request) => {
    at.push(performance.now());
    const isFirst = request === 0;
    return { ms: 10, response: isFirst ? refusal(429, "rate_limit_error", { "retry-after": "30" }) : stream(whole) };
  });
  const limited = limiter({ concurrency: 1 });
  const llm = limited(anthropic("claude-test", { client }));
  await run(Promise.all([llm.generate(ask), llm.generate(ask), llm.generate(ask)]));
  const [first = 0, ...others] = at;
  expect(others).toHaveLength(3);
  for (const time of others) expect(time - first).toBeGreaterThanOrEqual(30_000);
});

it("no request is refused when the provider says how many are left", async () => {
  let [window, left, refused] = [0, 10, 0];
  const client = clientOf(() => {
    const now = Math.floor(performance.now() / 20_000);
    if (now !== window) [window, left] = [now, 10];
    left -= 1;
    if (left < 0) refused += 1;
    const reset = new Date(Date.now() + 20_000 - (performance.now() % 20_000)).toISOString();
    const headers = {
      "anthropic-ratelimit-requests-remaining": String(Math.max(0, left)),
      "anthropic-ratelimit-requests-reset": reset,
    };
    return { ms: 10, response: left < 0 ? refusal(429, "rate_limit_error", headers) : stream(whole, headers) };
  });
  const llm = anthropic("claude-test", { client });
  await run(llm.generate(ask));
  const calls = Array.from({ length: 60 }, (_, index) => index);
  expect(await run(mapLimited(calls, 8, () => llm.generate(ask)))).toHaveLength(60);
  expect(refused).toBe(0);
});
