/** Claude as a LanguageModel, through Anthropic's own SDK with retries, deadlines and checks of ours around it. */

import Anthropic, { type BaseAnthropic } from "@anthropic-ai/sdk";
import { TracegradError } from "../util/errors.ts";
import type { Tokens } from "../util/external-call.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { requireAboveZero, requireWholeNumber } from "../util/require.ts";
import { type CallLimits, makeModel } from "./adapter.ts";
import { judgeAnthropic } from "./anthropic-errors.ts";
import { IncomingReply } from "./anthropic-stream.ts";
import { guarded } from "./guard.ts";
import type { Content, LanguageModel, Message, ModelReply, ModelRequest } from "./llm.ts";
import { withRetries } from "./retry.ts";

/** Settings of `anthropic()`. */
export interface AnthropicOptions {
  /** The API key. Default: the environment variable ANTHROPIC_API_KEY. */
  readonly apiKey?: string;
  /** Where the API is. Default: the environment variable ANTHROPIC_BASE_URL, else Anthropic's own. */
  readonly baseURL?: string;
  /** The most tokens of a reply whose request does not say. Default 8192. */
  readonly maxTokens?: number;
  /** Milliseconds for one `generate` with all its retries and waits. Default 10 minutes. */
  readonly timeoutMs?: number;
  /**
   * Milliseconds without any content from the server until an attempt is given up. Default 2 minutes. Pings do not
   * count, and the API sends a long tool argument in one piece: raise this along with `maxTokens`.
   */
  readonly idleTimeoutMs?: number;
  /** Attempts after the first one. Default 4. */
  readonly maxRetries?: number;
  /**
   * The first wait before a retry in milliseconds, when the server names none; then three times as long each. Default
   * 1000.
   */
  readonly backoffMs?: number;
  /**
   * A client of the SDK to use instead of a new one, such as Bedrock's. `apiKey` and `baseURL` are then its own affair.
   */
  readonly client?: BaseAnthropic;
}

const names: NamesOf<AnthropicOptions> = {
  ...{ apiKey: true, baseURL: true, maxTokens: true, timeoutMs: true },
  ...{ idleTimeoutMs: true, maxRetries: true, backoffMs: true, client: true },
};

type AnthropicSettings = Required<
  Pick<AnthropicOptions, "maxTokens" | "timeoutMs" | "idleTimeoutMs" | "maxRetries" | "backoffMs">
>;

/** SDK 1.12 has dropped `temperature` from its types; the API still takes it for the models that have it. */
type Body = Anthropic.MessageCreateParamsStreaming & { temperature?: number };

const IMAGE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"] as const;

/**
 * Makes a model that answers through Anthropic's Messages API. Replies are streamed. Faults that pass (408, 409, 429,
 * 5xx, overload, lost or silent connections, cut streams) are retried within `timeoutMs`. A request with a `tool`
 * forces the model to call it. The usage of a reply includes what broken attempts before it were seen to cost. Writes
 * no logs.
 *
 * @param model The model's id, such as `claude-sonnet-5-5`.
 * @throws TracegradError `"model-config"` at once for a missing or malformed key or URL, `"bad-option"` for a setting
 *   that is unknown or out of range. `generate` rejects with `"model-config"` (401, 402, 403, 404), `"model-bad-request"`, `"model-unavailable"`, `"model-timeout"`, or an
 *   AbortError.
 */
export function anthropic(model: string, options: AnthropicOptions = {}): LanguageModel {
  if (!model.trim()) throw config("The model's id is empty. Give one, such as claude-sonnet-5-5.");
  requireKnown("anthropic", options, names);
  const settings = settingsOf(options);
  const client = clientOf(options);
  return makeModel({
    name: model,
    maxTokens: settings.maxTokens,
    generate: (request, { signal }, requests) => generate({ client, model, settings }, request, { signal, requests }),
  });
}

interface Binding {
  readonly client: BaseAnthropic;
  readonly model: string;
  readonly settings: AnthropicSettings;
}

async function generate(binding: Binding, request: ModelRequest, limits: CallLimits): Promise<ModelReply> {
  const { client, model, settings } = binding;
  const body = bodyOf(request, model, settings.maxTokens);
  const secret = client.apiKey ?? client.authToken ?? undefined;
  const spent = { inputTokens: 0, outputTokens: 0 };
  let attempts = 0;
  const content = await withRetries(
    async (signal) => {
      attempts += 1;
      if (attempts > 1) await limits.requests.again();
      const incoming = new IncomingReply(request.tool, { maxTokens: body.max_tokens });
      try {
        return await attempt(binding, { body, incoming }, signal);
      } finally {
        const { inputTokens = 0, outputTokens = 0 } = incoming.announced;
        spent.inputTokens += inputTokens;
        spent.outputTokens += outputTokens;
        limits.requests.ended(usedBy(incoming, signal));
      }
    },
    { ...settings, name: model, signal: limits.signal, judge: (thrown) => judgeAnthropic(thrown, model, secret) },
  );
  return { ...content, model: content.model || model, usage: spent };
}

