/**
 * Keeps calls within a budget: a call may begin when its upper bound still fits beside what is spent and what is in
 * flight.
 */

import { throwIfAborted, untilAborted } from "../../util/abort.ts";
import { ExternalCallError, TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import type { Budget, RunCost } from "../types.ts";
import { roleOf } from "./call-key.ts";
import type { PossiblyPaid } from "./tally.ts";
import { type Called, type CallUsage, costOf, isFree, none, type Prices, priceOf, type Tally } from "./tally.ts";

/** What a ledger works with. */
export interface LedgerOptions {
  /** What earlier processes have spent. The ledger adds to it. */
  readonly tally: Tally;
  readonly budget: Budget;
  readonly prices: Prices;
  /** Seconds of this process. */
  readonly seconds: () => number;
}

/**
 * How a request ended: what it used; `free`; `lost`, when it may have been charged; `silent`, when it was charged and
 * its use is unknown.
 */
export type Settlement = CallUsage | "free" | "lost" | "silent";

/** A request that may begin. */
export interface Grant {
  /** Reports the end of the request. */
  settle(how: Settlement): void;
  /** Reports that the request was never made. */
  cancel(): void;
}

type CallAmounts = RunCost["mean"];

/** A limit that calls would exceed. */
interface Overrun {
  readonly name: keyof CallAmounts;
  readonly most: number;
  readonly needed: number;
  /** The part of it that is reserved for later. */
  readonly reserved: number;
}

function reservedText(reserved: number): string {
  return reserved === 0 ? "" : `, and ${Number(reserved.toPrecision(3))} are reserved for the decision at the end`;
}

/** Evaluations of a finalist may cost more than the mean so far, and calls may be lost or repeated. */
const margin = 1.1;

const nothing: CallAmounts = { llmCalls: 0, tokens: 0, usd: 0, seconds: 0 };

/** Counts what calls spend, and decides whether another one may begin. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #isLimited: boolean;
  readonly #underWay = new Set<PossiblyPaid>();
  #largest: RunCost["largest"] = { tokens: 0, usd: 0 };
  #reserve: CallAmounts = nothing;
  #waiting: (() => void)[] = [];

  constructor(options: LedgerOptions) {
    this.#options = options;
    const { llmCalls, tokens, usd, seconds } = options.budget;
    this.#isLimited = [llmCalls, tokens, usd, seconds].some((most) => most !== undefined);
  }

  /** What is spent so far. */
  get tally(): Tally {
    return this.#options.tally;
  }

  /**
   * Waits until the upper bounds of the calls in flight leave room for this one, and takes that room.
   * @throws ExternalCallError `"budget"` when it would not fit even if those cost nothing; `"no-price"` when there is a
   * budget in dollars and no price for the model. Nothing is spent then. An AbortError as soon as `signal` aborts.
   */
  async grant(call: PossiblyPaid, signal: AbortSignal | undefined): Promise<Grant> {
    for (;;) {
      throwIfAborted(signal);
      this.check(call);
      if (this.#underWay.size === 0 || this.#overrun([...this.#underWay, call]) === undefined) break;
      await untilAborted(new Promise<void>((resolve) => this.#waiting.push(resolve)), signal);
    }
    this.#underWay.add(call);
    this.noteBound(call);
    return { settle: (how) => this.#settle(call, how), cancel: () => this.#end(call) };
  }

  /**
   * The cost of an evaluation so far. A run records it with each round, so that a continued run reserves the same
   * amount.
   * @param evaluations The number of evaluations so far, at least 1.
   * @param seconds The duration of all processes of the run so far.
   */
  costOf(evaluations: number, seconds: number): RunCost {
    const { tally, prices } = this.#options;
    const { agent, judge } = tally.byRole(prices);
    const tokensOf = ({ inputTokens, outputTokens }: typeof agent): number => inputTokens + outputTokens;
    return {
      mean: {
        llmCalls: (agent.llmCalls + judge.llmCalls) / evaluations,
        tokens: (tokensOf(agent) + tokensOf(judge)) / evaluations,
        usd: ((agent.usd ?? 0) + (judge.usd ?? 0)) / evaluations,
        seconds: seconds / evaluations,
      },
      largest: this.#largest,
    };
  }

  /**
   * Reserves part of the budget: the expected cost of this many evaluations, plus a tenth. No call may use it until it
   * is released by `reserve(0)`.
   */
  reserve(evaluations: number, { mean, largest }: RunCost): void {
    this.#raiseLargest(largest);
    // A call begins only when its upper bound fits.
    const { tokens, usd } = this.#largest;
    this.#reserve =
      evaluations === 0
        ? nothing
        : {
            llmCalls: Math.ceil(margin * evaluations * mean.llmCalls),
            tokens: margin * evaluations * mean.tokens + tokens,
            usd: margin * evaluations * mean.usd + usd,
            seconds: margin * evaluations * mean.seconds,
          };
  }

  /**
   * The limit that cannot be enforced for a callee that does not report its use; undefined when no limit depends on
   * that.
   */
  limitBlindTo(call: Called): "tokens" | "usd" | undefined {
    const { budget, prices } = this.#options;
    if (budget.tokens !== undefined) return "tokens";
    return budget.usd === undefined || isFree(priceOf(prices, call)) ? undefined : "usd";
  }

  /** Whether a limit depends on the number of calls or on what they use. */
  get limitsCalls(): boolean {
    const { llmCalls, tokens, usd } = this.#options.budget;
    return [llmCalls, tokens, usd].some((most) => most !== undefined);
  }

  /** Throws as `grant` does when the call would not fit even if the calls in flight cost nothing. */
  check(call: PossiblyPaid): void {
    const over = this.#overrun([call]);
    if (over === undefined) return;
    const { most, needed, reserved } = over;
    const unit = { llmCalls: "model calls", tokens: "tokens", usd: "US dollars", seconds: "seconds" }[over.name];
    throw new ExternalCallError(
      "budget",
      `The budget of ${most} ${unit} (budget.${over.name}) does not allow this call of ${call.to}: with its upper ` +
        "bound the " +
        `run would have spent ${Number(needed.toPrecision(6))}${reservedText(reserved)}. The call was not made. ` +
        `Raise budget.${over.name}${boundOf[over.name]}.`,
    );
  }

  #overrun(calls: readonly PossiblyPaid[]): Overrun | undefined {
    // Without a limit there is nothing to add up for each call that begins.
    if (!this.#isLimited) return undefined;
    const needed = this.#with(calls);
    for (const name of Object.keys(needed) as (keyof CallAmounts)[]) {
      const most = this.#options.budget[name];
      // Sums of prices have rounding errors, and a budget for exactly ten calls must pay for ten calls.
      const reserved = this.#reserve[name];
      if (most !== undefined && needed[name] + reserved > most * (1 + 1e-12))
        return { name, most, needed: needed[name], reserved };
    }
    return undefined;
  }

  /** The maximum that will be spent once these calls are made. Calls in flight count as calls already. */
  #with(calls: readonly PossiblyPaid[]): CallAmounts {
    const { tally, seconds } = this.#options;
    const { inputTokens, outputTokens } = tally.tokens;
    const tokens = calls.reduce(
      (sum, { most }) => sum + most.inputTokens + most.outputTokens,
      inputTokens + outputTokens,
    );
    const llmCalls = tally.calls + this.#underWay.size + 1;
    return { llmCalls, tokens, usd: this.#usd(calls), seconds: seconds() };
  }

  #usd(calls: readonly PossiblyPaid[]): number {
    const { tally, budget, prices } = this.#options;
    if (budget.usd === undefined) return 0;
    const costs = calls.map((call) => costOf(call.most, priceOf(prices, call)) ?? refuseUnpriced([call.to]));
    const spent = tally.usd(prices) ?? refuseUnpriced([tally.unpriced(prices) ?? ""]);
    return costs.reduce((sum, cost) => sum + cost, spent);
  }

  /** Counts a request that was not granted. */
  count(call: PossiblyPaid, how: Settlement): void {
    const { tally } = this.#options;
    if (how === "lost") return tally.lost(call);
    tally.used(call, how === "silent" ? null : how === "free" ? none : how);
  }

  #settle(call: PossiblyPaid, how: Settlement): void {
    this.count(call, how);
    this.#end(call);
  }

  /** Notes the upper bound of a call that is being made, or that an earlier process has made. */
  noteBound(call: PossiblyPaid): void {
    const { key, most } = call;
    if (roleOf(key) === "optimizer") return;
    const usd = costOf(most, priceOf(this.#options.prices, call)) ?? 0;
    this.#raiseLargest({ tokens: most.inputTokens + most.outputTokens, usd });
  }

  #raiseLargest({ tokens, usd }: RunCost["largest"]): void {
    const { tokens: mostTokens, usd: mostUsd } = this.#largest;
    if (tokens <= mostTokens && usd <= mostUsd) return;
    this.#largest = { tokens: Math.max(tokens, mostTokens), usd: Math.max(usd, mostUsd) };
  }

  #end(call: PossiblyPaid): void {
    this.#underWay.delete(call);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

const boundReply = ", or give a smaller maxTokens";
/** What lets a call be made besides a higher limit. */
const boundOf: Readonly<Record<keyof CallAmounts, string>> = {
  llmCalls: "",
  tokens: boundReply,
  usd: boundReply,
  seconds: "",
};

/** Throws ExternalCallError `"no-price"` for models without a price under a budget in dollars. */
export function refuseUnpriced(models: readonly string[]): never {
  const prices = models.map((model) => `${JSON.stringify(model)}: { input, output }`).join(", ");
  throw new ExternalCallError(
    "no-price",
    `There is a budget of US dollars (budget.usd) but no price for ${models.join(", ")}. Give prices: { ${prices} }, ` +
      "in US dollars per million tokens, or 0 for a model that is free.",
  );
}

const names: NamesOf<Budget> = {
  ...{ steps: true, llmCalls: true, tokens: true },
  ...{ usd: true, seconds: true, evaluations: true },
};

/**
 * Throws TracegradError `"bad-option"` for an unknown limit, with the nearest name, and for a limit that is not a
 * finite number of 0 or more.
 */
export function checkBudget(budget: Budget): void {
  requireKnown("`budget`", budget, names);
  for (const [name, most] of Object.entries(budget)) {
    if (most === undefined || (typeof most === "number" && most >= 0 && Number.isFinite(most))) continue;
    throw new TracegradError("bad-option", `budget.${name} is a number, 0 or more; got ${String(most)}.`);
  }
}
