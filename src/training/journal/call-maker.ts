/** Makes the calls of a run that its journal does not answer: a few at a time, counted, with their results recorded. */

import { isAbort, throwIfAborted } from "../../util/abort.ts";
import { decode, encode, type Json } from "../../util/encode.ts";
import { ExternalCallError, messageOf, TracegradError } from "../../util/errors.ts";
import { type ExternalCall, type Intercept, intercepted, uncounted } from "../../util/external-call.ts";
import { WorkQueue } from "../../util/limit.ts";
import { outageOf } from "../../util/outage.ts";
import { pathOf, roleOf, urgencyAt } from "./call-key.ts";
import type { CallDone, CallStart } from "./history.ts";
import { type CallAccounts, PendingCall } from "./pending-call.ts";
import { type Called, none } from "./tally.ts";

/** What calls are made with. */
export interface CallMakerParts {
  readonly accounts: CallAccounts;
  /** The maximum number of calls in flight. */
  readonly concurrency: number;
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
  readonly onSpent: () => void;
  readonly onWarning: (message: string) => void;
  /** The interceptor for the calls that a call makes itself. */
  readonly around: (outer: PendingCall) => Intercept;
}

/** How a call is made. */
interface CallManner {
  /** Whether its reply is recorded. */
  readonly isRecorded: boolean;
  /** The call that makes it. */
  readonly outer: PendingCall | undefined;
}

const usageFix =
  "Give its replies a usage ({ inputTokens, outputTokens }): in the model's own reply, by model(client, { meter }) " +
  "for a traced client, by meterCall(call, { usage }) for any other call.";

/** See the head of the file. */
export class CallMaker {
  readonly #parts: CallMakerParts;
  readonly #queue: WorkQueue;
  readonly #warnings = new Set<string>();

  constructor(making: CallMakerParts) {
    this.#parts = making;
    this.#queue = new WorkQueue(making.concurrency);
  }

  /**
   * Makes a call: those of the judge and the optimizer first. Calls that a call itself makes belong to it: they do not
   * wait in the queue.
   */
  make<T>(call: ExternalCall<T>, start: CallStart, manner: CallManner): Promise<T> {
    const make = (): Promise<T> => this.#make(call, start, manner);
    return manner.outer === undefined ? this.#queue.run(urgencyAt(pathOf(start.key)), make) : make();
  }

