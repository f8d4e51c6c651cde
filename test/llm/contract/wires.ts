/** The protocols of the adapters, in one vocabulary: what a server says to give a reply, to break it, or to refuse. */

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { createOpenAICompatible as createOpenAICompatible7 } from "openai-compatible-7";
import { aiSdk } from "../../../src/llm/ai-sdk.ts";
import { type AnthropicOptions, anthropic } from "../../../src/llm/anthropic.ts";
import type { LanguageModel, StopReason } from "../../../src/llm/llm.ts";
import { openai } from "../../../src/llm/openai.ts";
import { end as endOfMessage, event, openBlock, START, STOP, toolBlock } from "../messages-server.ts";

/** Limits that all adapters have. */
export type Limits = Pick<AnthropicOptions, "timeoutMs" | "idleTimeoutMs" | "maxRetries" | "backoffMs" | "maxTokens">;

/** How a reply ends. `usage: false` leaves out what it used. */
export interface Ending {
  readonly stop?: Extract<StopReason, "end" | "tool" | "length" | "refusal">;
  readonly usage?: boolean;
}

/** A stream: its start, its pieces, and its end, behind which `done` may come. */
export interface Spoken {
  readonly start: string;
  readonly pieces: readonly string[];
  readonly end: string;
}

/** A protocol, and the adapter that speaks it. */
export interface Wire {
  readonly name: string;
  /** The adapter for a server at `url`. */
  readonly connect: (url: string, limits: Limits) => LanguageModel;
  /** The adapter over a `fetch`. */
  readonly over: (fetch: typeof globalThis.fetch, limits: Limits) => LanguageModel;
  /** A reply in text, in one piece for each of `texts`. */
  readonly text: (texts: readonly string[], ending?: Ending) => Spoken;
  /** A reply that calls the tools named, each with the JSON given. */
  readonly calls: (calls: readonly (readonly [name: string, json: string])[], ending?: Ending) => Spoken;
  /** What may follow the end of a reply. */
  readonly done: string;
  /** A sign of life without content. */
  readonly ping: string;
  /** An error inside a stream. */
  readonly fault: string;
  /** The text "Hello" in one JSON value. */
  readonly unstreamed: unknown;
  /** What a stream tells of its input before its end; undefined when nothing. */
  readonly announced: number | undefined;
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const KEY = "sk-test-0123456789";

const stops = { end: "end_turn", tool: "tool_use", length: "max_tokens", refusal: "refusal" } as const;

const messages: Wire = {
  name: "anthropic()",
  connect: (baseURL, limits) => anthropic("model-test", { apiKey: KEY, baseURL, ...limits }),
  over: (fetch, limits) => anthropic("model-test", { client: new Anthropic({ apiKey: KEY, fetch }), ...limits }),
  text: (texts, ending = {}) => {
    const [open, ...more] = texts.length === 0 ? [] : texts.map((text) => piece(text));
    const [start, stop] = messageEnds(ending);
    if (open === undefined) return { start, pieces: [], end: stop };
    const block = openBlock("").replace(piece(""), "");
    return { start, pieces: [block + open, ...more], end: event({ type: "content_block_stop", index: 0 }) + stop };
  },
  calls: (calls, ending = {}) => {
    const [start, stop] = messageEnds({ stop: "tool", ...ending });
    return { start, pieces: calls.map(([name, json], index) => toolBlock(index, name, json)), end: stop };
  },
  done: STOP,
  ping: event({ type: "ping" }),
  fault: event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
  unstreamed: {
    ...{ type: "message", model: "model-1", content: [{ type: "text", text: "Hello" }], stop_reason: "end_turn" },
    usage: { input_tokens: 12, output_tokens: 7 },
  },
  announced: 12,
};

function piece(text: string): string {
  return event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
}

function messageEnds({ stop = "end", usage = true }: Ending): readonly [string, string] {
  if (usage) return [START, endOfMessage(stops[stop])];
  const start = event({ type: "message_start", message: { id: "msg_1", model: "model-1" } });
  return [start, event({ type: "message_delta", delta: { stop_reason: stops[stop] } })];
}

const finishes = { end: "stop", tool: "tool_calls", length: "length", refusal: "content_filter" } as const;

const chunk = (delta: object, rest: object = {}): string =>
  data({ id: "c", model: "model-1", choices: [{ index: 0, delta, ...rest }] });

function chatSpoken(deltas: readonly object[], { stop = "end", usage = true }: Ending): Spoken {
  const counts = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 };
  const last = usage ? data({ id: "c", model: "model-1", choices: [], usage: counts }) : "";
  return {
    start: chunk({ role: "assistant", content: "" }),
    pieces: deltas.map((delta) => chunk(delta)),
    end: chunk({}, { finish_reason: finishes[stop] }) + last,
  };
}

