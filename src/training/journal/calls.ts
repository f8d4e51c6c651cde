/** Handles the external calls of a run: answers them from the journal, records new ones, limits and counts them. */

import { throwIfAborted } from "../../util/abort.ts";
import { decode } from "../../util/decode.ts";
import { ExternalCallError, TracegradError } from "../../util/errors.ts";
import type { ExternalCall, InstantCall, Intercept } from "../../util/external-call.ts";
import { requireWholeNumber } from "../../util/require.ts";
import type { Budget, RunCost, Spent } from "../types.ts";
import { checkBudget, Ledger } from "./budget.ts";
import { isSealed, keyOf, urgencyAt } from "./call-key.ts";
import { CallMaker } from "./call-maker.ts";
import type { CallDone, CallStart, RequestMark } from "./history.ts";
import type { PendingCall } from "./pending-call.ts";
import { CallOrder, differingField, markOf, mostOf, requestHash } from "./request.ts";
import type { RunStore } from "./store.ts";
import type { PossiblyPaid } from "./tally.ts";
import { type CallUsage, checkPrices, type Prices } from "./tally.ts";

/** Settings of `journaledCalls`. */
export interface CallsOptions {
  /** The maximum number of calls in flight. */
  readonly concurrency: number;
  /** US dollars per million tokens, by the name under which a model is called. Default: none. */
  readonly prices?: Prices;
  /** The limits. `llmCalls`, `tokens`, `usd` and `seconds` are enforced here, the others by the loop. Default: none. */
  readonly budget?: Budget;
  /** A monotonic clock in milliseconds. Default: `performance.now`. */
  readonly clock?: () => number;
  /** The maximum tokens of a reply whose request sets no limit, for upper bounds. Default: 8192. */
  readonly maxTokens?: number;
  /** Called after each call. */
  readonly onSpent?: (spent: Spent) => void;
  /** Called with what a user should know about the accounts, each sentence once. */
  readonly onWarning?: (message: string) => void;
}

/** The calls of a run. */
export interface Calls {
  /** For `intercepted`. */
  readonly intercept: Intercept;
  /** What the calls of all processes of the run have spent. `steps` and `evaluations` are 0: the loop counts those. */
  spent(): Spent;
  /** The calls that `spent().possiblyPaid` counts. */
  possiblyPaid(): readonly PossiblyPaid[];
  /** The mean cost of the given number of evaluations so far. */
  costOf(evaluations: number): RunCost;
  /** Reserves the cost of this many evaluations; 0 releases it. */
  reserve(evaluations: number, cost: RunCost): void;
}

/**
 * Records every external call in `store`. A call whose answer is in the journal is not made again: its key is the path
 * from which it is made, the hash of the request, and its index among the identical requests of that path since the
 * last checkpoint. A new call is checked against the budget, written down before it is made, and its reply reaches the
 * program only when it is durable. A failed call is made again when the run is resumed, unless the model rejected the
 * request. Failures are thrown as an ExternalCallError, except `"model-bad-request"`, which is the fault of the
 * program.
 *
 * A call without a request, and a judge's call about a sealed example, is counted and limited in the same way, but its
 * reply is not recorded: a resumed run makes it again. Its failure is thrown as it is. A call that makes further calls
 * is not counted: those are. Nor is one whose reply is at hand.
 *
 * `intercept` rejects with ExternalCallError `"budget"` and `"no-price"` before anything is spent; `"uncounted"` when a
 * limit depends on a number that the reply lacks; `"replay-divergence"` when the journal has another request at this
 * point of the run; and with what `store.append` throws.
 * @throws TracegradError `"bad-option"` at once for invalid options.
 */
export function journaledCalls(store: RunStore, options: CallsOptions): Calls {
  requireWholeNumber("concurrency", options.concurrency);
  checkBudget(options.budget ?? {});
  checkPrices(options.prices ?? {});
  const calls = new JournaledCalls(store, options);
  return {
    intercept: calls.interceptAround(undefined),
    spent: () => calls.spent(),
    possiblyPaid: () => calls.possiblyPaid(),
    costOf: (evaluations) => calls.costOf(evaluations),
    reserve: (evaluations, cost) => calls.reserve(evaluations, cost),
  };
}

