/** Claude as a LanguageModel, through Anthropic's own SDK with retries, deadlines and checks of ours around it. */

import Anthropic, { type BaseAnthropic } from "@anthropic-ai/sdk";
import type { ModelTurns } from "../util/answering.ts";
import { batchName } from "../util/batch-name.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { requireAboveZero, requireWholeNumber } from "../util/require.ts";
import { type CallLimits, makeModel } from "./adapter.ts";
import { MessageBatches } from "./anthropic-batches.ts";
import { bodyOf, type MessageBody, requireRoomToThink } from "./anthropic-body.ts";
import { MessageReader } from "./anthropic-stream.ts";
import { MessageCounter } from "./anthropic-tokens.ts";
import type { LanguageModel, ModelReply, ModelRequest } from "./llm.ts";
import { judgeProvider } from "./provider-errors.ts";
import { badConfig, type ProviderOptions, requireAddress, requireKey, streamSettings } from "./provider-options.ts";
import type { FailureVerdict } from "./retry.ts";
import {
  callStreamed,
  eventsOf,
  fetchLines,
  NO_TIMEOUT,
  type PendingStream,
  type StreamedCall,
} from "./streamed-call.ts";

/** Settings of `anthropic()`. */
export interface AnthropicOptions extends ProviderOptions {
  /** The API key. Default: the environment variable ANTHROPIC_API_KEY. */
  readonly apiKey?: string;
  /** Where the API is. Default: the environment variable ANTHROPIC_BASE_URL, else Anthropic's own. */
  readonly baseURL?: string;
  /** The most tokens of a reply whose request does not say. Default 8192. */
  readonly maxTokens?: number;
  /**
   * Milliseconds without any content from the server until an attempt is given up. Default 2 minutes. Pings do not
   * count, and the API sends a long tool argument in one piece: raise this along with `maxTokens`.
   */
  readonly idleTimeoutMs?: number;
  /**
   * A client of the SDK to use instead of a new one, such as Bedrock's. `apiKey` and `baseURL` are then its own affair.
   */
  readonly client?: BaseAnthropic;
  /**
   * Has Claude think before it answers: `{ type: "adaptive" }`, or `{ type: "enabled", budget_tokens: 4000 }` for
   * models with a budget. What it thinks counts toward `maxTokens`. A tool is then offered and cannot be forced, and
   * temperatures are left out, because the API refuses both. Default: not given, as the model does it.
   */
  readonly thinking?: Anthropic.ThinkingConfigParam;
  /**
   * Has the API cache tool and system prompt, the part that requests have in common: for five minutes after each use
   * they cost a tenth; writing them costs a quarter more. The accounts of a run count them in full. Default: false.
   */
  readonly promptCaching?: boolean;
  /**
   * Has the API count each request before it is made: one that does not fit into the context, or into the budget of a
   * run, is not made. It costs nothing but a request. Default: false, the input is estimated.
   */
  readonly countTokens?: boolean;
  /**
   * Sends requests in batches (Message Batches), at half of the price, for evaluations that can wait: mostly for less
   * than an hour, for a day at most. The model's name is then `… (batch)`. Default: false.
   */
  readonly batch?: boolean | MessageBatchOptions;
}

/** How requests are sent in batches. */
export interface MessageBatchOptions {
  /** Milliseconds from the first request of a batch until it is sent with those that came meanwhile. Default 1000. */
  readonly windowMs?: number;
  /** Milliseconds until a batch is looked at again; then half as long again each time, up to a minute. Default 5000. */
  readonly pollMs?: number;
  /**
   * A folder of one run alone, for the ids of its batches under way. A process that goes on with the run takes their
   * results and does not send the requests again. Default: none, they are sent and paid again.
   */
  readonly folder?: string;
}

/** Claude. */
export interface AnthropicModel extends LanguageModel {
  /**
   * The tokens of a request as input, as the API counts them for this model. It costs nothing.
   * @throws As `generate`, at the first failure.
   */
  countTokens(request: ModelRequest): Promise<number>;
}

const names: NamesOf<AnthropicOptions> = {
  ...{ apiKey: true, baseURL: true, maxTokens: true, timeoutMs: true },
  ...{ idleTimeoutMs: true, maxRetries: true, backoffMs: true, client: true, thinking: true },
  ...{ promptCaching: true, countTokens: true, batch: true },
};

const batchNames: NamesOf<MessageBatchOptions> = { windowMs: true, pollMs: true, folder: true };

/**
 * Makes a model that answers through Anthropic's Messages API. Replies are streamed. Faults that pass (408, 409, 429,
 * 5xx, overload, lost or silent connections, cut streams) are retried within `timeoutMs`. A request with a `tool`
 * forces the model to call it, unless it thinks. The usage of a reply includes what broken attempts before it were seen
 * to cost. Writes no logs.
 *
 * @param model The model's id, such as `claude-sonnet-5-5`.
 * @throws TracegradError `"model-config"` at once for a missing or malformed key or URL, `"bad-option"` for a setting
 *   that is unknown or out of range. `generate` rejects with `"model-config"` (401, 402, 403, 404),
 *   `"model-bad-request"`, `"model-unavailable"`, `"model-timeout"`, `"model-endless"`, or an AbortError.
 */
