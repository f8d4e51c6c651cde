/** A provider in memory on a stopped clock: what it answers, and when, is up to the test. */

import Anthropic from "@anthropic-ai/sdk";
import { vi } from "vitest";
import type { ModelRequest } from "../../src/llm/llm.ts";
import * as api from "./messages-server.ts";

/** A provider in memory: `answer` says for each request what comes back, after how many milliseconds. */
export function clientOf(answer: (request: number) => { readonly ms: number; readonly response: Response }): Anthropic {
  let requests = 0;
  const fetch = async (): Promise<Response> => {
    const { ms, response } = answer(requests++);
    await new Promise((resolve) => setTimeout(resolve, ms));
    return response;
  };
  return new Anthropic({ apiKey: "sk-test", fetch });
}

export const whole = api.START + api.textBlock("Hello") + api.end("end_turn") + api.STOP;

export function stream(text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { headers: { "content-type": "text/event-stream", ...headers } });
}

export function refusal(status: number, type: string, headers: Record<string, string> = {}): Response {
  const body = JSON.stringify({ type: "error", error: { type, message: type } });
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}

/** Lets the stopped clock run until the work is done. */
export async function run<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  while (!isDone) {
    // What follows from the last timer may set an earlier one than those that are there.
    for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    vi.advanceTimersToNextTimer();
  }
  return done;
}

export const ask: ModelRequest = { messages: [{ role: "user", content: "Hello?" }] };
