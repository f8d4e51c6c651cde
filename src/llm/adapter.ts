/** Makes the calls of a model through the run that its caller is in, so that the run can keep, limit and count them. */

import { askThroughRun, markThroughRun } from "../util/answering.ts";
import type { Requests, Tokens } from "../util/external-call.ts";
import type { CallOptions, LanguageModel, ModelReply, ModelRequest } from "./llm.ts";
import { requireTexts } from "./text.ts";

/** A model that answers itself, and can tell of the requests that an answer takes. */
export interface Adapter {
  readonly name: string;
  /** The most tokens of a reply whose request does not say. */
  readonly maxTokens?: number;
  /** The most tokens of one request. Default: by the request, and `maxTokens`. */
  readonly maxUsage?: Tokens;
  /** True for a model whose answers cost no money, unless the run has a price for it. Default: false. */
  readonly free?: boolean;
  generate(request: ModelRequest, options: CallOptions, requests: Requests): Promise<ModelReply>;
}

/**
 * `adapter` with its calls made through the run. For models that answer themselves; wrappers of others leave it to
 * those.
 */
export function makeModel(adapter: Adapter): LanguageModel {
  const { name, maxTokens } = adapter;
  const generate = (request: ModelRequest, options: CallOptions = {}): Promise<ModelReply> =>
    throughRun(adapter, request, options);
  return { name, ...(maxTokens === undefined ? {} : { maxTokens }), generate: markThroughRun(generate, adapter) };
}

/**
 * One call of a model, made through the run that the caller is in, if it is in one. Rejects with a `NoTextError` before
 * any call when the request has a promise or the like instead of a text.
 */
export function throughRun(adapter: Adapter, request: ModelRequest, { signal }: CallOptions): Promise<ModelReply> {
  try {
    requireTexts(request);
  } catch (error) {
    return Promise.reject(error);
  }
  return askThroughRun(adapter, {
    request,
    signal,
    most: adapter.maxUsage,
    free: adapter.free,
    answer: (given, requests) => adapter.generate(request, given === undefined ? {} : { signal: given }, requests),
  });
}
