/** Lets a run count and hold any call that a program pays for, such as one of `fetch`. */

import { isAbort } from "../util/abort.ts";
import type { Json } from "../util/decode.ts";
import { ExternalCallError, messageOf, TracegradError } from "../util/errors.ts";
import { callExternal, isIntercepted } from "../util/external-call.ts";
import { outageOf } from "../util/outage.ts";
import type { Usage } from "./llm.ts";

/** How a run counts a call of {@link meterCall}. */
export interface MeterCallOptions<T> {
  /** Who is called, such as a model's id: prices and accounts go by it. */
  readonly model: string;
  /** What the reply says that the call used; undefined when it does not say. Zeros for a call that costs nothing. */
  readonly usage: (reply: T) => Usage | undefined;
  /** The most tokens that the call may use, for the budget to be checked before it is made. Default: 8192 of output. */
  readonly maxUsage?: Partial<Usage>;
  /**
   * Everything that decides the reply, as JSON. With it the reply is kept, so that a resumed run does not pay for it
   * again; then it has to be plain data. Default: the reply is not kept, and a resumed run makes the call again.
   */
  readonly request?: Json;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a call that costs something through the run that the caller is in: it is checked against the budget, and
 * counted under its model and for who makes it. Outside of a run it is just made. For models behind the `LanguageModel`
 * interface use `meter`, for SDK clients `model(client)`.
 *
 * In a run, what `call` throws says nothing about the program: it is thrown as an ExternalCallError, which stops the
 * run in order. Errors with the status of a bad request (400, 404, 422, …), and tracegrad's own, are thrown as they
 * are.
 * @throws ExternalCallError `"budget"` or `"no-price"` before the call is made; `"uncounted"` when a limit of tokens or
 * dollars depends on a usage that is undefined.
 * @example
 * interface Reply { text: string; tokens: { in: number; out: number } }
 * const ask = (prompt: string): Promise<Reply> =>
 *   meterCall(
 *     async () => ({ text: prompt.toUpperCase(), tokens: { in: 3, out: 5 } }), // such as (await fetch(…)).json()
 *     {
 *       model: "my-service",
 *       usage: ({ tokens }) => ({ inputTokens: tokens.in, outputTokens: tokens.out }),
 *       maxUsage: { outputTokens: 500 },
 *       request: { prompt },
 *     },
 *   );
 */
export function meterCall<T>(
  call: (signal: AbortSignal | undefined) => Promise<T>,
  { model, usage, maxUsage, request, signal }: MeterCallOptions<T>,
): Promise<T> {
  return callExternal({
    to: model,
    request,
    signal,
    most: maxUsage,
    usage,
    perform: isIntercepted() ? (given) => call(given).catch((thrown: unknown) => raise(model, thrown)) : call,
  });
}

function raise(model: string, thrown: unknown): never {
  // A request that was refused for what it asks is the fault of who asks.
  if (isAbort(thrown) || thrown instanceof TracegradError || outageOf(thrown) === "program") throw thrown;
  throw new ExternalCallError("call-failed", `The call to ${model} failed: ${messageOf(thrown)}`, { cause: thrown });
}