export function anthropic(model: string, options: AnthropicOptions = {}): AnthropicModel {
  if (!model.trim()) throw badConfig("The model's id is empty. Give one, such as claude-sonnet-5-5.");
  requireKnown("anthropic", options, names);
  const { maxTokens = 8192, thinking, promptCaching = false, countTokens = false } = options;
  requireWholeNumber("maxTokens", maxTokens);
  requireRoomToThink(maxTokens, thinking);
  const client = clientOf(options);
  const settings = { model, maxTokens, thinking, promptCaching };
  const judge = judgeOf(client, model);
  const counter = new MessageCounter(client, model, judge);
  const newReader = (request: ModelRequest) => (): MessageReader => new MessageReader(request, maxTokens);
  const api = { client, model, judge };
  const { answer, turns } = options.batch ? { answer: batchedBy(api, options) } : streamedBy(api, options);
  const adapter = makeModel({
    ...{ name: options.batch ? batchName(model) : model, provider: "anthropic", maxTokens, takesTurns: true },
    ...(turns && { turns }),
    generate: async (request, { signal }, requests) => {
      const body = bodyOf(request, settings);
      if (countTokens) await counter.check(body, { signal, requests });
      return await answer(body, newReader(request), { signal, requests });
    },
  });
  return { ...adapter, countTokens: (request) => counter.count(bodyOf(request, settings)) };
}

/** What a call goes through. */
interface MessageApi {
  readonly client: BaseAnthropic;
  readonly model: string;
  readonly judge: (thrown: unknown) => FailureVerdict;
}

/** Asks until there is a whole reply. */
type AskMessage = (body: MessageBody, newReader: () => MessageReader, limits: CallLimits) => Promise<ModelReply>;

function streamedBy(
  { client, model, judge }: MessageApi,
  options: AnthropicOptions,
): { readonly answer: AskMessage; readonly turns?: ModelTurns } {
  const settings = streamSettings(options, 2 * 60_000);
  const answer: AskMessage = (body, newReader, limits) => {
    const send: StreamedCall["send"] = (signal, observe) => eventsOf(pendingStream(client, body, signal), observe);
    return callStreamed({ model, settings, newReader, send, judge }, limits);
  };
  return { answer, turns: { source: settings.limiter, model } };
}

function batchedBy({ client, model, judge }: MessageApi, options: AnthropicOptions): AskMessage {
  const given = typeof options.batch === "object" ? options.batch : {};
  requireKnown("batch", given, batchNames);
  const { windowMs = 1_000, pollMs = 5_000, folder } = given;
  for (const [option, value] of Object.entries({ windowMs, pollMs })) requireAboveZero(`batch.${option}`, value);
  // The API gives up after a day.
  const timeoutMs = options.timeoutMs ?? 25 * 60 * 60_000;
  const settings = streamSettings({ ...options, timeoutMs }, 2 * 60_000);
  const batches = new MessageBatches({ client, model, judge, settings, windowMs, pollMs, folder });
  return (body, newReader, limits) => batches.ask(body, newReader, limits);
}

function judgeOf(client: BaseAnthropic, model: string): MessageApi["judge"] {
  const check = "Check the API key, its rights and the model.";
  return (thrown) => {
    const secret = client.apiKey ?? client.authToken ?? undefined;
    return judgeProvider(thrown, { name: "Anthropic", model, secret, check });
  };
}

function pendingStream(client: BaseAnthropic, body: MessageBody, signal: AbortSignal): PendingStream {
  // Not `messages.create`: it prints a warning on the console at every call to a model that is to be retired. The SDK's
  // own clock stops at the headers.
  const how = { body: { ...body, stream: true }, signal, stream: true, maxRetries: 0, timeout: NO_TIMEOUT } as const;
  return client.post<AsyncIterable<unknown>>("/v1/messages", how);
}

function clientOf(options: AnthropicOptions): BaseAnthropic {
  const logLevel = "off";
  if (options.client) return options.client.withOptions({ logLevel });
  const { baseURL, apiKey = process.env["ANTHROPIC_API_KEY"] } = options;
  if (!apiKey?.trim()) {
    throw badConfig("There is no API key. Set ANTHROPIC_API_KEY, or give anthropic() the option apiKey.");
  }
  requireKey(apiKey);
  const client = new Anthropic({ apiKey, logLevel, fetch: fetchLines, ...(baseURL !== undefined && { baseURL }) });
  requireAddress(client.baseURL, "ANTHROPIC_BASE_URL", "https://api.anthropic.com");
  return client;
}
