/** A `fetch` that sees the calls of language models, for the SDKs of Anthropic and OpenAI, and all that take one. */

import { fieldsOf } from "../util/fields.ts";
import { runSignal } from "../util/run-signal.ts";
import { type ReplyRequest, waitForReply, watchFirst, watchLook } from "./background.ts";
import { endedResponse, refusedResponse, responseOf, type StoredResponse, storeResponse } from "./http.ts";
import { callModel } from "./model-call.ts";
import { readBody } from "./read-body.ts";
import { idOf, messageFieldOf, parsed } from "./read-request.ts";

/** A function like the global `fetch`. */
export type Fetch = typeof globalThis.fetch;

/** Paths of the calls that are understood: Anthropic's Messages, OpenAI's Chat Completions and Responses. */
const paths = /\/(messages|chat\/completions|responses)$/;

/**
 * Makes a `fetch` through which calls of language models are seen: Anthropic's Messages, OpenAI's Chat Completions and
 * Responses, and what is compatible with them, with streams. Any other request passes through it as it is. Give it to
 * what takes a `fetch`: the clients of Anthropic and OpenAI, and those that speak like them.
 *
 * In a program of `learn` it puts in the values of the program's texts. In a `trace` each call becomes a node. In a
 * run of `train` or `evaluate` each call is held to the budget, counted by the usage that the reply tells, and kept,
 * so that a resumed run does not pay for it again; a streamed reply, and one that OpenAI makes in the background, then
 * arrives at its end, as one. `emitSpans` sees each call. Everywhere else it calls `send`, and nothing more.
 * @param send What sends the requests. Default: the global `fetch`, as it is at each call.
 * @example
 * const client = new Anthropic({ fetch: traceFetch() });
 */
export function traceFetch(send: Fetch = (...args) => globalThis.fetch(...args)): Fetch {
  return async (input, init) => {
    const request = await readHttpRequest(input, init);
    if (request === undefined) return watchLook(urlOf(input), () => send(input, init));
    const { url, address, model, body, signal } = request;
    const place = { url, signal, cancelled: runSignal() };
    const ask = (at: string, about: ReplyRequest) => send(at, { ...withoutBody(input, init), ...about });
    return callModel<Response, StoredResponse>({
      model,
      provider: address.endsWith("/messages") ? "anthropic" : "openai",
      request: body,
      identity: { address },
      signal,
      usageFix: address.endsWith("/chat/completions") ? chatUsageFix : usageFix,
      send: (sent) => send(input, sent === body ? init : { ...withoutLength(input, init), body: JSON.stringify(sent) }),
      watch: (response, seen, failed) => watchFirst(response, url, { seen, failed }),
      store: async (response) => storeResponse(await waitForReply(response, { ...place, ask })),
      bodyOf: ({ text }) => readBody(text).body,
      restore: responseOf,
      refused: refusedResponse,
      ended: endedResponse,
    });
  };
}

const usageFix = "Its server has to send a usage with each reply, as those of Anthropic and OpenAI do.";
/** Streams of OpenAI's chat say what they used only where the request wants to know it. */
const chatUsageFix =
  "Streams say it where the request has stream_options: { include_usage: true } (LangChain: streamUsage: true; " +
  "createOpenAICompatible: includeUsage: true).";

/** A request to a language model. */
interface HttpRequest {
  readonly url: string;
  /** Where it goes, without a query, which may hold a key. */
  readonly address: string;
  readonly model: string;
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
}

async function readHttpRequest(input: FetchInput, init: RequestInit = {}): Promise<HttpRequest | undefined> {
  const request = input instanceof Request ? input : undefined;
  const url = urlOf(input);
  const { origin, pathname: path } = URL.canParse(url) ? new URL(url) : { origin: "", pathname: url };
  if ((init.method ?? request?.method ?? "GET").toUpperCase() !== "POST" || !paths.test(path)) return undefined;
  const text = typeof init.body === "string" ? init.body : await request?.clone().text();
  const body = text === undefined ? undefined : parsed(text);
  const model = idOf(fieldsOf(body)["model"]);
  if (model === undefined || messageFieldOf(body) === undefined) return undefined;
  return { url, address: `${origin}${path}`, model, body, signal: init.signal ?? request?.signal };
}

type FetchInput = Parameters<Fetch>[0];

function urlOf(input: FetchInput): string {
  return input instanceof Request ? input.url : String(input);
}

/** The settings of a request whose body becomes another one. */
function withoutLength(input: FetchInput, init: RequestInit | undefined): RequestInit {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  headers.delete("content-length");
  return { ...init, headers };
}

/** The settings of a request without its body, to ask for what has become of it. */
function withoutBody(input: FetchInput, init: RequestInit | undefined): RequestInit {
  const { body: _, ...rest } = withoutLength(input, init);
  const headers = new Headers(rest.headers);
  headers.delete("content-type");
  return { ...rest, headers };
}
