/** A model of the AI SDK (versions 6 and 7) as a LanguageModel, with our retries, deadlines and checks around it. */

import type { Fields } from "../util/fields.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { requireWholeNumber } from "../util/require.ts";
import { makeModel } from "./adapter.ts";
import { AiSdkReader } from "./ai-sdk-reader.ts";
import { type CallInDialect, callInDialect } from "./dialect.ts";
import type { Content, LanguageModel, Message, ModelRequest } from "./llm.ts";
import { badConfig, type ProviderOptions, streamSettings } from "./provider-options.ts";
import { inForm, type ReplyForm, type ToolShape } from "./request-text.ts";

/** What `aiSdk()` needs of a model of the AI SDK: a `LanguageModelV3` or `LanguageModelV4` has it. */
export interface AiSdkLanguageModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  /** Begins a request; its parts come as a stream. */
  doStream(options: never): PromiseLike<{
    readonly stream: ReadableStream<unknown>;
    readonly response?: { readonly headers?: Record<string, string> };
  }>;
}

/** Settings of `aiSdk()`. */
export interface AiSdkOptions extends ProviderOptions {
  /**
   * How a reply of a known shape is asked for: by a tool that has to be called, as JSON by a schema, or in the text of
   * the prompt. When the provider refuses one, the next one is used from then on. Default: `tool`.
   */
  readonly replyForm?: ReplyForm;
  /**
   * The most tokens of a reply whose request does not say. Default: the provider's own, for which a budget assumes
   * 8192.
   */
  readonly maxTokens?: number;
  /** Milliseconds without any part from the model until an attempt is given up. Default 5 minutes. */
  readonly idleTimeoutMs?: number;
  /**
   * `providerOptions` of each request, such as `{ google: { thinkingConfig: { thinkingBudget: 0 } } }`. Default: none.
   */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * The name by which a run counts the model and knows its price, and cassettes and caches keep its replies. Default:
   * the model's `modelId`.
   */
  readonly name?: string;
}

const names: NamesOf<AiSdkOptions> = {
  ...{ replyForm: true, maxTokens: true, timeoutMs: true, idleTimeoutMs: true, maxRetries: true, backoffMs: true },
  ...{ providerOptions: true, name: true },
};

/**
 * Makes a model that answers through a model of the AI SDK, such as `google("…")` of `@ai-sdk/google`, from providers
 * for versions 6 and 7 of `ai`. Replies are streamed. Faults that pass are retried within `timeoutMs`. A request with a
 * `tool` forces the model to call it; where the provider has no tools, it is asked for JSON (`replyForm`). Key, address
 * and logs are the model's own affair.
 *
 * The AI SDK does not show all that a provider does: see `docs/models.md`.
 *
 * @throws TracegradError `"model-config"` at once for what is no such model, `"bad-option"` for a setting that is
 *   unknown or out of range. `generate` rejects with `"model-config"` (401, 402, 403, 404, no key),
 *   `"model-bad-request"`, `"model-unavailable"`, `"model-timeout"`, `"model-endless"`, or an AbortError.
 * @example
 * const llm = aiSdk(google("gemini-3-pro"));
 */
export function aiSdk(model: AiSdkLanguageModel, options: AiSdkOptions = {}): LanguageModel {
  requireAiSdkModel(model);
  requireKnown("aiSdk", options, names);
  const { modelId, provider } = model;
  const { name = modelId, maxTokens, replyForm: form = "tool", providerOptions } = options;
  if (maxTokens !== undefined) requireWholeNumber("maxTokens", maxTokens);
  const call: CallInDialect = {
    ...{ model: modelId, settings: streamSettings(options, 5 * 60_000) },
    providerOf: () => ({
      ...{ name: provider, model: modelId, secret: undefined },
      check: "Check the model, and the key of its provider.",
    }),
    dialect: { form, asksUsage: false, limitNames: ["maxOutputTokens"] },
    newReader: (request) => new AiSdkReader(request, maxTokens),
    send: async (request, dialect, [abortSignal, observe]) => {
      const parts = partsOf(request, dialect.form, model.specificationVersion);
      const most = request.maxTokens ?? maxTokens;
      const callOptions = {
        ...{ ...parts, abortSignal },
        ...(most !== undefined && { maxOutputTokens: most }),
        ...(providerOptions && { providerOptions }),
      };
      const { stream, response } = await model.doStream(callOptions as never);
      observe(new Headers(response?.headers));
      return stream;
    },
  };
  return makeModel({
    ...{ name, takesTurns: true, turns: { source: call.settings.limiter, model: modelId } },
    // Such as "google" of "google.generative-ai".
    provider: provider.split(".")[0] as string,
    ...(maxTokens !== undefined && { maxTokens }),
    generate: (request, { signal }, requests) => callInDialect(call, request, { signal, requests }),
  });
}

function requireAiSdkModel({ specificationVersion, doStream }: AiSdkLanguageModel): void {
  if ((specificationVersion === "v3" || specificationVersion === "v4") && typeof doStream === "function") return;
  throw badConfig(
    `aiSdk() takes a model of the specification v3 or v4, and this is ${specificationVersion ?? "none"}. Give one ` +
      'of a provider for `ai` 6 or 7, such as openai("gpt-5.5") of @ai-sdk/openai; the name of a model alone is none.',
  );
}

function partsOf(request: ModelRequest, form: ReplyForm, version: string): Fields {
  const { texts, shape } = inForm(request, form, (tool) => shapeOf(tool, form));
  const { system, messages, temperature } = texts;
  return {
    prompt: [
      ...(system === undefined ? [] : [{ role: "system", content: system }]),
      ...messages.map((message) => messageOf(message, version)),
    ],
    ...(temperature !== undefined && { temperature }),
    ...shape,
  };
}

function shapeOf({ name, description, schema }: ToolShape, form: ReplyForm): Fields {
  if (form === "json") return { responseFormat: { type: "json", schema, name, description } };
  return { tools: [{ type: "function", name, description, inputSchema: schema }], toolChoice: { type: "required" } };
}

function messageOf({ role, content }: Message, version: string): unknown {
  const parts: readonly Content[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
  return { role, content: parts.map((part) => partOf(part, version)) };
}

function partOf(content: Content, version: string): unknown {
  if (content.type === "text") return content;
  const { mediaType, data } = content;
  return { type: "file", mediaType, data: version === "v3" ? data : { type: "data", data } };
}
