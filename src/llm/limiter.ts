/** One limiter for several models, so that together they stay within what a provider allows; and whose calls it holds. */

import { AsyncLocalStorage } from "node:async_hooks";
import {
  type CallGate,
  calleeOf,
  counted,
  markThroughRun,
  type PlannedCall,
  throughGate,
  usageOf,
} from "../util/answering.ts";
import { urgency } from "../util/external-call.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import type { RequestSlot, WantedRequest } from "../util/request-turn.ts";
import { requireWholeNumber } from "../util/require.ts";
import { estimatedTokens } from "../util/tokens.ts";
import type { CallOptions, LanguageModel, ModelRequest } from "./llm.ts";
import { RequestLimiter } from "./request-limiter.ts";

/** The limits of `limiter()`. What is not given is not limited. */
export interface LimiterOptions {
  /** The most requests under way at once. */
  readonly concurrency?: number;
  /** The most requests that begin within any 60 seconds, those that are made again included. */
  readonly requestsPerMinute?: number;
  /**
   * The most tokens, input and output together, of the requests that begin within any 60 seconds. A request counts at
   * its upper bound until it has ended: its texts, estimated, and its `maxTokens`. One that is larger than the limit
   * is made when no other is in the window.
   */
  readonly tokensPerMinute?: number;
}

const names: NamesOf<LimiterOptions> = { concurrency: true, requestsPerMinute: true, tokensPerMinute: true };

/**
 * Makes a function that holds a model to limits: all models that are given to it share them, in this process, and in the
 * processes that make evaluations for a run of this process. It gives a model that waits for its turn; models of providers take a turn for each request, so also for those that they make
 * again after a fault. Replies from a journal, or from the folder of `cached`, take none.
 *
 * Of those that wait, a request that is made again begins first, then calls of a run's judge and optimizer, then
 * those of its program, each in the order of their coming. The clock of a model (`timeoutMs`) begins with its first
 * turn; before that it runs only while the model refuses all requests.
 * An abort ends the waiting, and nothing is counted for it. Of two limiters around a model the inner one holds it.
 * @throws TracegradError `"bad-option"` for a limit that is not a whole number of 1 or more, or is unknown.
 * @example
 * const limited = limiter({ concurrency: 8, requestsPerMinute: 50, tokensPerMinute: 40_000 });
 * const writer = limited(anthropic("claude-sonnet-5-5"));
 * const judge = limited(anthropic("claude-haiku-4-5"));
 */
export function limiter(options: LimiterOptions): (model: LanguageModel) => LanguageModel {
  requireKnown("limiter", options, names);
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined) requireWholeNumber(option, value as number);
  }
  const requests = new RequestLimiter(options);
  return (model) => {
    const { name, maxTokens } = model;
    const bound = maxTokens === undefined ? {} : { maxTokens };
    const throughRun = counted(model);
    const generate = (request: ModelRequest, call: CallOptions = {}) =>
      withLimiter(requests, () => throughRun.generate(request, call));
    return { ...bound, name, generate: markThroughRun(generate, calleeOf(throughRun)) };
  };
}

/** Where calls are limited. */
interface LimitPlace {
  readonly limiter: RequestLimiter;
  /** The call that is made here, if one is. */
  readonly wanted: WantedRequest | undefined;
  /** Its request, until one that is made inside takes it over. */
  slot: RequestSlot | undefined;
}

const storage = new AsyncLocalStorage<LimitPlace>();

/** The most tokens of a reply that nothing bounds, as a run assumes them. */
const assumedTokens = 8192;

/** Runs `fn` with all calls of models that it makes going through `limiter`. */
function withLimiter<R>(limiter: RequestLimiter, fn: () => R): R {
  if (storage.getStore()?.limiter === limiter) return fn();
  return storage.run({ limiter, wanted: undefined, slot: undefined }, () => throughGate(limitCall, fn));
}

/** What a call takes its turn for. */
function wantedBy({ to, request, most }: PlannedCall): WantedRequest {
  const { inputTokens = estimatedTokens(request), outputTokens = assumedTokens } = most;
  return { model: to, tokens: inputTokens + outputTokens, urgency: urgency() };
}

/**
 * Makes a call when the limiter around it allows, or leaves it to the call. What it calls itself takes over its turn.
 */
const limitCall: CallGate = {
  async pass(call, perform) {
    const { signal, requests, takesTurns } = call;
    const outer = storage.getStore();
    if (outer === undefined) return perform();
    const wanted = wantedBy(call);
    const place: LimitPlace = { limiter: outer.limiter, wanted, slot: takeOver(outer) };
    try {
      if (!takesTurns) place.slot ??= await outer.limiter.begin(wanted, signal);
    } catch (thrown) {
      requests.ended({ inputTokens: 0, outputTokens: 0 });
      throw thrown;
    }
    let used: number | undefined;
    try {
      const reply = await storage.run(place, perform);
      const usage = usageOf(reply);
      used = usage && (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
      return reply;
    } finally {
      place.slot?.end(used);
    }
  },
  firstTurn(call) {
    const outer = storage.getStore();
    if (outer === undefined || outer.slot !== undefined) return undefined;
    return { source: outer.limiter, wanted: wantedBy(call) };
  },
};

/** Begins one request of a call: through the limiter around it, else through `own`. */
export async function beginRequest(
  own: RequestLimiter,
  wanted: WantedRequest,
  signal: AbortSignal | undefined,
): Promise<RequestSlot> {
  const place = storage.getStore();
  if (place === undefined) return own.begin(wanted, signal);
  const { tokens = wanted.tokens } = place.wanted ?? {};
  return takeOver(place) ?? place.limiter.begin({ ...wanted, tokens }, signal);
}

function takeOver(place: LimitPlace): RequestSlot | undefined {
  const { slot } = place;
  place.slot = undefined;
  return slot;
}