/** The calls of a path since the last checkpoint. */
interface PathCalls {
  readonly order: CallOrder;
  /** How often each request was made, by its hash. */
  readonly counts: Map<string, number>;
  /** False once a request came at another position than before: concurrent calls, whose order depends on timing. */
  ordered: boolean;
}

/** The position of a call in the run. */
interface CallPosition {
  readonly path: string;
  readonly calls: PathCalls;
  readonly key: string;
  readonly at: string | null;
}

class JournaledCalls {
  readonly #store: RunStore;
  readonly #options: CallsOptions;
  readonly #clock: () => number;
  readonly #began: number;
  readonly #ledger: Ledger;
  readonly #maker: CallMaker;
  readonly #paths = new Map<string, PathCalls>();
  #checkpoints = 0;
  /**
   * Whether a call whose reply is not recorded has been made since the last checkpoint: the rest of the run may
   * diverge.
   */
  #mayDiverge = false;

  constructor(store: RunStore, options: CallsOptions) {
    this.#store = store;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#began = this.#clock();
    const { budget = {}, prices = {} } = options;
    const seconds = (): number => this.#seconds();
    this.#ledger = new Ledger({ tally: store.history.tally.copy(), budget, prices, seconds });
    const { onSpent } = options;
    this.#maker = new CallMaker({
      accounts: { store, ledger: this.#ledger },
      concurrency: options.concurrency,
      clock: this.#clock,
      onSpent: () => onSpent?.(this.spent()),
      onWarning: options.onWarning ?? (() => undefined),
      around: (outer) => this.interceptAround(outer),
    });
  }

  /** The interceptor for the run, or for the calls that one call of the run makes. */
  interceptAround(outer: PendingCall | undefined): Intercept {
    const intercept: Intercept = (call, path) => this.#intercept(call, path, outer);
    return Object.assign(intercept, {
      instantly: (call: InstantCall, path: string) => {
        outer?.becomeOuter();
        this.#instantly(call, path);
      },
      unknown: (name: string) => this.#maker.warnOfUnknown(name),
      warning: (text: string) => this.#maker.warn(text),
      // Others wait for what the judge and the optimizer say; of rollouts there are many.
      urgency: urgencyAt,
    });
  }

  spent(): Spent {
    const { tally } = this.#ledger;
    const { prices = {} } = this.#options;
    return {
      steps: 0,
      evaluations: 0,
      llmCalls: tally.calls,
      ...tally.tokens,
      usd: tally.usd(prices),
      seconds: this.#store.earlierSeconds + this.#seconds(),
      possiblyPaid: tally.possiblyPaid(prices).length,
      byRole: tally.byRole(prices),
    };
  }

  costOf(evaluations: number): RunCost {
    return this.#ledger.costOf(evaluations, this.#store.earlierSeconds + this.#seconds());
  }

  reserve(evaluations: number, cost: RunCost): void {
    this.#ledger.reserve(evaluations, cost);
  }

  possiblyPaid(): readonly PossiblyPaid[] {
    return this.#ledger.tally.possiblyPaid(this.#options.prices ?? {});
  }

  async #intercept<T>(call: ExternalCall<T>, path: string, outer: PendingCall | undefined): Promise<T> {
    outer?.becomeOuter();
    // The reply of the outer call is recorded, and with it everything that comes of this call.
    const isCovered = outer?.isRecorded === true;
    if (call.request === undefined || isCovered || isSealed(path)) return this.#unrecorded(call, path, outer);
    // Numbered before anything is awaited: the program decides the order of the calls.
    const calls = this.#callsOf(path);
    const key = keyIn(path, calls, requestHash(call.to, call.request));
    const at = calls.order.next();
    try {
      return await this.#answer(call, { path, calls, key, at }, outer);
    } finally {
      calls.order.end();
    }
  }

  #unrecorded<T>(call: ExternalCall<T>, path: string, outer: PendingCall | undefined): Promise<T> {
    const start = this.#startOf(call, path, outer);
    if (call.isPaid === true) return this.#maker.countPaid(call, start);
    if (call.isAtHand === true) return this.#maker.keep(call, undefined);
    return this.#maker.make(call, start, { isRecorded: false, outer });
  }

  #instantly({ to, most }: InstantCall, path: string): void {
    const call = { to, request: undefined, signal: undefined, most, usage: () => undefined };
    this.#maker.instantly(this.#startOf({ ...call, perform: async () => undefined }, path, undefined));
  }

  #startOf<T>(call: ExternalCall<T>, path: string, outer: PendingCall | undefined): CallStart {
    const key = keyIn(path, this.#callsOf(path), requestHash(call.to, ["not kept"]));
    if (outer?.isRecorded !== true) this.#mayDiverge = true;
    const inside = outer === undefined ? {} : { inside: outer.start.key };
    return { key, at: null, to: call.to, fields: {}, tail: "", most: this.#mostOf(call), ...inside, ...freeOf(call) };
  }

  #mostOf<T>(call: ExternalCall<T>): CallUsage {
    return mostOf(call, this.#options.maxTokens ?? 8192);
  }

  #callsOf(path: string): PathCalls {
    if (this.#checkpoints !== this.#store.checkpoints) {
      this.#paths.clear();
      this.#mayDiverge = false;
    }
    this.#checkpoints = this.#store.checkpoints;
    const known = this.#paths.get(path) ?? { order: new CallOrder(), counts: new Map<string, number>(), ordered: true };
    this.#paths.set(path, known);
    return known;
  }

  async #answer<T>(call: ExternalCall<T>, position: CallPosition, outer: PendingCall | undefined): Promise<T> {
    const { to, request } = call;
    const { path, calls, key, at } = position;
    throwIfAborted(call.signal);
    const there = at === null ? undefined : this.#store.history.markAt(path, at);
    const answer = (await this.#store.answerTo(key)) as CallDone | undefined;
    const refusal = this.#store.history.refusalOf(key);
    if (there !== undefined && there.key !== key && (answer ?? refusal) !== undefined) calls.ordered = false;
    if (answer?.reply !== undefined) {
      this.#ledger.noteBound({ key, to, most: this.#mostOf(call), ...freeOf(call) });
      if (answer.usage === null) this.#maker.requireUsage({ to, ...freeOf(call) }, call.usageFix);
      return decode(answer.reply) as T;
    }
    if (refusal !== undefined) throw new TracegradError(refusal.code, refusal.message);
    const inside = outer === undefined ? {} : { inside: outer.start.key };
    const start: CallStart = { key, at, ...markOf(to, request), most: this.#mostOf(call), ...inside, ...freeOf(call) };
    if (there !== undefined && calls.ordered && !this.#mayDiverge) checkSame(path, there, start);
    if (call.isAtHand === true) return this.#maker.keep(call, start);
    return this.#maker.make(call, start, { isRecorded: true, outer });
  }

  #seconds(): number {
    return Math.max(0, this.#clock() - this.#began) / 1000;
  }
}

function freeOf({ free }: Pick<ExternalCall<never>, "free">): Pick<CallStart, "free"> {
  return free === true ? { free } : {};
}

/** The key of the next call of a path with this hash. */
function keyIn(path: string, { counts }: PathCalls, hash: string): string {
  const index = counts.get(hash) ?? 0;
  counts.set(hash, index + 1);
  return keyOf(path, hash, index);
}

/** Throws when the journal has another request at the position of this one. */
function checkSame(path: string, there: RequestMark, start: CallStart): void {
  const field = differingField(there, start);
  if (field === undefined) return;
  throw new ExternalCallError(
    "replay-divergence",
    `The run makes another request than before at ${path === "" ? "its start" : JSON.stringify(path)}, call ` +
      `${start.at}: ` +
      `the ${field} differs. The request of ${there.to} in the journal ends ${JSON.stringify(there.tail)}; this one ` +
      "of " +
      `${start.to} ends ${JSON.stringify(start.tail)}. The program, its data or a setting has changed since the run ` +
      "began: restore it, or begin a new run in another folder.",
  );
}