  async #make<T>(call: ExternalCall<T>, start: CallStart, { isRecorded, outer }: CallManner): Promise<T> {
    const { accounts, clock, around, onSpent } = this.#parts;
    throwIfAborted(call.signal);
    this.#warnOfUnseen(start);
    const pending = await PendingCall.begin({ ...accounts, isRecorded }, start, call.signal);
    const began = clock();
    let reply: T;
    try {
      reply = await intercepted(around(pending), () => call.perform(call.signal, pending));
    } catch (thrown) {
      const error = isAbort(thrown) ? (thrown as Error) : externalError(call.to, thrown);
      await pending.failed(error, codeOf(error, thrown));
      onSpent();
      // A call of the user fails with its own error. A call of a model fails as models do, also where its reply is not
      // recorded.
      throw isRecorded || (call.request !== undefined && outer === undefined) ? error : thrown;
    }
    const seconds = Math.max(0, clock() - began) / 1000;
    const json = isRecorded ? encode(reply) : undefined;
    const usage = call.usage(reply);
    const isCounted = await pending.done({ reply: json, usage, model: modelOf(reply), seconds });
    onSpent();
    if (!isCounted) this.requireUsage(start, call.usageFix);
    // The value that a resumed run will read, so that both runs see the same.
    return json === undefined ? reply : (decode(json) as T);
  }

  /** Counts a call that was already made and paid for when it was recognized as a call. */
  async countPaid<T>(call: ExternalCall<T>, start: CallStart): Promise<T> {
    const reply = await call.perform(call.signal, uncounted);
    this.#warnOfUnseen(start);
    await this.#count(start);
    this.#parts.onSpent();
    return reply;
  }

  /**
   * Takes a reply that is at hand: nothing is counted. Where there is a `start` it is recorded, marked as one whose
   * cost is not its own. Rejects when it is too large for one record of the journal, as any other reply.
   */
  async keep<T>(call: ExternalCall<T>, start: CallStart | undefined): Promise<T> {
    const reply = await call.perform(call.signal, uncounted);
    if (start === undefined) return reply;
    const { store } = this.#parts.accounts;
    const { key } = start;
    const json = encode(reply);
    const done: CallDone = { key, reply: json, usage: none, model: modelOf(reply), seconds: 0, outer: true };
    await Promise.all([
      store.append("call.start", { ...start, most: none } as unknown as Json),
      store.append("call.done", done as unknown as Json),
    ]);
    // As in `#make`: what a resumed run will read.
    return decode(json) as T;
  }

  /** Counts a call at its upper bound. Throws when the budget does not allow it. */
  instantly(start: CallStart): void {
    this.#parts.accounts.ledger.check(start);
    // What cannot be written stays in the memory of the writer, and its next record fails as well.
    this.#count(start).catch(() => undefined);
  }

  /** Counts a call that was not granted, with everything that it may have used. */
  async #count(start: CallStart): Promise<void> {
    const { ledger, store } = this.#parts.accounts;
    ledger.count(start, start.most);
    const done: CallDone = { key: start.key, usage: start.most, model: null, seconds: 0 };
    await Promise.all([
      store.append("call.start", start as unknown as Json),
      store.append("call.done", done as unknown as Json),
    ]);
  }

  /**
   * For a reply that does not report its use.
   * @throws ExternalCallError `"uncounted"` when a limit depends on that; otherwise the user is warned.
   */
  requireUsage(call: Called, fix: string = usageFix): void {
    const limit = this.#parts.accounts.ledger.limitBlindTo(call);
    const { to } = call;
    if (limit !== undefined) {
      const text =
        `budget.${limit} cannot be enforced: a reply of ${to} does not say how many tokens it used. ${fix} Or ` +
        `remove budget.${limit}.`;
      throw new ExternalCallError("uncounted", text);
    }
    this.warn(
      `Replies of ${to} do not say how many tokens they used, so the tokens and dollars of this run do not include ` +
        `them. ${fix}`,
    );
  }

  /** Warns once, under a limit, of a call that may be a model call and reports no use. */
  warnOfUnknown(name: string): void {
    if (!this.#parts.accounts.ledger.limitsCalls) return;
    this.warn(
      `"${name}" of the traced client was called, and it is not known whether it calls a model, so the budget does ` +
        "not " +
        "include it. If it does, give model(client, { meter }); if not, a meter that returns undefined ends this " +
        "warning.",
    );
  }

  /** Warns once, under a limit, when no call of the program has been seen before the first call of the optimizer. */
  #warnOfUnseen({ key }: CallStart): void {
    const { ledger } = this.#parts.accounts;
    if (roleOf(key) !== "optimizer" || !ledger.limitsCalls || ledger.tally.callsOf("agent") > 0) return;
    this.warn(
      "The run has seen no model call of the program, so the budget covers only the optimizer and the judge. If the " +
        "program calls a model, wrap it: meter(model) for a model of your own, model(client) for the client of an " +
        "SDK, " +
        "meterCall(call, …) for any other call.",
    );
  }

  /** Warns the user, once for each message. */
  warn(message: string): void {
    if (this.#warnings.has(message)) return;
    this.#warnings.add(message);
    this.#parts.onWarning(message);
  }
}

function modelOf(reply: unknown): string | null {
  const { model } = (reply ?? {}) as { readonly model?: unknown };
  return typeof model === "string" ? model : null;
}

function externalError(to: string, thrown: unknown): TracegradError {
  if (thrown instanceof ExternalCallError) return thrown;
  if (!(thrown instanceof TracegradError)) {
    const refused = `${to} rejected the request: ${messageOf(thrown)}`;
    if (outageOf(thrown) === "program") return new TracegradError("model-bad-request", refused, { cause: thrown });
    return new ExternalCallError("call-failed", `The call to ${to} failed: ${messageOf(thrown)}`, { cause: thrown });
  }
  if (thrown.code === "model-bad-request") return thrown;
  return new ExternalCallError(thrown.code, thrown.message, { cause: thrown });
}

/**
 * The code with which a failure is recorded. A client whose server refused the request throws an error with its status.
 */
function codeOf(error: Error, thrown: unknown): string {
  if (!(error instanceof TracegradError)) return "abort";
  const { status } = (error.code === "call-failed" ? (thrown ?? {}) : {}) as { readonly status?: unknown };
  return typeof status === "number" && status >= 400 ? "model-unavailable" : error.code;
}
