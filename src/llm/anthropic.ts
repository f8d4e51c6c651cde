/** Claude as a LanguageModel, through Anthropic's own SDK with retries, deadlines and checks of ours around it. */

import Anthropic, { type BaseAnthropic } from "@anthropic-ai/sdk";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { requireWholeNumber } from "../util/require.ts";
import { makeModel } from "./adapter.ts";
import { MessageReader } from "./anthropic-stream.ts";
import type { Content, LanguageModel, Message, ModelRequest } from "./llm.ts";
import { judgeProvider } from "./provider-errors.ts";
import {
  badConfig,
  type ProviderOptions,
  requireAddress,
  requireImageType,
  requireKey,
  streamSettings,
} from "./provider-options.ts";
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
}

const names: NamesOf<AnthropicOptions> = {
  ...{ apiKey: true, baseURL: true, maxTokens: true, timeoutMs: true },
  ...{ idleTimeoutMs: true, maxRetries: true, backoffMs: true, client: true },
};

/** SDK 1.12 has dropped `temperature` from its types; the API still takes it for the models that have it. */
type Body = Anthropic.MessageCreateParamsStreaming & { temperature?: number };

/**
 * Makes a model that answers through Anthropic's Messages API. Replies are streamed. Faults that pass (408, 409, 429,
 * 5xx, overload, lost or silent connections, cut streams) are retried within `timeoutMs`. A request with a `tool`
 * forces the model to call it. The usage of a reply includes what broken attempts before it were seen to cost. Writes
 * no logs.
 *
 * @param model The model's id, such as `claude-sonnet-5-5`.
 * @throws TracegradError `"model-config"` at once for a missing or malformed key or URL, `"bad-option"` for a setting
 *   that is unknown or out of range. `generate` rejects with `"model-config"` (401, 402, 403, 404),
 *   `"model-bad-request"`, `"model-unavailable"`, `"model-timeout"`, `"model-endless"`, or an AbortError.
 */
export function anthropic(model: string, options: AnthropicOptions = {}): LanguageModel {
  if (!model.trim()) throw badConfig("The model's id is empty. Give one, such as claude-sonnet-5-5.");
  requireKnown("anthropic", options, names);
  const { maxTokens = 8192 } = options;
  requireWholeNumber("maxTokens", maxTokens);
  const settings = streamSettings(options, 2 * 60_000);
  const client = clientOf(options);
  return makeModel({
    ...{ name: model, provider: "anthropic", maxTokens, takesTurns: true },
    generate: async (request, { signal }, requests) => {
      const body = bodyOf(request, model, maxTokens);
      const secret = client.apiKey ?? client.authToken ?? undefined;
      const provider = { name: "Anthropic", model, secret, check: "Check the API key, its rights and the model." };
      const newReader = (): MessageReader => new MessageReader(request, maxTokens);
      const judge = (thrown: unknown) => judgeProvider(thrown, provider);
      const send: StreamedCall["send"] = (limit, observe) => eventsOf(pendingStream(client, body, limit), observe);
      return await callStreamed({ model, settings, newReader, send, judge }, { signal, requests });
    },
  });
}

function pendingStream(client: BaseAnthropic, body: Body, signal: AbortSignal): PendingStream {
  // Not `messages.create`: it prints a warning on the console at every call to a model that is to be retired. The SDK's
  // own clock stops at the headers.
  const options = { body, signal, stream: true, maxRetries: 0, timeout: NO_TIMEOUT } as const;
  return client.post<AsyncIterable<unknown>>("/v1/messages", options);
}

function bodyOf(request: ModelRequest, model: string, maxTokens: number): Body {
  const { system, tool, temperature } = request;
  return {
    model,
    max_tokens: request.maxTokens ?? maxTokens,
    messages: request.messages.map(messageOfRequest),
    stream: true,
    ...(system !== undefined && { system }),
    ...(temperature !== undefined && { temperature }),
    ...(tool && {
      tools: [
        { name: tool.name, description: tool.description, input_schema: { ...tool.inputSchema, type: "object" } },
      ],
      tool_choice: { type: "tool", name: tool.name, disable_parallel_tool_use: true },
    }),
  };
}

function messageOfRequest({ role, content }: Message): Anthropic.MessageParam {
  return { role, content: typeof content === "string" ? content : content.map(blockOf) };
}

function blockOf(content: Content): Anthropic.TextBlockParam | Anthropic.ImageBlockParam {
  if (content.type === "text") return { type: "text", text: content.text };
  const media_type = requireImageType(content, "Claude");
  return { type: "image", source: { type: "base64", media_type, data: content.data } };
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
