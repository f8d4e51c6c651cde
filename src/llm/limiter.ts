/** One limiter for all models of a program, so that together they stay within what a provider allows. */

import { calleeOf, counted, markThroughRun } from "../util/answering.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { requireWholeNumber } from "../util/require.ts";
import { withLimiter } from "./limit-place.ts";
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
 * Makes a function that holds a model to limits: all models that are given to it share them, in this process. It gives
 * a model that waits for its turn; models of providers take a turn for each request, so also for those that they make
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
