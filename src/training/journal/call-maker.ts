/**
 * Makes the calls of a run that are not answered by its journal: a few at a time, counted, with what came of them kept.
 */

import pLimit, { type LimitFunction } from "p-limit";
import { isAbort, throwIfAborted } from "../../util/abort.ts";
import { decode, encode, type Json } from "../../util/encode.ts";
import { ExternalCallError, messageOf, TracegradError } from "../../util/errors.ts";
import { type ExternalCall, type Intercept, intercepted } from "../../util/external-call.ts";
import { outageOf } from "../../util/outage.ts";
import { roleOf } from "./call-key.ts";
import type { CallDone, CallStart } from "./history.ts";
import { type Books, UnderWay } from "./pending-call.ts";
import type { Called } from "./tally.ts";

/** What calls are made with. */
export interface Making {
  readonly books: Books;
  /** The most calls under way at once. */
  readonly concurrency: number;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  readonly onSpent: () => void;
  readonly onWarning: (message: string) => void;
  /** What stands between the world and the calls that a call makes itself. */
  readonly around: (outer: UnderWay) => Intercept;
}

/** How a call is made. */
interface Manner {
  /** Whether its reply is kept. */
  readonly isKept: boolean;
  /** The call that makes it. */
  readonly outer: UnderWay | undefined;
}

/** See the head of the file. */
export class Maker {
  readonly #making: Making;
  readonly #limit: LimitFunction;
  readonly #warnings = new Set<string>();

  constructor(making: Making) {
    this.#making = making;
    this.#limit = pLimit(making.concurrency);
  }

  /** Makes a call. Calls that a call itself makes are part of it: they do not wait for its own place in the queue. */
  make<T>(call: ExternalCall<T>, start: CallStart, manner: Manner): Promise<T> {
    const make = (): Promise<T> => this.#make(call, start, manner);
    return manner.outer === undefined ? this.#limit(make) : make();
  }

  async #make<T>(call: ExternalCall<T>, start: CallStart, { isKept, outer }: Manner): Promise<T> {
    const { books, clock, around, onSpent } = this.#making;
    throwIfAborted(call.signal);
    this.#warnOfUnseen(start);
    const underWay = await UnderWay.begin({ ...books, isKept }, start, call.signal);
    const began = clock();
    let reply: T;
    try {
      reply = await intercepted(around(underWay), () => call.perform(call.signal, underWay));
    } catch (thrown) {
      const error = isAbort(thrown) ? (thrown as Error) : outsideError(call.to, thrown);
      await underWay.failed(error, codeOf(error, thrown));
      onSpent();
      // A call of the user's own fails as it is; one of a model fails as models do, also where its reply is not kept.
      throw isKept || (call.request !== undefined && outer === undefined) ? error : thrown;
    }
    const seconds = Math.max(0, clock() - began) / 1000;
    const json = isKept ? encode(reply) : undefined;
    const usage = call.usage(reply);
    const isCounted = await underWay.done({ reply: json, usage, model: modelOf(reply), seconds });
    onSpent();
    if (!isCounted) this.requireUsage(start);
    // As a resumed run will read it, so that both see the same.
    return json === undefined ? reply : (decode(json) as T);
  }

  /** Counts a call that was made and paid before anybody knew that it was one. */
  async counted<T>(call: ExternalCall<T>, start: CallStart): Promise<T> {
    const reply = await call.perform(call.signal, { ended: () => undefined, again: async () => undefined });
    this.#warnOfUnseen(start);
    await this.#count(start);
    this.#making.onSpent();
    return reply;
  }

  /** Counts a call at its upper bound. Throws when the budget does not allow it. */
  instantly(start: CallStart): void {
    this.#making.books.ledger.check(start);
    // What cannot be written stays in the writer's memory, and its next record fails as well.
    this.#count(start).catch(() => undefined);
  }

  /** Counts a call that was not granted, with all that it may have used. */
  async #count(start: CallStart): Promise<void> {
    const { ledger, store } = this.#making.books;
    ledger.count(start, start.most);
    const done: CallDone = { key: start.key, usage: start.most, model: null, seconds: 0 };
    await Promise.all([
      store.append("call.start", start as unknown as Json),
      store.append("call.done", done as unknown as Json),
    ]);
  }

  /**
   * For a reply that does not say what it used.
   * @throws ExternalCallError `"uncounted"` when a limit depends on that; else the user is warned.
   */
  requireUsage(call: Called): void {
    const limit = this.#making.books.ledger.limitBlindTo(call);
    const { to } = call;
    const mend =
      `Give its replies a usage ({ inputTokens, outputTokens }): in the model's own reply, by model(client, { meter }) for a ` +
      "traced client, by outside(call, { usage }) for any other call.";
    if (limit !== undefined) {
      const text = `budget.${limit} cannot be held: a reply of ${to} does not say how many tokens it used. ${mend} Or leave budget.${limit} out.`;
      throw new ExternalCallError("uncounted", text);
    }
    this.#warn(
      `Replies of ${to} do not say how many tokens they used: the tokens and dollars of this run lack them. ${mend}`,
    );
  }

  /** Warns once, under a limit, of something called that may be a model's and says nothing of what it used. */
  warnOfUnknown(name: string): void {
    if (!this.#making.books.ledger.limitsCalls) return;
    this.#warn(
      `The traced client's "${name}" was called, and nothing tells whether it calls a model: the budget does not hold for it. ` +
        "If it does, give model(client, { meter }); if it does not, a meter that gives undefined ends this warning.",
    );
  }

  /** Warns once, under a limit, of a program none of whose calls is seen when the optimizer first asks. */
  #warnOfUnseen({ key }: CallStart): void {
    const { ledger } = this.#making.books;
    if (roleOf(key) !== "optimizer" || !ledger.limitsCalls || ledger.tally.callsOf("agent") > 0) return;
    this.#warn(
      "The program has made no model call that the run can see, so the budget holds for the optimizer and the judge only. If " +
        "it calls a model, wrap that: metered(model) for one of your own, model(client) for an SDK's client, outside(call, …) " +
        "for any other call.",
    );
  }

  #warn(message: string): void {
    if (this.#warnings.has(message)) return;
    this.#warnings.add(message);
    this.#making.onWarning(message);
  }
}

function modelOf(reply: unknown): string | null {
  const { model } = (reply ?? {}) as { readonly model?: unknown };
  return typeof model === "string" ? model : null;
}

function outsideError(to: string, thrown: unknown): TracegradError {
  if (thrown instanceof ExternalCallError) return thrown;
  if (!(thrown instanceof TracegradError)) {
    const refused = `${to} could not take the request: ${messageOf(thrown)}`;
    if (outageOf(thrown) === "program") return new TracegradError("model-bad-request", refused, { cause: thrown });
    return new ExternalCallError("outside-failed", `The call of ${to} failed: ${messageOf(thrown)}`, { cause: thrown });
  }
  if (thrown.code === "model-bad-request") return thrown;
  return new ExternalCallError(thrown.code, thrown.message, { cause: thrown });
}

/** The code under which a failure is kept. A client whose server refused the request has an error with its status. */
function codeOf(error: Error, thrown: unknown): string {
  if (!(error instanceof TracegradError)) return "abort";
  const { status } = (error.code === "outside-failed" ? (thrown ?? {}) : {}) as { readonly status?: unknown };
  return typeof status === "number" && status >= 400 ? "model-unavailable" : error.code;
}