/** What a request has used. One that we leave before its end may be paid in full; one that never began is not paid. */
function usedBy({ announced, hasStarted, isWhole }: IncomingReply, signal: AbortSignal): Tokens | "unknown" {
  const { inputTokens, outputTokens } = announced;
  if (isWhole) return { inputTokens: inputTokens ?? Number.NaN, outputTokens: outputTokens ?? Number.NaN };
  if (signal.aborted) return "unknown";
  return hasStarted ? { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 } : nothing;
}

const nothing: Tokens = { inputTokens: 0, outputTokens: 0 };

interface StreamAttempt {
  readonly body: Body;
  readonly incoming: IncomingReply;
}

async function attempt(
  { client, settings }: Binding,
  { body, incoming }: StreamAttempt,
  parent: AbortSignal,
): Promise<Omit<ModelReply, "usage">> {
  const ms = settings.idleTimeoutMs;
  const late = (): Error =>
    new TracegradError("model-silent", `The server sent no content for ${ms} ms (idleTimeoutMs).`);
  try {
    await guarded({ signal: parent, clock: { ms, late } }, async (signal, restart) => {
      // Not `messages.create`: it prints a warning on the console at every call to a model that is to be retired.
      const events = await client.post<AsyncIterable<unknown>>("/v1/messages", {
        body,
        stream: true,
        signal,
        maxRetries: 0,
        // The SDK's clock stops at the headers; ours covers the body too and is the only one meant to fire.
        timeout: 2 ** 31 - 1,
      });
      await incoming.read(events, restart);
    });
  } catch (thrown) {
    // A reply that has come whole is paid and used, whatever happens to its connection afterwards.
    if (parent.aborted || !incoming.isWhole) throw thrown;
  }
  return incoming.content;
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
  const mediaType = IMAGE_TYPES.find((type) => type === content.mediaType);
  if (mediaType === undefined) {
    const known = IMAGE_TYPES.join(", ");
    throw new TracegradError(
      "model-bad-request",
      `Claude takes no "${content.mediaType}" images. Give one of ${known}.`,
    );
  }
  return { type: "image", source: { type: "base64", media_type: mediaType, data: content.data } };
}

function clientOf(options: AnthropicOptions): BaseAnthropic {
  const logLevel = "off";
  if (options.client) return options.client.withOptions({ logLevel });
  const apiKey = checkedKey(options.apiKey ?? process.env["ANTHROPIC_API_KEY"]);
  const client = new Anthropic({
    apiKey,
    logLevel,
    ...(options.baseURL !== undefined && { baseURL: options.baseURL }),
  });
  // The text itself is not shown: it may hold a password, or be a key in the wrong place.
  if (!/^https?:$/.test(URL.canParse(client.baseURL) ? new URL(client.baseURL).protocol : "")) {
    throw config(
      "baseURL (or ANTHROPIC_BASE_URL) is not an http or https URL. Give one like https://api.anthropic.com.",
    );
  }
  return client;
}

/** A key that is not sendable is refused here, because the error of `fetch` would show it. */
function checkedKey(key: string | undefined): string {
  if (!key?.trim()) throw config("There is no API key. Set ANTHROPIC_API_KEY, or give anthropic() the option apiKey.");
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw config("The API key holds a newline, a space or another character no key has. Give the key alone, trimmed.");
  }
  return key;
}

function settingsOf(options: AnthropicOptions): AnthropicSettings {
  const { maxTokens = 8192, maxRetries = 4, backoffMs = 1_000 } = options;
  const { timeoutMs = 10 * 60_000, idleTimeoutMs = 2 * 60_000 } = options;
  requireWholeNumber("maxTokens", maxTokens);
  requireWholeNumber("maxRetries", maxRetries, { zero: true });
  for (const [option, value] of Object.entries({ timeoutMs, idleTimeoutMs, backoffMs }))
    requireAboveZero(option, value);
  return { maxTokens, maxRetries, backoffMs, timeoutMs, idleTimeoutMs };
}

function config(problem: string): TracegradError {
  return new TracegradError("model-config", problem);
}
