/** Stands between a run and the world: answers calls from the journal, keeps new ones there, limits and counts them. */

import pLimit, { type LimitFunction } from "p-limit";
import { decode, encode, type Json } from "../../util/encode.ts";
import { isAbort, messageOf, OutsideError, TracegradError } from "../../util/errors.ts";
import { type Intercept, intercepted, type OutsideCall } from "../../util/outside.ts";
import { requirePositive } from "../../util/require.ts";
import type { Budget, Spent } from "../types.ts";
import { checkBudget, type Grant, Ledger } from "./budget.ts";
import type { CallDone, CallFail, CallStart, PossiblyPaid, RequestMark } from "./history.ts";
import { keyOf } from "./key.ts";
import { differingField, markOf, mostOf, Places, requestHash } from "./request.ts";
import type { RunStore } from "./store.ts";
import { type CallUsage, checkPrices, type Prices } from "./tally.ts";

/** Settings of `journaledCalls`. */
export interface CallsOptions {
  /** The most calls under way at once. */
  readonly concurrency: number;
  /** US dollars per million tokens, by the name under which a model is called. */
  readonly prices?: Prices;
  /** Its `llmCalls`, `tokens`, `usd` and `seconds` are kept here; the others are the loop's own. */
  readonly budget?: Budget;
  /** Milliseconds that only grow. Default: `performance.now`. */
  readonly clock?: () => number;
  /** The most tokens of a reply whose request does not say, for upper bounds. Default 8192. */
  readonly maxTokens?: number;
  /** Called after each call that was made. */
  readonly onSpent?: (spent: Spent) => void;
}

/** The calls of a run. */
export interface Calls {
  /** For `intercepted`. */
  readonly intercept: Intercept;
  /** What the calls of all processes of the run have spent. `steps` and `metricCalls` are 0: the loop counts those. */
  spent(): Spent;
  /** The calls that `spent().possiblyPaid` counts. */
  possiblyPaid(): readonly PossiblyPaid[];
}

/** Errors after which nothing was billed. */
const FREE: ReadonlySet<string> = new Set([
  ...["model-config", "model-bad-request", "model-unavailable"],
  ...["no-recorded-answer", "mailbox-timeout", "mailbox-folder", "empty-answer"],
]);

/**
 * Keeps every call to the world outside in `store`. A call that the journal has the answer to is not made again: its key is
 * the path from which it is made, the hash of the request, and its index among the identical requests of that path since the
 * last checkpoint. A new call is checked against the budget, is written down before it is made, and its reply reaches the
 * program only when it is durable. A failed call is made again when the run is resumed, unless the model could not take the
 * request. What fails is thrown as an OutsideError, but for `"model-bad-request"`, which the program is to blame for.
 *
 * `intercept` rejects with OutsideError `"budget"` and `"no-price"` before anything is spent; `"replay-divergence"` when the
 * journal has another request at this place of the run; and with what `store.append` throws.
 * @throws TracegradError `"bad-option"` at once for options that cannot be.
 */
export function journaledCalls(store: RunStore, options: CallsOptions): Calls {
  requirePositive("concurrency", options.concurrency);
  checkBudget(options.budget ?? {});
  checkPrices(options.prices ?? {});
  const calls = new JournaledCalls(store, options);
  return {
    intercept: (call, path) => calls.intercept(call, path),
    spent: () => calls.spent(),
    possiblyPaid: () => calls.possiblyPaid(),
  };
}

/** What is known of the calls of a path since the last checkpoint. */
interface PathCalls {
  readonly places: Places;
  /** How often each request was made, by its hash. */
  readonly counts: Map<string, number>;
  /** False once a request came at another place than before: calls side by side, whose order is left to chance. */
  ordered: boolean;
}

/** Where in the run a call comes. */
interface Spot {
  readonly path: string;
  readonly calls: PathCalls;
  readonly key: string;
  readonly at: string | null;
}

/** A call that is to be made. */
interface NewCall<T> {
  readonly call: OutsideCall<T>;
  readonly key: string;
  readonly start: CallStart;
}

class JournaledCalls {
  readonly #store: RunStore;
  readonly #options: CallsOptions;
  readonly #clock: () => number;
  readonly #began: number;
  readonly #limit: LimitFunction;
  readonly #ledger: Ledger;
  readonly #paths = new Map<string, PathCalls>();
  #era = 0;

  constructor(store: RunStore, options: CallsOptions) {
    this.#store = store;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#began = this.#clock();
    this.#limit = pLimit(options.concurrency);
    const { budget = {}, prices = {} } = options;
    const seconds = (): number => this.#seconds();
    this.#ledger = new Ledger({ tally: store.history.tally.copy(), budget, prices, seconds });
  }

  spent(): Spent {
    const { tally } = this.#ledger;
    const { prices = {} } = this.#options;
    return {
      steps: 0,
      metricCalls: 0,
      llmCalls: tally.calls,
      ...tally.tokens,
      usd: tally.usd(prices),
      seconds: this.#store.earlierSeconds + this.#seconds(),
      possiblyPaid: tally.possiblyPaid.length,
      byRole: tally.byRole(prices),
    };
  }

