/**
 * Random schedules of calls, under a budget, against a server that refuses, breaks and bills by chance: who counts
 * what.
 */

import { mkdtempSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { anthropic } from "../../../src/llm/anthropic.ts";
import { meter } from "../../../src/llm/meter.ts";
import { model } from "../../../src/nodes/model.ts";
import { journaledCalls } from "../../../src/training/journal/calls.ts";
import { openRun } from "../../../src/training/journal/folder.ts";
import type { Budget, Spent } from "../../../src/training/types.ts";
import { atPath, intercepted } from "../../../src/util/external-call.ts";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import * as api from "../../llm/messages-server.ts";

const price = { input: 3, output: 15 };
const prices = { adapter: price, client: price, own: price };

/** What the server has billed. */
interface Bill {
  requests: number;
  inputTokens: number;
  outputTokens: number;
}

/** What a schedule led to. */
export interface ScheduleResult {
  readonly budget: Budget;
  readonly billed: Bill & { readonly usd: number };
  /** What the run counts at its end. */
  readonly spent: Spent;
  /** What a later process counts by the journal. */
  readonly reopened: Spent;
  /** How the calls ended, by the code of their error. */
  readonly ends: Readonly<Record<string, number>>;
}

/** Whether connections are torn, too: then what has come of a reply is left to the timing of the machine. */
export interface ScheduleOptions {
  readonly torn: boolean;
}

/** Runs the schedule of a seed in a folder of its own below `root`. */
export async function runSchedule(seed: number, root: string, { torn }: ScheduleOptions): Promise<ScheduleResult> {
  const rng = seeded(`schedule ${seed}`);
  const bill: Bill = { requests: 0, inputTokens: 0, outputTokens: 0 };
  const server = await startServer(rng, bill, torn);
  const budget = budgetBy(rng);
  const folder = join(mkdtempSync(join(root, "schedule-")), "run");
  const concurrency = 1 + rng.integer(8);
  const ends: Record<string, number> = {};
  const note = (end: string): void => {
    ends[end] = (ends[end] ?? 0) + 1;
  };
  const callers = callersOf(server.url, rng.integer(4));
  const plan = Array.from({ length: 4 + rng.integer(20) }, (_, at) => ({
    caller: callers[rng.integer(callers.length)] as Caller,
    text: `${at} ${"x".repeat(rng.integer(400))}`,
    maxTokens: 1 + rng.integer(200),
  }));
  // In two processes, so that the second one goes on with what the first has spent.
  const half = rng.integer(plan.length);
  let spent: Spent | undefined;
  for (const part of [plan.slice(0, half), plan.slice(half)]) {
    const store = await openRun(folder, {});
    const calls = journaledCalls(store, { concurrency, budget, prices });
    const made = part.map(({ caller, text, maxTokens }) =>
      intercepted(calls.intercept, () => atPath(text.slice(0, 4), () => caller(text, maxTokens))).then(
        () => note("answered"),
        (error: { code?: string; status?: number }) => note(error.code ?? String(error.status)),
      ),
    );
    await Promise.all(made);
    spent = calls.spent();
    await store.close();
  }
  const again = await openRun(folder, {});
  const reopened = journaledCalls(again, { concurrency: 1, prices }).spent();
  await again.close();
  await server.close();
  const usd = (bill.inputTokens * price.input + bill.outputTokens * price.output) / 1e6;
  return { budget, billed: { ...bill, usd }, spent: spent as Spent, reopened, ends };
}

function budgetBy(rng: Rng): Budget {
  const limits: Budget[] = [
    { llmCalls: 1 + rng.integer(20) },
    { tokens: 100 + rng.integer(4_000) },
    { usd: 0.001 + rng.float() * 0.03 },
    { llmCalls: 1 + rng.integer(30), tokens: 500 + rng.integer(5_000), usd: 0.001 + rng.float() * 0.05 },
    {},
  ];
  return limits[rng.integer(limits.length)] as Budget;
}

type Caller = (text: string, maxTokens: number) => Promise<unknown>;

/** The three ways in which a call gets to the server: our adapter, a traced client, and a model of one's own. */
function callersOf(baseURL: string, maxRetries: number): readonly Caller[] {
  const adapter = anthropic("adapter", { apiKey: "k", baseURL, maxRetries, backoffMs: 1 });
  const sdk = new Anthropic({ apiKey: "k", baseURL, maxRetries: 0, logLevel: "off" });
  const client = model(sdk);
  const body = (name: string, content: string, max_tokens: number): Anthropic.MessageCreateParamsNonStreaming => ({
    model: name,
    max_tokens,
    messages: [{ role: "user", content }],
  });
  const own = meter({
    name: "own",
    generate: async ({ messages, maxTokens = 1 }) => {
      const { usage } = await sdk.messages.create(body("own", String(messages[0]?.content), maxTokens));
      const tokens = { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens };
      return { text: "yes", stopReason: "end", usage: tokens, model: "own" };
    },
  });
  return [
    (content, maxTokens) => adapter.generate({ messages: [{ role: "user", content }], maxTokens }),
    (content, maxTokens) => client.messages.create(body("client", content, maxTokens)),
    (content, maxTokens) => own.generate({ messages: [{ role: "user", content }], maxTokens }),
  ];
}

interface Asked {
  readonly stream?: boolean;
  readonly max_tokens: number;
  readonly messages: readonly { readonly content: string }[];
}

async function startServer(rng: Rng, bill: Bill, torn: boolean) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
      bill.requests += 1;
      const input = rng.integer(Math.max(1, Math.floor((asked.messages[0]?.content.length ?? 0) / 4)));
      const output = 1 + rng.integer(asked.max_tokens);
      const billed = asked.stream === true ? stream : reply;
      const [inputTokens, outputTokens] = billed(response, { rng, input, output, torn });
      bill.inputTokens += inputTokens;
      bill.outputTokens += outputTokens;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

interface Answering {
  readonly rng: Rng;
  readonly input: number;
  readonly output: number;
  readonly torn: boolean;
}

type Billed = readonly [input: number, output: number];

const refusals = [
  [529, "overloaded_error"],
  [429, "rate_limit_error"],
  [500, "api_error"],
  [400, "invalid_request_error"],
] as const;

function refuse(response: ServerResponse, rng: Rng): Billed {
  const [status, type] = refusals[rng.integer(refusals.length)] as (typeof refusals)[number];
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ type: "error", error: { type, message: type } }));
  return [0, 0];
}