const chat: Wire = {
  name: "openai(), chat",
  connect: (url, limits) => openai("model-test", { apiKey: KEY, baseURL: `${url}/v1`, ...limits }),
  over: (fetch, limits) => openai("model-test", { client: clientOver(fetch), api: "chat", ...limits }),
  text: (texts, ending = {}) =>
    chatSpoken(
      texts.map((content) => ({ content })),
      ending,
    ),
  calls: (calls, ending = {}) =>
    chatSpoken(
      calls.map(([name, json], index) => ({
        tool_calls: [{ index, id: `call_${index}`, type: "function", function: { name, arguments: json } }],
      })),
      { stop: "tool", ...ending },
    ),
  done: "data: [DONE]\n\n",
  ping: ": PROCESSING\n\n",
  fault: data({ error: { type: "server_error", message: "Overloaded" } }),
  unstreamed: {
    model: "model-1",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 12, completion_tokens: 7 },
  },
  announced: undefined,
};

function clientOver(fetch: typeof globalThis.fetch): OpenAI {
  return new OpenAI({ apiKey: KEY, fetch, logLevel: "off" });
}

function responseSpoken(items: readonly object[], deltas: readonly object[], ending: Ending): Spoken {
  const { stop = "end", usage = true } = ending;
  const reason = { length: "max_output_tokens", refusal: "content_filter", end: "", tool: "" }[stop];
  const status = reason === "" ? "completed" : "incomplete";
  const response = {
    ...{ id: "r", object: "response", model: "model-1", status, output: items },
    ...(reason && { incomplete_details: { reason } }),
    ...(usage && { usage: { input_tokens: 12, output_tokens: 7 } }),
  };
  return {
    start: event({ type: "response.created", response: { id: "r", model: "model-1", status: "in_progress" } }),
    pieces: deltas.map((delta) => event({ type: "", output_index: 0, ...delta })),
    end: event({ type: `response.${status}`, response }),
  };
}

const responses: Wire = {
  name: "openai(), responses",
  connect: (url, limits) => openai("model-test", { apiKey: KEY, baseURL: `${url}/v1`, api: "responses", ...limits }),
  over: (fetch, limits) => openai("model-test", { client: clientOver(fetch), api: "responses", ...limits }),
  text: (texts, ending = {}) => {
    const content = [{ type: "output_text", text: texts.join("") }];
    const items = texts.length === 0 ? [] : [{ type: "message", role: "assistant", content }];
    const deltas = texts.map((delta) => ({ type: "response.output_text.delta", delta }));
    return responseSpoken(items, deltas, ending);
  },
  calls: (calls, ending = {}) => {
    const items = calls.map(([name, json]) => ({ type: "function_call", name, arguments: json }));
    const deltas = calls.map(([, delta]) => ({ type: "response.function_call_arguments.delta", delta }));
    return responseSpoken(items, deltas, { stop: "tool", ...ending });
  },
  done: "",
  ping: event({ type: "response.in_progress", response: { id: "r", status: "in_progress" } }),
  fault: event({ type: "error", code: "server_error", message: "Overloaded" }),
  unstreamed: {
    ...{ object: "response", status: "completed", model: "model-1" },
    output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello" }] }],
    usage: { input_tokens: 12, output_tokens: 7 },
  },
  announced: undefined,
};

/** Chat completions through a provider of the AI SDK. */
function aiSdkWire(version: number, create: typeof createOpenAICompatible | typeof createOpenAICompatible7): Wire {
  const provider = { name: "test", apiKey: KEY, includeUsage: true };
  return {
    ...chat,
    name: `aiSdk(), version ${version}`,
    connect: (url, limits) => aiSdk(create({ ...provider, baseURL: `${url}/v1` })("model-test"), limits),
    over: (fetch, limits) => aiSdk(create({ ...provider, baseURL: "http://x/v1", fetch })("model-test"), limits),
  };
}

/** The protocols of the adapters for one provider. */
export const wires: readonly Wire[] = [messages, responses, chat];

/** The adapter for all providers of the AI SDK, over one of them. */
export const aiSdkWires: readonly Wire[] = [
  aiSdkWire(6, createOpenAICompatible),
  aiSdkWire(7, createOpenAICompatible7),
];
