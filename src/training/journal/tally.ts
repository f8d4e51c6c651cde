/** Counts what calls use, and what that costs. */

import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import type { Tokens } from "../../util/outside.ts";
import type { Price, Role, RoleSpent } from "../types.ts";
import type { PossiblyPaid } from "./history.ts";
import { roleOf } from "./key.ts";

/** Tokens of calls. */
export type CallUsage = Tokens;

/** Nothing. */
export const none: CallUsage = { inputTokens: 0, outputTokens: 0 };

/** US dollars per million tokens, by the name under which a model is called. */
export type Prices = Readonly<Record<string, Price>>;

/** Who can make calls, in the order in which accounts tell of them. */
const roles: readonly Role[] = ["agent", "optimizer", "judge"];

/** What calls of one role have used: by model, under the name by which it is called. */
class Account {
  calls = 0;
  readonly used = new Map<string, CallUsage>();
  /** Who was called without saying what it used. */
  readonly silent = new Set<string>();

  add(to: string, usage: CallUsage): void {
    this.used.set(to, plus(this.used.get(to) ?? none, usage));
  }

  /** US dollars; undefined when someone has no price, or did not say what it used and is not free. */
  usd(prices: Prices): number | undefined {
    return this.unpriced(prices) === undefined ? usdOf(this.used, prices) : undefined;
  }

  /** Someone whose calls cannot be priced; undefined when all can. */
  unpriced(prices: Prices): string | undefined {
    for (const to of this.silent) if (!isFree(priceOf(prices, to))) return to;
    return [...this.used].find(([to, usage]) => costOf(usage, priceOf(prices, to)) === undefined)?.[0];
  }

  copy(): Account {
    const copy = new Account();
    copy.calls = this.calls;
    for (const [to, usage] of this.used) copy.used.set(to, usage);
    for (const to of this.silent) copy.silent.add(to);
    return copy;
  }
}

/** What calls have used so far, as a whole and by who made them, which their keys tell. */
export class Tally {
  #accounts: Readonly<Record<Role, Account>> = byRole(() => new Account());
  readonly #lost: PossiblyPaid[] = [];

  /** Requests that have ended. */
  get calls(): number {
    return roles.reduce((sum, role) => sum + this.#accounts[role].calls, 0);
  }

  /** The calls that may have been paid without an answer. They are in the sums, at their upper bound. */
  get possiblyPaid(): readonly PossiblyPaid[] {
    return this.#lost;
  }

  /** Tokens in and out. */
  get tokens(): CallUsage {
    return roles.map((role) => tokensIn(this.#accounts[role].used)).reduce(plus, none);
  }

  /** US dollars; undefined when a model that used tokens has no price. */
  usd(prices: Prices): number | undefined {
    return this.#whole().usd(prices);
  }

  /** The same sums, role by role. */
  byRole(prices: Prices): Readonly<Record<Role, RoleSpent>> {
    return byRole((role) => {
      const account = this.#accounts[role];
      return { llmCalls: account.calls, ...tokensIn(account.used), usd: account.usd(prices) };
    });
  }

  /** A model whose calls cannot be priced; undefined when all can. */
  unpriced(prices: Prices): string | undefined {
    return this.#whole().unpriced(prices);
  }

  /** How many calls a role has made. */
  callsOf(role: Role): number {
    return this.#accounts[role].calls;
  }

  /** Counts a request that has ended, and what it used; null when nobody knows. */
  used(key: string, to: string, usage: CallUsage | null): void {
    const account = this.#accounts[roleOf(key)];
    account.calls += 1;
    if (usage === null) account.silent.add(to);
    else account.add(to, usage);
  }

  /** Counts a request that may have been paid. */
  lost({ key, to, most }: PossiblyPaid): void {
    this.used(key, to, most);
    // A model that can use no tokens, such as a person behind a mailbox, costs nothing.
    if (most.inputTokens + most.outputTokens > 0) this.#lost.push({ key, to, most });
  }

  /** A tally of its own that goes on from this one. */
  copy(): Tally {
    const copy = new Tally();
    copy.#accounts = byRole((role) => this.#accounts[role].copy());
    copy.#lost.push(...this.#lost);
    return copy;
  }

  #whole(): Account {
    const whole = new Account();
    for (const role of roles) {
      for (const [to, usage] of this.#accounts[role].used) whole.add(to, usage);
      for (const to of this.#accounts[role].silent) whole.silent.add(to);
    }
    return whole;
  }
}

function byRole<T>(of: (role: Role) => T): Readonly<Record<Role, T>> {
  return { agent: of("agent"), optimizer: of("optimizer"), judge: of("judge") };
}

function tokensIn(used: ReadonlyMap<string, CallUsage>): CallUsage {
  return [...used.values()].reduce(plus, none);
}

function usdOf(used: ReadonlyMap<string, CallUsage>, prices: Prices): number | undefined {
  let sum = 0;
  // By name: which model answered first is left to chance, and the order of a sum changes its last digit.
  for (const [to, usage] of [...used].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const cost = costOf(usage, priceOf(prices, to));
    if (cost === undefined) return undefined;
    sum += cost;
  }
  return sum;
}

/** The price of a model; undefined when there is none. */
export function priceOf(prices: Prices, to: string): Price | undefined {
  return Object.hasOwn(prices, to) ? prices[to] : undefined;
}

/** US dollars; undefined when there is no price, unless there is nothing to pay for. */
export function costOf({ inputTokens, outputTokens }: CallUsage, price: Price | undefined): number | undefined {
  if (price === undefined) return inputTokens + outputTokens === 0 ? 0 : undefined;
  return (inputTokens * price.input + outputTokens * price.output) / 1e6;
}

/** Whether a price is nothing. */
export function isFree(price: Price | undefined): boolean {
  return price?.input === 0 && price.output === 0;
}

const priceNames: NamesOf<Price> = { input: true, output: true };

/** Throws `"bad-option"` for a price that is no number from 0. */
export function checkPrices(prices: Prices): void {
  for (const [to, price] of Object.entries(prices)) {
    requireKnown(`prices[${JSON.stringify(to)}]`, price, priceNames);
    for (const kind of ["input", "output"] as const) {
      if (price[kind] >= 0 && Number.isFinite(price[kind])) continue;
      const text = `prices[${JSON.stringify(to)}].${kind} is ${String(price[kind])}, not a number of US dollars from 0.`;
      throw new TracegradError("bad-option", text);
    }
  }
}

function plus(a: CallUsage, b: CallUsage): CallUsage {
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}
