/** Counts what calls use, and what that costs. */

import { TracegradError } from "../../util/errors.ts";
import type { Price } from "../types.ts";
import type { PossiblyPaid } from "./history.ts";

/** Tokens of calls. */
export interface CallUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** US dollars per million tokens, by the name under which a model is called. */
export type Prices = Readonly<Record<string, Price>>;

/** What calls have used so far. */
export class Tally {
  #calls = 0;
  readonly #used = new Map<string, CallUsage>();
  readonly #lost: PossiblyPaid[] = [];

  /** Calls that were begun. */
  get calls(): number {
    return this.#calls;
  }

  /** The calls that may have been paid without an answer. They are in the sums, at their upper bound. */
  get possiblyPaid(): readonly PossiblyPaid[] {
    return this.#lost;
  }

  /** Tokens in and out. */
  get tokens(): CallUsage {
    return [...this.#used.values()].reduce(plus, { inputTokens: 0, outputTokens: 0 });
  }

  /** US dollars; undefined when a model that used tokens has no price. */
  usd(prices: Prices): number | undefined {
    let sum = 0;
    for (const [to, usage] of this.#used) {
      const cost = costOf(usage, priceOf(prices, to));
      if (cost === undefined) return undefined;
      sum += cost;
    }
    return sum;
  }

  /** A model that used tokens and has no price; undefined when all have one. */
  unpriced(prices: Prices): string | undefined {
    return [...this.#used].find(([to, usage]) => costOf(usage, priceOf(prices, to)) === undefined)?.[0];
  }

  /** Counts a call that begins. */
  started(): void {
    this.#calls += 1;
  }

  /** Counts what a call has used. */
  used(to: string, usage: CallUsage): void {
    this.#used.set(to, plus(this.#used.get(to) ?? { inputTokens: 0, outputTokens: 0 }, usage));
  }

  /** Counts a call that may have been paid. */
  lost({ key, to, most }: PossiblyPaid): void {
    this.used(to, most);
    this.#lost.push({ key, to, most });
  }

  /** A tally of its own that goes on from this one. */
  copy(): Tally {
    const copy = new Tally();
    copy.#calls = this.#calls;
    for (const [to, usage] of this.#used) copy.#used.set(to, usage);
    copy.#lost.push(...this.#lost);
    return copy;
  }
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

/** Throws `"bad-option"` for a price that is no number from 0. */
export function checkPrices(prices: Prices): void {
  for (const [to, price] of Object.entries(prices)) {
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
