/**
 * OpenAI's models, and those of servers that speak its protocol, through OpenAI's SDK with limits and checks of ours.
 */

import OpenAI from "openai";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { requireWholeNumber } from "../util/require.ts";
import { makeModel } from "./adapter.ts";
import { type CallInDialect, callInDialect } from "./dialect.ts";
import type { LanguageModel } from "./llm.ts";
import { chatCompletions } from "./openai-chat.ts";
import { responses } from "./openai-responses.ts";
import type { Provider } from "./provider-errors.ts";
import { badConfig, type ProviderOptions, requireAddress, requireKey, streamSettings } from "./provider-options.ts";
import type { ReplyForm } from "./request-text.ts";
import { eventsOf, fetchLines, NO_TIMEOUT } from "./streamed-call.ts";

/** Settings of `openai()`. */
export interface OpenAiOptions extends ProviderOptions {
  /**
   * The API key. Default: the environment variable OPENAI_API_KEY, which is sent only to OpenAI and to OPENAI_BASE_URL;
   * no key for any other `baseURL`.
   */
  readonly apiKey?: string;
  /**
   * Where the API is, such as `http://localhost:11434/v1` for Ollama. Default: the environment variable
   * OPENAI_BASE_URL, else OpenAI's own.
   */
  readonly baseURL?: string;
  /** Which of OpenAI's APIs to speak. Default: `responses` to OpenAI, `chat` to any other server. */
  readonly api?: "responses" | "chat";
  /**
   * How a reply of a known shape is asked for: by a tool that has to be called, as JSON by a schema, or in the text of
   * the prompt. When the server refuses one, the next one is used from then on. Default: `tool`.
   */
  readonly replyForm?: ReplyForm;
  /**
   * The most tokens of a reply whose request does not say; what the model thinks counts. Default: 16,384 at OpenAI; the
   * server's own elsewhere, for which a budget assumes 8192.
   */
  readonly maxTokens?: number;
  /**
   * Milliseconds without any content from the server until an attempt is given up. Default 5 minutes: a model that
   * thinks sends nothing meanwhile.
   */
  readonly idleTimeoutMs?: number;
  /** Further fields of each request, such as `{ reasoning: { effort: "low" } }`. Default: none. */
  readonly body?: Readonly<Record<string, unknown>>;
  /**
   * The name by which a run counts the model and knows its price, and cassettes and caches keep its replies. Default:
   * the model's id.
   */
  readonly name?: string;
  /**
   * A client of the SDK to use instead of a new one, such as Azure's. Key, address and logs are then its own affair.
   */
  readonly client?: OpenAI;
}

const names: NamesOf<OpenAiOptions> = {
  ...{ apiKey: true, baseURL: true, api: true, replyForm: true, maxTokens: true, timeoutMs: true },
  ...{ idleTimeoutMs: true, maxRetries: true, backoffMs: true, body: true, name: true, client: true },
};

/**
 * Makes a model that answers through OpenAI's Responses or Chat Completions, or through any server that speaks the
 * latter (Ollama, llama.cpp, vLLM, LM Studio, OpenRouter, …). Replies are streamed. Faults that pass (408, 409, 429,
 * 5xx, overload, lost or silent connections, cut streams) are retried within `timeoutMs`. A request with a `tool`
 * forces the model to call it; where the server has no tools, it is asked for JSON (`replyForm`). The usage of a reply
 * includes what broken attempts before it were seen to cost. Replies are not stored at OpenAI. Writes no logs.
 *
 * @param model The model's id, such as `gpt-5.5`.
 * @throws TracegradError `"model-config"` at once for a missing or malformed key or URL, `"bad-option"` for a setting
 *   that is unknown or out of range. `generate` rejects with `"model-config"` (401, 402, 403, 404, no credit),
 *   `"model-bad-request"`, `"model-unavailable"`, `"model-timeout"`, `"model-endless"`, or an AbortError.
 * @example
 * const local = openai("qwen3:8b", { baseURL: "http://localhost:11434/v1" });
 */
