/** One call in flight: each of its requests is granted, written down and counted, until the call ends. */

import { isAbort } from "../../util/abort.ts";
import type { Json } from "../../util/encode.ts";
import type { Requests } from "../../util/external-call.ts";
import type { Tokens } from "../../util/token-count.ts";
import type { Grant, Ledger, Settlement } from "./budget.ts";
import type { CallAgain, CallDone, CallFail, CallStart } from "./history.ts";
import type { RunStore } from "./store.ts";
import { type CallUsage, none } from "./tally.ts";

/** Codes of errors after which nothing was charged. */
const FREE: ReadonlySet<string> = new Set([
  ...["model-config", "model-bad-request", "model-unavailable", "budget", "no-price"],
  ...["no-recorded-answer", "mailbox-timeout", "mailbox-folder", "empty-answer"],
]);

/** What a call is recorded and counted by. */
export interface CallAccounts {
  readonly store: RunStore;
  readonly ledger: Ledger;
}

/** How a call begins. */
export interface PendingCallParts extends CallAccounts {
  /** Whether its reply is kept. */
  readonly isRecorded: boolean;
}

/** How a call succeeded. */
export interface CallEnd {
  readonly reply: Json | undefined;
  /** What the reply reports as used; undefined when it reports nothing. */
  readonly usage: Partial<Tokens> | undefined;
  readonly model: string | null;
  readonly seconds: number;
}

/** A call in flight. */
export class PendingCall implements Requests {
  readonly start: CallStart;
  readonly isRecorded: boolean;
  readonly #accounts: CallAccounts;
  readonly #signal: AbortSignal | undefined;
  /** Undefined while no request is in flight. */
  #grant: Grant | undefined;
  /** The call with what one request of it may use at most. */
  #bounded: CallStart;
  /** How the last request ended, if the call has reported it. */
  #reported: Tokens | "unknown" | undefined;
  #isOuter = false;
  readonly #onRecorded: (() => Promise<void>)[] = [];

  /** Throws as `Ledger.grant` does. */
  static async begin(
    accounts: PendingCallParts,
    start: CallStart,
    signal: AbortSignal | undefined,
  ): Promise<PendingCall> {
    const grant = await accounts.ledger.grant(start, signal);
    try {
      await accounts.store.append("call.start", start as unknown as Json);
    } catch (thrown) {
      grant.cancel();
      throw thrown;
    }
    return new PendingCall(accounts, start, { grant, signal });
  }

  private constructor(
    accounts: PendingCallParts,
    start: CallStart,
    { grant, signal }: { readonly grant: Grant; readonly signal: AbortSignal | undefined },
  ) {
    this.start = start;
    this.#bounded = start;
    this.isRecorded = accounts.isRecorded;
    this.#accounts = accounts;
    this.#grant = grant;
    this.#signal = signal;
  }

  ended(used: Tokens | "unknown"): void {
    this.#reported = used;
  }

  async again(): Promise<void> {
    if (this.#isOuter) return;
    const reported = this.#reported ?? none;
    this.#settle(reported === "unknown" ? "lost" : reported);
    this.#grant = await this.#accounts.ledger.grant(this.#bounded, this.#signal);
    this.#reported = undefined;
    const lost = reported === "unknown";
    const again: CallAgain = { key: this.start.key, usage: lost ? none : reported, lost };
    await this.#accounts.store.append("call.again", again as unknown as Json);
  }

  async bound(most: Partial<Tokens>): Promise<void> {
    if (this.#isOuter) return;
    this.#grant?.cancel();
    this.#grant = undefined;
    this.#bounded = { ...this.start, most: { ...this.start.most, ...most } };
    this.#grant = await this.#accounts.ledger.grant(this.#bounded, this.#signal);
  }

  async onRecorded(then: () => Promise<void>): Promise<void> {
    this.#onRecorded.push(then);
  }

  /** Reports that the call makes calls itself: those are counted instead. */
  becomeOuter(): void {
    if (this.#isOuter) return;
    this.#isOuter = true;
    this.#grant?.cancel();
    this.#grant = undefined;
  }

  /** Counts the call and records its reply. Gives false when its use is unknown. */
  async done({ reply, usage, model, seconds }: CallEnd): Promise<boolean> {
    const { key, most } = this.#bounded;
    const used = this.#isOuter ? none : this.#used(usage, most);
    this.#settle(used ?? "silent");
    const done: CallDone = {
      key,
      ...(reply === undefined ? {} : { reply }),
      usage: used,
      model,
      seconds,
      ...this.#outer,
    };
    await this.#accounts.store.append("call.done", done as unknown as Json);
    await Promise.all(this.#onRecorded.map((then) => then()));
    return used !== null;
  }

  /** Counts the call and records its failure. */
  async failed(error: Error, code: string): Promise<void> {
    const { key } = this.start;
    const how = this.#howItFailed(error, code);
    this.#settle(how === undefined ? "lost" : how);
    const usage = how === undefined || how === none ? {} : { usage: how };
    const fail: CallFail = { key, code, message: error.message, free: how === none, ...usage, ...this.#outer };
    await this.#accounts.store.append("call.fail", fail as unknown as Json);
  }

  get #outer(): { readonly outer?: true } {
    return this.#isOuter ? { outer: true } : {};
  }

  /** What the last request of a failed call used; undefined when that is unknown. */
  #howItFailed(error: Error, code: string): CallUsage | undefined {
    if (this.#reported !== undefined) return this.#reported === "unknown" ? undefined : this.#reported;
    return !isAbort(error) && FREE.has(code) ? none : undefined;
  }

  #used(usage: Partial<Tokens> | undefined, most: CallUsage): CallUsage | null {
    const reported = this.#reported === "unknown" ? undefined : this.#reported;
    const said = reported ?? usage;
    if (said === undefined) return null;
    // An invalid count is replaced by the maximum.
    const boundedBy = (given: number | undefined, bound: number): number =>
      Number.isFinite(given) && (given as number) >= 0 ? (given as number) : bound;
    return {
      inputTokens: boundedBy(said.inputTokens, most.inputTokens),
      outputTokens: boundedBy(said.outputTokens, most.outputTokens),
      ...(said.usd !== undefined && said.usd >= 0 && Number.isFinite(said.usd) && { usd: said.usd }),
    };
  }

  #settle(how: Settlement): void {
    this.#grant?.settle(how);
    this.#grant = undefined;
  }
}