  possiblyPaid(): readonly PossiblyPaid[] {
    return [...this.#ledger.tally.possiblyPaid];
  }

  async intercept<T>(call: OutsideCall<T>, path: string): Promise<T> {
    // Numbered before anything is awaited: the order of the calls is the program's.
    const hash = requestHash(call.to, call.request);
    const calls = this.#callsOf(path);
    const index = calls.counts.get(hash) ?? 0;
    calls.counts.set(hash, index + 1);
    const at = calls.places.next();
    try {
      return await this.#answer(call, { path, calls, key: keyOf(path, hash, index), at });
    } finally {
      calls.places.end();
    }
  }

  #callsOf(path: string): PathCalls {
    if (this.#era !== this.#store.era) this.#paths.clear();
    this.#era = this.#store.era;
    const known = this.#paths.get(path) ?? { places: new Places(), counts: new Map<string, number>(), ordered: true };
    this.#paths.set(path, known);
    return known;
  }

  async #answer<T>(call: OutsideCall<T>, spot: Spot): Promise<T> {
    const { to, request } = call;
    const { path, calls, key, at } = spot;
    throwIfAborted(call.signal);
    const there = at === null ? undefined : this.#store.history.markAt(path, at);
    const kept = (await this.#store.answered(key)) as CallDone | undefined;
    const refusal = this.#store.history.refusalOf(key);
    if (there !== undefined && there.key !== key && (kept ?? refusal) !== undefined) calls.ordered = false;
    if (kept !== undefined) return decode(kept.reply) as T;
    if (refusal !== undefined) throw new TracegradError(refusal.code, refusal.message);
    const start = { key, at, ...markOf(to, request), most: mostOf(request, this.#options.maxTokens ?? 8192) };
    if (there !== undefined && calls.ordered) checkSame(path, there, start);
    return this.#limit(() => this.#make({ call, key, start }));
  }

  async #make<T>({ call, key, start }: NewCall<T>): Promise<T> {
    throwIfAborted(call.signal);
    const grant = await this.#ledger.grant({ key, to: call.to, most: start.most }, call.signal);
    try {
      await this.#store.append("call.start", start as unknown as Json);
    } catch (thrown) {
      grant.cancel();
      throw thrown;
    }
    const began = this.#clock();
    let reply: T;
    try {
      // Calls that this call itself makes are part of it: they must not wait for its own place in the queue.
      reply = await intercepted(passOn, () => call.perform(call.signal));
    } catch (thrown) {
      throw await this.#failed(call.to, { key, grant, thrown });
    }
    const seconds = Math.max(0, this.#clock() - began) / 1000;
    return this.#answered(reply, { key, grant, seconds, most: start.most });
  }

  async #answered<T>(
    reply: T,
    { key, grant, seconds, most }: { key: string; grant: Grant; seconds: number; most: CallUsage },
  ): Promise<T> {
    const usage = usageOf(reply, most);
    grant.settle(usage);
    const { model } = (reply ?? {}) as { readonly model?: unknown };
    const json = encode(reply);
    const done: CallDone = { key, reply: json, usage, model: typeof model === "string" ? model : null, seconds };
    await this.#store.append("call.done", done as unknown as Json);
    this.#options.onSpent?.(this.spent());
    // As a resumed run will read it, so that both see the same.
    return decode(json) as T;
  }

  /** Keeps the failure; gives the error to throw. */
  async #failed(to: string, { key, grant, thrown }: { key: string; grant: Grant; thrown: unknown }): Promise<unknown> {
    const error = isAbort(thrown) ? (thrown as Error) : outsideError(to, thrown);
    const code = error instanceof TracegradError ? error.code : "abort";
    const free = FREE.has(code);
    grant.settle(free ? "free" : "lost");
    const fail: CallFail = { key, code, message: error.message, free };
    await this.#store.append("call.fail", fail as unknown as Json);
    this.#options.onSpent?.(this.spent());
    return error;
  }

  #seconds(): number {
    return Math.max(0, this.#clock() - this.#began) / 1000;
  }
}

/** Throws when the journal has another request at the place of this one. */
function checkSame(path: string, there: RequestMark, start: CallStart): void {
  const field = differingField(there, start);
  if (field === undefined) return;
  throw new OutsideError(
    "replay-divergence",
    `The run asks another question than before at ${path === "" ? "its start" : JSON.stringify(path)}, call ${start.at}: ` +
      `the ${field} differs. The journal's request of ${there.to} ends ${JSON.stringify(there.tail)}; this one of ` +
      `${start.to} ends ${JSON.stringify(start.tail)}. The program, its data or a setting has changed since the run was ` +
      "begun: restore it, or begin a new run in another folder.",
  );
}

const passOn: Intercept = (call) => call.perform(call.signal);

function outsideError(to: string, thrown: unknown): TracegradError {
  if (thrown instanceof OutsideError) return thrown;
  if (!(thrown instanceof TracegradError)) {
    return new OutsideError("outside-failed", `The call of ${to} failed: ${messageOf(thrown)}`, { cause: thrown });
  }
  if (thrown.code === "model-bad-request") return thrown;
  return new OutsideError(thrown.code, thrown.message, { cause: thrown });
}

/** What the reply says that it cost; nothing for replies that count no tokens; the most for counts that cannot be. */
function usageOf(reply: unknown, most: CallUsage): CallUsage {
  const { usage } = (reply ?? {}) as { readonly usage?: Partial<CallUsage> | null };
  if (usage === undefined || usage === null) return { inputTokens: 0, outputTokens: 0 };
  const counted = (given: number | undefined, bound: number): number =>
    Number.isFinite(given) && (given as number) >= 0 ? (given as number) : bound;
  return {
    inputTokens: counted(usage.inputTokens, most.inputTokens),
    outputTokens: counted(usage.outputTokens, most.outputTokens),
  };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (isAbort(signal.reason)) throw signal.reason;
  throw Object.assign(new Error("The call was aborted.", { cause: signal.reason }), { name: "AbortError" });
}