export function openai(model: string, options: OpenAiOptions = {}): LanguageModel {
  if (!model.trim()) throw badConfig("The model's id is empty. Give one, such as gpt-5.5.");
  requireKnown("openai", options, names);
  const client = options.client ?? clientOf(options);
  const isOwn = isOpenAi(client.baseURL);
  const { name = model, maxTokens = isOwn ? 16_384 : undefined, replyForm: form = "tool" } = options;
  if (maxTokens !== undefined) requireWholeNumber("maxTokens", maxTokens);
  const api = (options.api ?? (isOwn ? "responses" : "chat")) === "chat" ? chatCompletions : responses;
  const limits = ["max_completion_tokens", "max_tokens"] as const;
  const extra = options.body ?? {};
  const call: CallInDialect = {
    ...{ model, settings: streamSettings(options, 5 * 60_000), providerOf: () => providerOf(client, model) },
    // Few other servers know the newer name.
    dialect: { form, asksUsage: api === chatCompletions, limitNames: isOwn ? limits : [limits[1], limits[0]] },
    newReader: (request, dialect) => api.newReader(request, { model, maxTokens, dialect }),
    send: (request, dialect, [signal, observe]) => {
      const body = { ...api.bodyOf(request, { model, maxTokens, dialect }), ...extra };
      // The SDK's own clock stops at the headers.
      const how = { body, signal, stream: true, maxRetries: 0, timeout: NO_TIMEOUT } as const;
      return eventsOf(client.post<AsyncIterable<unknown>>(api.path, how), observe);
    },
  };
  return makeModel({
    ...{ name, provider: "openai", takesTurns: true, turns: { source: call.settings.limiter, model } },
    ...(maxTokens !== undefined && { maxTokens }),
    generate: (request, { signal }, requests) => callInDialect(call, request, { signal, requests }),
  });
}

function providerOf({ baseURL, apiKey }: OpenAI, model: string): Provider {
  const isOwn = isOpenAi(baseURL);
  return {
    name: isOwn ? "OpenAI" : new URL(baseURL).host,
    model,
    secret: apiKey ?? undefined,
    check: isOwn
      ? "Check the API key, its rights, its credit and the model."
      : "Check the model, `apiKey` (OPENAI_API_KEY goes only to OpenAI and to OPENAI_BASE_URL) and `baseURL`, which " +
        "often has to end in /v1.",
  };
}

function clientOf(options: OpenAiOptions): OpenAI {
  const baseURL = options.baseURL ?? (process.env["OPENAI_BASE_URL"]?.trim() || "https://api.openai.com/v1");
  requireAddress(baseURL, "OPENAI_BASE_URL", "http://localhost:11434/v1");
  const apiKey = keyFor(baseURL, options);
  return new OpenAI({
    baseURL,
    ...{ apiKey: apiKey ?? "none", adminAPIKey: null, logLevel: "off", fetch: fetchLines },
    ...(apiKey === undefined && { defaultHeaders: { Authorization: null } }),
    ...(!isOpenAi(baseURL) && { organization: null, project: null }),
  });
}

/** The key of the environment belongs to OpenAI: it is not sent to a server that the environment does not name. */
function keyFor(baseURL: string, options: OpenAiOptions): string | undefined {
  const isKeyOfServer = options.baseURL === undefined || isOpenAi(baseURL);
  const apiKey = options.apiKey ?? (isKeyOfServer ? process.env["OPENAI_API_KEY"] : undefined);
  if (apiKey?.trim()) {
    requireKey(apiKey);
    return apiKey;
  }
  if (options.apiKey === undefined && !isOpenAi(baseURL)) return undefined;
  throw badConfig(
    "There is no API key. Set OPENAI_API_KEY, or give openai() the option apiKey; or give the `baseURL` of a server " +
      "without keys.",
  );
}

function isOpenAi(baseURL: string): boolean {
  return /(^|\.)openai\.com$/.test(URL.canParse(baseURL) ? new URL(baseURL).hostname : "");
}
