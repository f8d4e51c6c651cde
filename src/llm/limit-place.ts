/** Which limiter the requests of a call go through: that of the model around it, whatever lies between. */

import { AsyncLocalStorage } from "node:async_hooks";
import { type CallGate, throughGate, usageOf } from "../util/answering.ts";
import { urgency } from "../util/external-call.ts";
import { estimatedTokens } from "../util/tokens.ts";
import type { RequestLimiter, RequestSlot, WantedRequest } from "./request-limiter.ts";

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
export function withLimiter<R>(limiter: RequestLimiter, fn: () => R): R {
  if (storage.getStore()?.limiter === limiter) return fn();
  return storage.run({ limiter, wanted: undefined, slot: undefined }, () => throughGate(limitCall, fn));
}

/**
 * Makes a call when the limiter around it allows, or leaves it to the call. What it calls itself takes over its turn.
 */
const limitCall: CallGate = async ({ to, request, most, signal, requests, takesTurns }, perform) => {
  const outer = storage.getStore();
  if (outer === undefined) return perform();
  const { inputTokens = estimatedTokens(request), outputTokens = assumedTokens } = most;
  const wanted = { model: to, tokens: inputTokens + outputTokens, urgency: urgency() };
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
