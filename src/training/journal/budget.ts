/**
 * Keeps calls inside a budget: a call may begin when its upper bound still fits beside what is spent and what is under
 * way.
 */

import { ExternalCallError, TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import type { Budget, RunCost } from "../types.ts";
import { roleOf } from "./call-key.ts";
import type { PossiblyPaid } from "./tally.ts";
import { type Called, type CallUsage, costOf, isFree, none, type Prices, priceOf, type Tally } from "./tally.ts";

/** What a ledger is kept by. */
export interface LedgerOptions {
  /** What earlier processes have spent; it is counted on. */
  readonly tally: Tally;
  readonly budget: Budget;
  readonly prices: Prices;
  /** Seconds of this process. */
  readonly seconds: () => number;
}

/**
 * How a request ended: what it used; `free`; `lost`, when it may have been paid; `silent`, when it was paid and nobody
 * says what.
 */
export type Settlement = CallUsage | "free" | "lost" | "silent";

/** A request that may begin. */
export interface Grant {
  /** Says that the request has ended. */
  settle(how: Settlement): void;
  /** Says that the request was never made. */
  cancel(): void;
}

type Amounts = RunCost["mean"];

/** A limit that calls would exceed. */
interface Overrun {
  readonly name: keyof Amounts;
  readonly most: number;
  readonly needed: number;
  /** How much of it is kept for later. */
  readonly kept: number;
}

function keptText(kept: number): string {
  return kept === 0 ? "" : `, and ${Number(kept.toPrecision(3))} are kept for the decision at the end`;
}

/** Runs of a finalist may cost more than the mean so far, and calls may be lost or made twice. */
const margin = 1.1;

const nothing: Amounts = { llmCalls: 0, tokens: 0, usd: 0, seconds: 0 };

/** What calls spend, and whether another one may be made. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #isLimited: boolean;
  readonly #underWay = new Set<PossiblyPaid>();
  #largest: RunCost["largest"] = { tokens: 0, usd: 0 };
  #reserve: Amounts = nothing;
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
   * Waits until the upper bounds of the calls under way leave room for this one, and takes its room.
   * @throws ExternalCallError `"budget"` when it would not fit even if those cost nothing; `"no-price"` when there is a
   * budget of
   *   US dollars and no price for the model. Nothing is spent then.
   */
  async grant(call: PossiblyPaid, signal: AbortSignal | undefined): Promise<Grant> {
    for (;;) {
      signal?.throwIfAborted();
      this.check(call);
      if (this.#underWay.size === 0 || this.#overrun([...this.#underWay, call]) === undefined) break;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#underWay.add(call);
    this.noteBound(call);
    return { settle: (how) => this.#settle(call, how), cancel: () => this.#end(call) };
  }

  /**
   * What a evaluation has cost so far. A run keeps it with each round, so that a process that goes on reserves the
   * same.
   * @param judged How many runs were judged so far, at least 1.
   * @param seconds How long all processes of the run took so far.
   */
  costOf(judged: number, seconds: number): RunCost {
    const { tally, prices } = this.#options;
    const { agent, judge } = tally.byRole(prices);
    const tokensOf = ({ inputTokens, outputTokens }: typeof agent): number => inputTokens + outputTokens;
    return {
      mean: {
        llmCalls: (agent.llmCalls + judge.llmCalls) / judged,
        tokens: (tokensOf(agent) + tokensOf(judge)) / judged,
        usd: ((agent.usd ?? 0) + (judge.usd ?? 0)) / judged,
        seconds: seconds / judged,
      },
      largest: this.#largest,
    };
  }

  /**
   * Keeps a part of the budget back: what so many evaluations will cost, and a tenth more. No call may use it until it
   * is given free by 0 runs.
   */
  reserve(runs: number, { mean, largest }: RunCost): void {
    this.#raiseLargest(largest);
    // A call begins only when its upper bound fits.
    const { tokens, usd } = this.#largest;
    this.#reserve =
      runs === 0
        ? nothing
        : {
            llmCalls: Math.ceil(margin * runs * mean.llmCalls),
            tokens: margin * runs * mean.tokens + tokens,
            usd: margin * runs * mean.usd + usd,
            seconds: margin * runs * mean.seconds,
          };
  }

  /** The limit that cannot be held for someone who does not say what it used; undefined when none depends on that. */
  limitBlindTo(call: Called): "tokens" | "usd" | undefined {
    const { budget, prices } = this.#options;
    if (budget.tokens !== undefined) return "tokens";
    return budget.usd === undefined || isFree(priceOf(prices, call)) ? undefined : "usd";
  }

  /** Whether a limit depends on the calls that are made, or on what they use. */
  get limitsCalls(): boolean {
    const { llmCalls, tokens, usd } = this.#options.budget;
    return [llmCalls, tokens, usd].some((most) => most !== undefined);
  }

  /** Throws as `grant` does, when the call would not fit even if those under way cost nothing. */
  check(call: PossiblyPaid): void {
    const over = this.#overrun([call]);
    if (over === undefined) return;
    const { most, needed, kept } = over;
    const unit = { llmCalls: "model calls", tokens: "tokens", usd: "US dollars", seconds: "seconds" }[over.name];
    throw new ExternalCallError(
      "budget",
      `The budget of ${most} ${unit} (budget.${over.name}) does not allow this call of ${call.to}: with its upper bound the ` +
        `run would have spent ${Number(needed.toPrecision(6))}${keptText(kept)}. The call was not made. Raise budget.${over.name}${boundOf[over.name]}.`,
    );
  }

  #overrun(calls: readonly PossiblyPaid[]): Overrun | undefined {
    // Without a limit there is nothing to sum up, over all the calls under way, for each call that begins.
    if (!this.#isLimited) return undefined;
    const needed = this.#with(calls);
    for (const name of Object.keys(needed) as (keyof Amounts)[]) {
      const most = this.#options.budget[name];
      // Sums of prices are off by rounding; a budget for exactly ten calls is to pay ten calls.
      const kept = this.#reserve[name];
      if (most !== undefined && needed[name] + kept > most * (1 + 1e-12))
        return { name, most, needed: needed[name], kept };
    }
    return undefined;
  }

  /** What will be spent at most when these calls have been made. Calls under way are calls already. */
  #with(calls: readonly PossiblyPaid[]): Amounts {
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

  /** Takes the upper bound of a call into account that is made, or that an earlier process has made. */
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
/** What else than a higher limit lets a call be made. */
const boundOf: Readonly<Record<keyof Amounts, string>> = {
  llmCalls: "",
  tokens: boundReply,
  usd: boundReply,
  seconds: "",
};

/** Throws ExternalCallError `"no-price"` for models that have none under a budget of dollars. */
export function refuseUnpriced(models: readonly string[]): never {
  const prices = models.map((model) => `${JSON.stringify(model)}: { input, output }`).join(", ");
  throw new ExternalCallError(
    "no-price",
    `There is a budget of US dollars (budget.usd) but no price for ${models.join(", ")}. Give prices: { ${prices} }, in US ` +
      "dollars per million tokens, or 0 for a model that costs nothing.",
  );
}

const names: NamesOf<Budget> = {
  ...{ steps: true, llmCalls: true, tokens: true },
  ...{ usd: true, seconds: true, evaluations: true },
};

/**
 * Throws `"bad-option"` for a limit that nobody knows, with the nearest one, and for one that is no finite number from
 * 0.
 */
export function checkBudget(budget: Budget): void {
  requireKnown("`budget`", budget, names);
  for (const [name, most] of Object.entries(budget)) {
    if (most === undefined || (typeof most === "number" && most >= 0 && Number.isFinite(most))) continue;
    throw new TracegradError("bad-option", `budget.${name} is a number from 0; got ${String(most)}.`);
  }
}
