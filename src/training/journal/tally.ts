/** Counts what calls use, and what that costs. */

import { modelInBatches } from "../../util/batch-name.ts";
import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import type { Tokens } from "../../util/token-count.ts";
import type { Price, Role, RoleSpent } from "../types.ts";
import { roleOf } from "./call-key.ts";
import { listPrices } from "./list-prices.ts";

/** Tokens of calls. */
export type CallUsage = Tokens;

/** Nothing. */
export const none: CallUsage = { inputTokens: 0, outputTokens: 0 };

/** The callee, and whether it is free where there is no price. */
export interface Called {
  readonly to: string;
  readonly free?: boolean | undefined;
}

/** US dollars per million tokens, by the name under which a model is called. */
export type Prices = Readonly<Record<string, Price>>;

/** The roles, in the order of accounts. */
const roles: readonly Role[] = ["agent", "optimizer", "judge"];

/** What calls of one model have used. */
interface ModelUsage extends Called {
  readonly usage: CallUsage;
  /** The part of it whose cost nobody has said. */
  readonly priced: CallUsage;
  /** What the rest cost, in billionths of a US dollar: whole numbers have the same sum in any order. */
  readonly nanoUsd: number;
}

/** What calls of one role have used: by model, under the name by which it is called. */
class Account {
  calls = 0;
  /** What was used. Free calls are separate: a replay has the name of the model that was paid for. */
  readonly #used = new Map<string, ModelUsage>();
  /** Callees that did not report their use. */
  readonly #silent = new Map<string, Called>();

