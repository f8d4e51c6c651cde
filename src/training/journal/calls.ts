/** Stands between a run and the world: answers calls from the journal, keeps new ones there, limits and counts them. */

import { throwIfAborted } from "../../util/abort.ts";
import { decode } from "../../util/decode.ts";
import { ExternalCallError, TracegradError } from "../../util/errors.ts";
import type { ExternalCall, InstantCall, Intercept } from "../../util/external-call.ts";
import { requirePositive } from "../../util/require.ts";
import type { Budget, RunCost, Spent } from "../types.ts";
import { checkBudget, Ledger } from "./budget.ts";
import { isSealed, keyOf } from "./call-key.ts";
import { Maker } from "./call-maker.ts";
import type { CallDone, CallStart, RequestMark } from "./history.ts";
import type { UnderWay } from "./pending-call.ts";
import { differingField, markOf, mostOf, Places, requestHash } from "./request.ts";
import type { RunStore } from "./store.ts";
import type { PossiblyPaid } from "./tally.ts";
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
  /** Called with what a user should know of the accounts, each sentence once. */
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
  /** What each of the runs that were judged so far has cost. */
  costOf(judged: number): RunCost;
  /** Keeps the cost of so many evaluations back; 0 runs give it free. */
  reserve(runs: number, cost: RunCost): void;
}

/**
 * Keeps every call to the world outside in `store`. A call that the journal has the answer to is not made again: its
 * key is the path from which it is made, the hash of the request, and its index among the identical requests of that
 * path since the last checkpoint. A new call is checked against the budget, is written down before it is made, and its
 * reply reaches the program only when it is durable. A failed call is made again when the run is resumed, unless the
 * model could not take the request. What fails is thrown as an ExternalCallError, but for `"model-bad-request"`, which
 * the program is to blame for.
 *
 * A call without a request, and what a judge asks about a sealed example, is counted and held in the same way, but its
 * reply is not kept: a resumed run makes it again. Its failure is thrown as it is. A call that makes further calls is
 * not counted: those are.
 *
 * `intercept` rejects with ExternalCallError `"budget"` and `"no-price"` before anything is spent; `"uncounted"` when a
 * limit depends on what a reply does not say; `"replay-divergence"` when the journal has another request at this place
 * of the run; and with what `store.append` throws.
 * @throws TracegradError `"bad-option"` at once for options that cannot be.
 */
