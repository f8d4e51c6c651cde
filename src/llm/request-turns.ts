/** The turns of one call: a turn for its first request, and one for each request that is made again. */

import type { Requests } from "../util/external-call.ts";
import { urgency } from "../util/external-call.ts";
import { fieldsOf } from "../util/fields.ts";
import type { RequestSlot, WantedRequest } from "../util/request-turn.ts";
import type { Tokens } from "../util/token-count.ts";
import type { CallLimits } from "./adapter.ts";
import { beginRequest } from "./limiter.ts";
import type { RequestLimiter } from "./request-limiter.ts";
import type { FailureVerdict, TimeLeft } from "./retry.ts";

/** A call whose requests take turns. */
export interface TurnsOptions {
  readonly model: string;
  /** The limiter where none is around the model. */
  readonly limiter: RequestLimiter;
  /** The first wait after refusals, in milliseconds. */
  readonly backoffMs: number;
  readonly judge: (thrown: unknown) => FailureVerdict;
}

/** What is begun already should end soon: before all calls that wait for their first turn. */
const urgencyOfRetries = 2;

/** See the head of the file. */
export class RequestTurns {
  readonly #options: TurnsOptions;
  readonly #requests: Requests;
  #slot: RequestSlot | undefined;
  #hasBegun = false;
  #isOut = false;
  #judged: { readonly thrown: unknown; readonly verdict: FailureVerdict } | undefined;

  constructor(options: TurnsOptions, { requests }: Pick<CallLimits, "requests">) {
    this.#options = options;
    this.#requests = requests;
  }

  /**
   * Waits for the turn of the next request. The time of the call begins with its first turn, since limits of the user
   * may let it wait for longer than any request takes; before, it runs only while the model refuses all requests.
   */
  async next(signal: AbortSignal, time: TimeLeft): Promise<void> {
    if (this.#hasBegun) {
      await this.#requests.again();
      await this.#begin({ urgency: urgencyOfRetries }, signal);
      return;
    }
    this.#hasBegun = true;
    const onOutage = (isOut: boolean): void => {
      this.#isOut = isOut;
      if (isOut) time.run();
      else time.pause();
    };
    await this.#begin({ urgency: urgency(), onOutage }, signal);
    time.run();
  }

  async #begin(wanted: Pick<WantedRequest, "urgency" | "onOutage">, signal: AbortSignal): Promise<void> {
    const { model, limiter } = this.#options;
    try {
      this.#slot = await beginRequest(limiter, { model, tokens: 0, ...wanted }, signal);
    } catch (thrown) {
      this.#requests.ended({ inputTokens: 0, outputTokens: 0 });
      throw thrown;
    }
  }

  /** What the first turn has waited for. */
  readonly whyLate = (): string => (this.#isOut ? " Meanwhile it refused all requests, those of other callers." : "");

  /** Takes note of the headers of an answer. */
  readonly observe = (headers: Headers): void => this.#slot?.observe(headers);

  /** Takes note that the model has begun to answer. */
  readonly answered = (): void => this.#slot?.answered();

  /** Takes note of why the request has failed, before its end lets others begin. */
  failed(thrown: unknown): void {
    const verdict = this.#options.judge(thrown);
    this.#judged = { thrown, verdict };
    const { headers } = fieldsOf(thrown);
    if (headers instanceof Headers) this.observe(headers);
    if (verdict.waitMs !== undefined) this.#slot?.hold(verdict.waitMs);
    // A request that it finds fault with, it has read.
    if (verdict.retry && !verdict.asksAnew) this.#slot?.refused(this.#options.backoffMs);
    else this.#slot?.answered();
  }

  verdictOn(thrown: unknown): FailureVerdict {
    return this.#judged?.thrown === thrown ? (this.#judged?.verdict as FailureVerdict) : this.#options.judge(thrown);
  }

  /** Ends the turn of a request that has used so much. */
  ended(used: Tokens | "unknown"): void {
    this.#requests.ended(used);
    this.#slot?.end(used === "unknown" ? undefined : used.inputTokens + used.outputTokens);
  }

  /** Gives back a turn that was not used. */
  leave(): void {
    this.#slot?.end(0);
  }
}