  get tokens(): CallUsage {
    return [...this.#used.values()].reduce((sum, { usage }) => plus(sum, usage), none);
  }

  /** Adds what calls have used; null when it is unknown. */
  add({ to, free }: Called, usage: CallUsage | null): void {
    const key = free === true ? `${to}\0free` : to;
    if (usage === null) {
      this.#silent.set(key, { to, free });
      return;
    }
    // A replay says what the recorded call cost, and is free.
    const usd = free === true ? undefined : usage.usd;
    const priced = usd === undefined ? usage : none;
    this.#merge(key, { to, free, usage, priced, nanoUsd: Math.round((usd ?? 0) * 1e9) });
  }

  #merge(key: string, added: ModelUsage): void {
    const { usage, priced, nanoUsd } = this.#used.get(key) ?? { usage: none, priced: none, nanoUsd: 0 };
    this.#used.set(key, {
      ...added,
      ...{ usage: plus(usage, added.usage), priced: plus(priced, added.priced), nanoUsd: nanoUsd + added.nanoUsd },
    });
  }

  addAll(other: Account): void {
    this.calls += other.calls;
    for (const [key, used] of other.#used) this.#merge(key, used);
    for (const called of other.#silent.values()) this.add(called, null);
  }

  /** US dollars; undefined when a callee has no price, or did not report its use and is not free. */
  usd(prices: Prices): number | undefined {
    let sum = 0;
    if (this.unpriced(prices) !== undefined) return undefined;
    // By name: the order of a sum changes its last digit, and which model answered first depends on timing.
    const byName = [...this.#used].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, used] of byName) sum += costOfModel(used, prices) ?? 0;
    return sum;
  }

  /** A callee whose calls cannot be priced; undefined when all can. */
  unpriced(prices: Prices): string | undefined {
    for (const called of this.#silent.values()) if (!isFree(priceOf(prices, called))) return called.to;
    return [...this.#used.values()].find((used) => costOfModel(used, prices) === undefined)?.to;
  }
}

/** US dollars: by the run's prices, else what was said, and the known price for the rest. */
function costOfModel(used: ModelUsage, prices: Prices): number | undefined {
  if (Object.hasOwn(prices, used.to)) return costOf(used.usage, prices[used.to]);
  const rest = costOf(used.priced, priceOf(prices, used));
  return rest === undefined ? undefined : used.nanoUsd / 1e9 + rest;
}

/** What calls have used so far, in total and by role. */
export class Tally {
  #accounts: Readonly<Record<Role, Account>> = byRole(() => new Account());
  readonly #lost: PossiblyPaid[] = [];

  /** Requests that have ended. */
  get calls(): number {
    return roles.reduce((sum, role) => sum + this.#accounts[role].calls, 0);
  }

  /**
   * The calls that may have been charged without an answer; those that cost nothing are not among them. The sums include
   * them at their upper bound.
   */
  possiblyPaid(prices: Prices): readonly PossiblyPaid[] {
    return this.#lost.filter((call) => costOf(call.most, priceOf(prices, call)) !== 0);
  }

  /** Tokens in and out. */
  get tokens(): CallUsage {
    return roles.map((role) => this.#accounts[role].tokens).reduce(plus, none);
  }

  /** US dollars; undefined when a model that used tokens has no price. */
  usd(prices: Prices): number | undefined {
    return this.#whole().usd(prices);
  }

  /** The same sums, role by role. */
  byRole(prices: Prices): Readonly<Record<Role, RoleSpent>> {
    return byRole((role) => {
      const account = this.#accounts[role];
      return { llmCalls: account.calls, ...account.tokens, usd: account.usd(prices) };
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

  /** Counts a request that has ended, and what it used; null when that is unknown. */
  used(call: Called & Pick<PossiblyPaid, "key">, usage: CallUsage | null): void {
    const account = this.#accounts[roleOf(call.key)];
    account.calls += 1;
    account.add(call, usage);
  }

  /** Counts a request that may have been charged. */
  lost(call: PossiblyPaid): void {
    const { key, to, most, free } = call;
    this.used(call, most);
    this.#lost.push({ key, to, most, ...(free && { free }) });
  }

  /** A copy that counts on independently. */
  copy(): Tally {
    const copy = new Tally();
    copy.#accounts = byRole((role) => sumOf([this.#accounts[role]]));
    copy.#lost.push(...this.#lost);
    return copy;
  }

  #whole(): Account {
    return sumOf(roles.map((role) => this.#accounts[role]));
  }
}

function byRole<T>(of: (role: Role) => T): Readonly<Record<Role, T>> {
  return { agent: of("agent"), optimizer: of("optimizer"), judge: of("judge") };
}

function sumOf(accounts: readonly Account[]): Account {
  const sum = new Account();
  for (const account of accounts) sum.addAll(account);
  return sum;
}

const noCharge: Price = { input: 0, output: 0 };

/**
 * The price of a call: the given one, none where it is free, half of its model's in a batch, else the listed one;
 * undefined when it is unknown.
 */
export function priceOf(prices: Prices, { to, free }: Called): Price | undefined {
  if (Object.hasOwn(prices, to)) return prices[to];
  if (free === true) return noCharge;
  const model = modelInBatches(to);
  const whole = model === undefined ? undefined : priceOf(prices, { to: model });
  if (whole !== undefined) return { input: whole.input / 2, output: whole.output / 2 };
  return Object.hasOwn(listPrices, to) ? listPrices[to] : undefined;
}

/** US dollars; undefined when there is no price, unless there is nothing to pay for. */
export function costOf({ inputTokens, outputTokens }: CallUsage, price: Price | undefined): number | undefined {
  if (price === undefined) return inputTokens + outputTokens === 0 ? 0 : undefined;
  return (inputTokens * price.input + outputTokens * price.output) / 1e6;
}

/** Whether a price is zero. */
export function isFree(price: Price | undefined): boolean {
  return price?.input === 0 && price.output === 0;
}

const priceNames: NamesOf<Price> = { input: true, output: true };

/** Throws TracegradError `"bad-option"` for a price that is not a number of 0 or more. */
export function checkPrices(prices: Prices): void {
  for (const [to, price] of Object.entries(prices)) {
    requireKnown(`prices[${JSON.stringify(to)}]`, price, priceNames);
    for (const kind of ["input", "output"] as const) {
      if (price[kind] >= 0 && Number.isFinite(price[kind])) continue;
      const text =
        `prices[${JSON.stringify(to)}].${kind} is ${String(price[kind])}, not a number of US dollars, 0 or ` + "more.";
      throw new TracegradError("bad-option", text);
    }
  }
}

function plus(a: CallUsage, b: CallUsage): CallUsage {
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}

/** A call that was in flight when its process died, or that failed in a way that may have been charged. */
export interface PossiblyPaid {
  readonly key: string;
  readonly to: string;
  readonly most: CallUsage;
  /** See {@link CallStart.free}. */
  readonly free?: true;
}
