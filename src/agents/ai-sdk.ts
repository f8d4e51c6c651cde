/** Models of the AI SDK whose calls are seen: those that write, embed and rank. */

import type { Json } from "../util/decode.ts";
import { TracegradError } from "../util/errors.ts";
import { type Fields, fieldsOf } from "../util/fields.ts";
import { preview } from "../util/preview.ts";
import { addressOf } from "./ai-sdk-address.ts";
import {
  bodyOfParts,
  brokenStreamIn,
  restoreStream,
  type StoredStream,
  type StreamResult,
  storeStream,
  watchParts,
  withStoredHeaders,
} from "./ai-sdk-stream.ts";
import { bodyOfEmbeddings, bodyOfRanking } from "./ai-sdk-vectors.ts";
import { callModel, type DoorCall, throwOwn } from "./model-call.ts";

/** What the AI SDK 6 and 7 call a language model: the part of it that is wrapped. */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  /** Gives the whole reply. */
  doGenerate(options: never): PromiseLike<unknown>;
  /** Gives the reply as a stream. */
  doStream(options: never): PromiseLike<unknown>;
}

/** What they call a model that makes vectors of texts. */
export interface AiSdkEmbeddingModel extends Pick<AiSdkModel, "specificationVersion" | "provider" | "modelId"> {
  /** Gives the embeddings. */
  doEmbed(options: never): PromiseLike<unknown>;
}

/** What they call a model that puts documents in the order of their relevance. */
export interface AiSdkRerankingModel extends Pick<AiSdkModel, "specificationVersion" | "provider" | "modelId"> {
  /** Gives the order. */
  doRerank(options: never): PromiseLike<unknown>;
}

/** A model of the AI SDK whose calls can be seen. */
export type AnyAiSdkModel = AiSdkModel | AiSdkEmbeddingModel | AiSdkRerankingModel;

/**
 * Wraps a model of the AI SDK so that its calls are seen. Use the result wherever a model goes: a language model in
 * `generateText`, `streamText` and `ToolLoopAgent`, an embedding model in `embed` and `embedMany`, a reranking model in
 * `rerank`; in the agents of Mastra as well. Versions 6 and 7 work.
 *
 * In a program of `learn` it puts in the values of the program's texts. In a `trace` each call becomes a node, and so
 * does each result of a tool that a later request holds. In a run of `train` or `evaluate` each call is held to the
 * budget, counted by the usage that the reply tells, and kept, so that a resumed run does not pay for it again; a
 * streamed reply then arrives at its end, as one. `emitSpans` sees each call. Everywhere else the model itself is
 * called, and nothing more.
 * @throws TracegradError `bad-model` for what is no model, such as the id of one.
 * @example
 * const model = traceModel(openai("gpt-5-mini"));
 * const { text } = await generateText({ model, system: SYSTEM_PROMPT, prompt });
 */
export function traceModel<M extends AnyAiSdkModel>(model: M): M {
  const own = Object.fromEntries(Object.entries(ways).filter(([method]) => isMethod(model, method)));
  if (Object.keys(own).length === 0) {
    throw new TracegradError(
      "bad-model",
      `traceModel() takes a model of the AI SDK that writes, embeds or ranks, not ${preview(model)}. Give the model ` +
        'that a provider makes, such as openai("gpt-5-mini"); of an id, gateway("openai/gpt-5-mini").',
    );
  }
  const calls: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(own).map(([method, way]) => [method, (options: Fields) => way(model as never, options)]),
  );
  // The methods run on the model itself, so private fields work.
  return new Proxy(model, {
    get: (target, key) =>
      typeof key === "string" && Object.hasOwn(calls, key) ? calls[key] : Reflect.get(target, key, target),
  });
}