export function journaledCalls(store: RunStore, options: CallsOptions): Calls {
  requirePositive("concurrency", options.concurrency);
  checkBudget(options.budget ?? {});
  checkPrices(options.prices ?? {});
  const calls = new JournaledCalls(store, options);
  return {
    intercept: calls.interceptAround(undefined),
    spent: () => calls.spent(),
    possiblyPaid: () => calls.possiblyPaid(),
    costOf: (judged) => calls.costOf(judged),
    reserve: (runs, cost) => calls.reserve(runs, cost),
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

class JournaledCalls {
  readonly #store: RunStore;
  readonly #options: CallsOptions;
  readonly #clock: () => number;
  readonly #began: number;
  readonly #ledger: Ledger;
  readonly #maker: Maker;
  readonly #paths = new Map<string, PathCalls>();
  #era = 0;
  /** Whether a call has been made since the last checkpoint whose reply is not kept: what follows may differ. */
  #byChance = false;

  constructor(store: RunStore, options: CallsOptions) {
    this.#store = store;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#began = this.#clock();
    const { budget = {}, prices = {} } = options;
    const seconds = (): number => this.#seconds();
    this.#ledger = new Ledger({ tally: store.history.tally.copy(), budget, prices, seconds });
    const { onSpent } = options;
    this.#maker = new Maker({
      books: { store, ledger: this.#ledger },
      concurrency: options.concurrency,
      clock: this.#clock,
      onSpent: () => onSpent?.(this.spent()),
      onWarning: options.onWarning ?? (() => undefined),
      around: (outer) => this.interceptAround(outer),
    });
  }

  /** What stands between the world and the run, or a call of the run that makes calls of its own. */
  interceptAround(outer: UnderWay | undefined): Intercept {
    const intercept: Intercept = (call, path) => this.#intercept(call, path, outer);
    return Object.assign(intercept, {
      instantly: (call: InstantCall, path: string) => {
        outer?.becomeOuter();
        this.#instantly(call, path);
      },
      unknown: (name: string) => this.#maker.warnOfUnknown(name),
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
      possiblyPaid: tally.possiblyPaid.length,
      byRole: tally.byRole(prices),
    };
  }

  costOf(judged: number): RunCost {
    return this.#ledger.costOf(judged, this.#store.earlierSeconds + this.#seconds());
  }

  reserve(runs: number, cost: RunCost): void {
    this.#ledger.reserve(runs, cost);
  }

  possiblyPaid(): readonly PossiblyPaid[] {
    return [...this.#ledger.tally.possiblyPaid];
  }

  async #intercept<T>(call: ExternalCall<T>, path: string, outer: UnderWay | undefined): Promise<T> {
    outer?.becomeOuter();
    // The reply of the call around it is kept, and with it all that comes of this one.
    const isCovered = outer?.isKept === true;
    if (call.request === undefined || isCovered || isSealed(path)) return this.#notKept(call, path, outer);
    // Numbered before anything is awaited: the order of the calls is the program's.
    const calls = this.#callsOf(path);
    const key = keyIn(path, calls, requestHash(call.to, call.request));
    const at = calls.places.next();
    try {
      return await this.#answer(call, { path, calls, key, at }, outer);
    } finally {
      calls.places.end();
    }
  }

  #notKept<T>(call: ExternalCall<T>, path: string, outer: UnderWay | undefined): Promise<T> {
    const start = this.#startOf(call, path, outer);
    if (call.made === true) return this.#maker.counted(call, start);
    return this.#maker.make(call, start, { isKept: false, outer });
  }

  #instantly({ to, most }: InstantCall, path: string): void {
    const call = { to, request: undefined, signal: undefined, most, usage: () => undefined };
    this.#maker.instantly(this.#startOf({ ...call, perform: async () => undefined }, path, undefined));
  }

  #startOf<T>(call: ExternalCall<T>, path: string, outer: UnderWay | undefined): CallStart {
    const key = keyIn(path, this.#callsOf(path), requestHash(call.to, ["not kept"]));
    if (outer?.isKept !== true) this.#byChance = true;
    const inside = outer === undefined ? {} : { inside: outer.start.key };
    return { key, at: null, to: call.to, fields: {}, tail: "", most: this.#mostOf(call), ...inside, ...freeOf(call) };
  }

  #mostOf<T>(call: ExternalCall<T>): CallUsage {
    return mostOf(call, this.#options.maxTokens ?? 8192);
  }

  #callsOf(path: string): PathCalls {
    if (this.#era !== this.#store.era) {
      this.#paths.clear();
      this.#byChance = false;
    }
    this.#era = this.#store.era;
    const known = this.#paths.get(path) ?? { places: new Places(), counts: new Map<string, number>(), ordered: true };
    this.#paths.set(path, known);
    return known;
  }

  async #answer<T>(call: ExternalCall<T>, spot: Spot, outer: UnderWay | undefined): Promise<T> {
    const { to, request } = call;
    const { path, calls, key, at } = spot;
    throwIfAborted(call.signal);
    const there = at === null ? undefined : this.#store.history.markAt(path, at);
    const kept = (await this.#store.answered(key)) as CallDone | undefined;
    const refusal = this.#store.history.refusalOf(key);
    if (there !== undefined && there.key !== key && (kept ?? refusal) !== undefined) calls.ordered = false;
    if (kept?.reply !== undefined) {
      this.#ledger.noteBound({ key, to, most: this.#mostOf(call), ...freeOf(call) });
      if (kept.usage === null) this.#maker.requireUsage({ to, ...freeOf(call) });
      return decode(kept.reply) as T;
    }
    if (refusal !== undefined) throw new TracegradError(refusal.code, refusal.message);
    const inside = outer === undefined ? {} : { inside: outer.start.key };
    const start: CallStart = { key, at, ...markOf(to, request), most: this.#mostOf(call), ...inside, ...freeOf(call) };
    if (there !== undefined && calls.ordered && !this.#byChance) checkSame(path, there, start);
    return this.#maker.make(call, start, { isKept: true, outer });
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

/** Throws when the journal has another request at the place of this one. */
function checkSame(path: string, there: RequestMark, start: CallStart): void {
  const field = differingField(there, start);
  if (field === undefined) return;
  throw new ExternalCallError(
    "replay-divergence",
    `The run asks another question than before at ${path === "" ? "its start" : JSON.stringify(path)}, call ${start.at}: ` +
      `the ${field} differs. The journal's request of ${there.to} ends ${JSON.stringify(there.tail)}; this one of ` +
      `${start.to} ends ${JSON.stringify(start.tail)}. The program, its data or a setting has changed since the run was ` +
      "begun: restore it, or begin a new run in another folder.",
  );
}
