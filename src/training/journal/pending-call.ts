/** One call while it is made: each of its requests is granted, written down and counted, until the call ends. */

import { isAbort } from "../../util/abort.ts";
import type { Json } from "../../util/encode.ts";
import type { Requests, Tokens } from "../../util/external-call.ts";
import type { Grant, Ledger, Settlement } from "./budget.ts";
import type { CallAgain, CallDone, CallFail, CallStart } from "./history.ts";
import type { RunStore } from "./store.ts";
import { type CallUsage, none } from "./tally.ts";

/** Errors after which nothing was billed. */
const FREE: ReadonlySet<string> = new Set([
  ...["model-config", "model-bad-request", "model-unavailable", "budget", "no-price"],
  ...["no-recorded-answer", "mailbox-timeout", "mailbox-folder", "empty-answer"],
]);

/** What a call is kept and counted by. */
export interface Books {
  readonly store: RunStore;
  readonly ledger: Ledger;
}

/** How a call is begun. */
export interface Beginning extends Books {
  /** Whether its reply is kept. */
  readonly isKept: boolean;
}

/** How a call ended well. */
export interface Ending {
  readonly reply: Json | undefined;
  /** What the reply says that the call used; undefined when it says nothing. */
  readonly usage: Partial<Tokens> | undefined;
  readonly model: string | null;
  readonly seconds: number;
}

/** A call under way. */
export class UnderWay implements Requests {
  readonly start: CallStart;
  readonly isKept: boolean;
  readonly #books: Books;
  readonly #signal: AbortSignal | undefined;
  /** Undefined while no request is under way. */
  #grant: Grant | undefined;
  /** How the last request ended, where the call has told. */
  #told: Tokens | "unknown" | undefined;
  #isOuter = false;

  /** Throws as `Ledger.grant` does. */
  static async begin(books: Beginning, start: CallStart, signal: AbortSignal | undefined): Promise<UnderWay> {
    const grant = await books.ledger.grant(start, signal);
    try {
      await books.store.append("call.start", start as unknown as Json);
    } catch (thrown) {
      grant.cancel();
      throw thrown;
    }
    return new UnderWay(books, start, { grant, signal });
  }

  private constructor(
    books: Beginning,
    start: CallStart,
    { grant, signal }: { readonly grant: Grant; readonly signal: AbortSignal | undefined },
  ) {
    this.start = start;
    this.isKept = books.isKept;
    this.#books = books;
    this.#grant = grant;
    this.#signal = signal;
  }

  ended(used: Tokens | "unknown"): void {
    this.#told = used;
  }

  async again(): Promise<void> {
    if (this.#isOuter) return;
    const told = this.#told ?? none;
    this.#settle(told === "unknown" ? "lost" : told);
    this.#grant = await this.#books.ledger.grant(this.start, this.#signal);
    this.#told = undefined;
    const lost = told === "unknown";
    const again: CallAgain = { key: this.start.key, usage: lost ? none : told, lost };
    await this.#books.store.append("call.again", again as unknown as Json);
  }

  /** Says that the call makes calls of its own: they are counted in its place. */
  becomeOuter(): void {
    if (this.#isOuter) return;
    this.#isOuter = true;
    this.#grant?.cancel();
    this.#grant = undefined;
  }

  /** Counts the call and keeps how it ended. Gives false when nobody knows what it used. */
  async done({ reply, usage, model, seconds }: Ending): Promise<boolean> {
    const { key, most } = this.start;
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
    await this.#books.store.append("call.done", done as unknown as Json);
    return used !== null;
  }

  /** Counts the call and keeps its failure. */
  async failed(error: Error, code: string): Promise<void> {
    const { key } = this.start;
    const how = this.#howItFailed(error, code);
    this.#settle(how === undefined ? "lost" : how);
    const usage = how === undefined || how === none ? {} : { usage: how };
    const fail: CallFail = { key, code, message: error.message, free: how === none, ...usage, ...this.#outer };
    await this.#books.store.append("call.fail", fail as unknown as Json);
  }

  get #outer(): { readonly outer?: true } {
    return this.#isOuter ? { outer: true } : {};
  }

  /** What a failed call's last request used; undefined when that is unknown. */
  #howItFailed(error: Error, code: string): CallUsage | undefined {
    if (this.#told !== undefined) return this.#told === "unknown" ? undefined : this.#told;
    return !isAbort(error) && FREE.has(code) ? none : undefined;
  }

  #used(usage: Partial<Tokens> | undefined, most: CallUsage): CallUsage | null {
    const told = this.#told === "unknown" ? undefined : this.#told;
    const said = told ?? usage;
    if (said === undefined) return null;
    // A count that cannot be is counted at the most.
    const counted = (given: number | undefined, bound: number): number =>
      Number.isFinite(given) && (given as number) >= 0 ? (given as number) : bound;
    return {
      inputTokens: counted(said.inputTokens, most.inputTokens),
      outputTokens: counted(said.outputTokens, most.outputTokens),
    };
  }

  #settle(how: Settlement): void {
    this.#grant?.settle(how);
    this.#grant = undefined;
  }
}