/** How a call of each method is made. */
const ways = {
  doGenerate: (model: AiSdkModel, options: Fields) => callModel(wholeCall(model, options, "doGenerate")),
  doStream: (model: AiSdkModel, options: Fields) => callModel(streamCall(model, options)),
  doEmbed: (model: AiSdkEmbeddingModel, options: Fields) =>
    callModel({ ...wholeCall(model, options, "doEmbed", bodyOfEmbeddings), kind: "embed" }),
  doRerank: (model: AiSdkRerankingModel, options: Fields) =>
    callModel({ ...wholeCall(model, options, "doRerank", bodyOfRanking), kind: "rerank", usageFix }),
};

const usageFix =
  "A reranking model tells no tokens, so only llmCalls, seconds and evaluations limit a run in which one is called.";

function isMethod(model: unknown, name: string): boolean {
  return typeof model === "object" && model !== null && typeof (model as Fields)[name] === "function";
}

/** Parts of the options of a call that are no request: a signal, and headers, which may hold keys. */
const apart = new Set(["abortSignal", "headers"]);

function requestOf(options: Fields): Fields {
  return Object.fromEntries(Object.entries(options).filter(([key, value]) => !apart.has(key) && value !== undefined));
}

/**
 * A request without what Mastra notes in its messages for itself, and no provider reads: when each was made, which is
 * another time in a resumed run.
 */
function withoutNotes(request: unknown): unknown {
  const fields = fieldsOf(request);
  const messages = fields["prompt"];
  if (!Array.isArray(messages)) return request;
  const prompt = messages.map((message) => {
    const { content } = fieldsOf(message);
    return withoutNote(Array.isArray(content) ? { ...fieldsOf(message), content: content.map(withoutNote) } : message);
  });
  return { ...fields, prompt };
}

function withoutNote(part: unknown): unknown {
  const { providerOptions, ...fields } = fieldsOf(part);
  const { mastra, ...options } = fieldsOf(providerOptions);
  if (mastra === undefined) return part;
  return Object.keys(options).length === 0 ? fields : { ...fields, providerOptions: options };
}

/** A model, of which one method is called. */
type Calling<K extends string> = Pick<AiSdkModel, "provider" | "modelId"> &
  Readonly<Record<K, (options: never) => PromiseLike<unknown>>>;

type Identity = Readonly<Record<string, Json>>;

function commonOf<K extends keyof typeof ways>(model: Calling<K>, options: Fields, method: K) {
  const request = requestOf(options);
  const signal = options["abortSignal"];
  const address = addressOf(model);
  return {
    model: model.modelId,
    // Such as "anthropic" of "anthropic.messages".
    provider: model.provider.split(".")[0] as string,
    request,
    identity: { provider: model.provider, method, ...(address !== undefined && { address }) } satisfies Identity,
    signal: signal instanceof AbortSignal ? signal : undefined,
    withoutNotes,
    send: (sent: unknown) =>
      Promise.resolve(model[method]((sent === request ? options : { ...options, ...fieldsOf(sent) }) as never)),
    refused: throwOwn,
  };
}

/** A call that gives its reply as a whole. */
function wholeCall<K extends keyof typeof ways>(
  model: Calling<K>,
  options: Fields,
  method: K,
  bodyOf: (reply: unknown) => unknown = (reply) => reply,
): DoorCall<unknown, unknown> {
  return {
    ...commonOf(model, options, method),
    watch: async (reply, seen) => {
      seen(bodyOf(reply));
      return reply;
    },
    store: async (reply) => withStoredHeaders(fieldsOf(reply)),
    bodyOf,
    restore: (reply) => reply,
  };
}

function streamCall(model: AiSdkModel, options: Fields): DoorCall<StreamResult, StoredStream> {
  const common = commonOf(model, options, "doStream");
  return {
    ...common,
    send: async (sent) => (await common.send(sent)) as StreamResult,
    watch: async (result, seen, failed) => watchParts(result, seen, failed),
    store: storeStream,
    bodyOf: ({ parts }) => bodyOfParts(parts),
    restore: restoreStream,
    // Where a stream fails, `textStream` ends empty and without an error.
    endsQuietly: true,
    refused: (error) => brokenStreamIn(error) ?? throwOwn(error),
  };
}