function reply(response: ServerResponse, { rng, input, output }: Answering): Billed {
  if (rng.integer(4) === 0) return refuse(response, rng);
  response.writeHead(200, { "content-type": "application/json" });
  const content = [{ type: "text", text: "yes" }];
  const message = { id: "1", type: "message", role: "assistant", model: "m", stop_reason: "end_turn", content };
  response.end(JSON.stringify({ ...message, usage: { input_tokens: input, output_tokens: output } }));
  return [input, output];
}

/** A stream that is whole, that breaks in one of many ways, or that goes on after its end. */
function stream(response: ServerResponse, { rng, input, output, torn }: Answering): Billed {
  const usage = { input_tokens: input, output_tokens: 1 };
  const start = api.event({ type: "message_start", message: { id: "1", model: "m", usage } });
  const error = api.event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
  const text = api.textBlock("y", "es");
  const whole = [start, text, api.end("end_turn", output), api.STOP];
  const ways: readonly (readonly [parts: readonly string[], billed: Billed])[] = [
    [whole, [input, output]],
    [
      [...whole, text, start],
      [input, output],
    ],
    [
      [...whole, error],
      [input, output],
    ],
    [whole.slice(0, 3), [input, output]],
    [
      [...whole.slice(0, 3), error],
      [input, output],
    ],
    [
      [start, text],
      [input, 1],
    ],
    [
      [start, api.openBlock("y"), error],
      [input, 1],
    ],
    [
      [start, text, start, api.STOP],
      [2 * input, 2],
    ],
    [[], [0, 0]],
    [["event: x\ndata: {oops\n\n"], [0, 0]],
  ];
  const way = rng.integer(3 + ways.length);
  if (way >= ways.length) return refuse(response, rng);
  const [parts, billed] = ways[way] as (typeof ways)[number];
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  const isTorn = torn && rng.integer(2) === 0;
  if (isTorn && parts.length > 0) response.write(parts.join(""), () => setTimeout(() => response.destroy(), 25));
  else if (isTorn) response.destroy();
  else response.end(parts.join(""));
  return billed;
}
