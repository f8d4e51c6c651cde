/** Models of the AI SDK whose calls are seen: what `generateText`, `streamText` and agents call. */

import type { Json } from "../util/decode.ts";
import { TracegradError } from "../util/errors.ts";
import { type Fields, fieldsOf } from "../util/fields.ts";
import { preview } from "../util/preview.ts";
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
import { callModel, type DoorCall } from "./model-call.ts";

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

/**
 * Wraps a language model of the AI SDK so that its calls are seen. Use the result wherever a model goes:
 * `generateText`, `streamText`, `ToolLoopAgent`. Versions 6 and 7 work.
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
export function traceModel<M extends AiSdkModel>(model: M): M {
  if (typeof model !== "object" || model === null || typeof model.doGenerate !== "function") {
    throw new TracegradError(
      "bad-model",
      `traceModel() takes a language model of the AI SDK, not ${preview(model)}. Give the model that a provider makes, ` +
        'such as openai("gpt-5-mini"); of an id, gateway("openai/gpt-5-mini").',
    );
  }
  const generate = (options: Fields): Promise<unknown> => callModel(generateCall(model, options));
  const stream = (options: Fields): Promise<StreamResult> => callModel(streamCall(model, options));
  const own = { doGenerate: generate, doStream: stream };
  // The methods run on the model itself, so private fields work.
  return new Proxy(model, {
    get: (target, key) => (Object.hasOwn(own, key) ? own[key as keyof typeof own] : Reflect.get(target, key, target)),
  });
}

/** Parts of the options of a call that are no request: a signal, and headers, which may hold keys. */
const apart = new Set(["abortSignal", "headers"]);

function requestOf(options: Fields): Fields {
  return Object.fromEntries(Object.entries(options).filter(([key, value]) => !apart.has(key) && value !== undefined));
}

function commonOf(model: AiSdkModel, options: Fields, method: "doGenerate" | "doStream") {
  const request = requestOf(options);
  const signal = options["abortSignal"];
  return {
    model: model.modelId,
    // Such as "anthropic" of "anthropic.messages".
    provider: model.provider.split(".")[0] as string,
    request,
    identity: { provider: model.provider, method } satisfies Record<string, Json>,
    signal: signal instanceof AbortSignal ? signal : undefined,
    send: (sent: unknown) =>
      Promise.resolve(model[method]((sent === request ? options : { ...options, ...fieldsOf(sent) }) as never)),
    refused: raiseOwn,
  };
}

/** Throws what the provider threw, which the AI SDK knows how to try again. */
function raiseOwn(error: unknown): never {
  const isOurs =
    error instanceof TracegradError && (error.code === "call-failed" || error.code === "model-bad-request");
  throw isOurs && error.cause !== undefined ? error.cause : error;
}

function generateCall(model: AiSdkModel, options: Fields): DoorCall<unknown, unknown> {
  return {
    ...commonOf(model, options, "doGenerate"),
    watch: async (reply, seen) => {
      seen(reply);
      return reply;
    },
    store: async (reply) => withStoredHeaders(fieldsOf(reply)),
    bodyOf: (reply) => reply,
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
    refused: (error) => brokenStreamIn(error) ?? raiseOwn(error),
  };
}
