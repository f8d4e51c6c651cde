/** Makes the calls of a model through the run that its caller is in, so that the run can keep, limit and count them. */

import { askThroughRun, type ModelTurns, markThroughRun } from "../util/answering.ts";
import { callExternal, type Requests } from "../util/external-call.ts";
import type { Tokens } from "../util/token-count.ts";
import type { CallOptions, LanguageModel, ModelReply, ModelRequest, Usage } from "./llm.ts";
import { requireTexts } from "./text.ts";

/** What an adapter answers: a reply, whose usage is left out where nobody says what it used. */
export type AdapterReply = Omit<ModelReply, "usage"> & { readonly usage?: Usage };

/** What one call of an adapter goes by: when to end, and whom to tell of its requests. */
export interface CallLimits {
  readonly signal: AbortSignal | undefined;
  readonly requests: Requests;
}

/** A model that answers itself, and can tell of the requests that an answer takes. */
export interface Adapter {
  readonly name: string;
  /** Whose service it is, by the names of OpenTelemetry's GenAI conventions, such as `anthropic`. Default: unknown. */
  readonly provider?: string;
  /** The most tokens of a reply whose request does not say. */
  readonly maxTokens?: number;
  /** The most tokens of one request. Default: by the request, and `maxTokens`. */
  readonly maxUsage?: Tokens;
  /** True for a model whose answers cost no money, unless the run has a price for it. Default: false. */
  readonly free?: boolean;
  /** True for a model that takes turns of a limiter itself, one for each request. Default: false, one for each call. */
  readonly takesTurns?: boolean;
  /** What its requests take turns of where no limiter is around it. */
  readonly turns?: ModelTurns;
  generate(request: ModelRequest, options: CallOptions, requests: Requests): Promise<AdapterReply>;
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
export async function throughRun(
  adapter: Adapter,
  request: ModelRequest,
  { signal }: CallOptions,
): Promise<ModelReply> {
  requireTexts(request);
  const reply = await askThroughRun<ModelRequest, AdapterReply>(adapter, {
    request,
    signal,
    most: adapter.maxUsage,
    free: adapter.free,
    provider: adapter.provider,
    takesTurns: adapter.takesTurns,
    turns: adapter.turns,
    answer: (given, requests) => adapter.generate(request, given === undefined ? {} : { signal: given }, requests),
  });
  return { ...reply, usage: reply.usage ?? { inputTokens: 0, outputTokens: 0 } };
}

/**
 * Gives the reply of `to` that is stored outside of the run. The run records it where it would record that of the
 * model, so that a resumed run makes the same calls in the same order; it is not counted.
 */
export function takeAtHand(to: string, request: ModelRequest, reply: ModelReply): Promise<ModelReply> {
  return callExternal<ModelReply>({
    ...{ to, request, signal: undefined, isAtHand: true },
    usage: () => ({ inputTokens: 0, outputTokens: 0 }),
    perform: async () => reply,
  });
}
