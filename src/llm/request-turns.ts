/** The turns of one call: a turn for its first request, and one for each request that is made again. */

import type { Requests, Tokens } from "../util/external-call.ts";
import { urgency } from "../util/external-call.ts";
import type { CallLimits } from "./adapter.ts";
import { beginRequest } from "./limit-place.ts";
import { fieldsOf } from "./reply-reader.ts";
import type { RequestLimiter, RequestSlot } from "./request-limiter.ts";
import type { FailureVerdict } from "./retry.ts";

/** A call whose requests take turns. */
export interface TurnsOptions {
  readonly model: string;
  /** The limiter where none is around the model. */
  readonly limiter: RequestLimiter;
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
  #judged: { readonly thrown: unknown; readonly verdict: FailureVerdict } | undefined;

  constructor(options: TurnsOptions, { requests }: Pick<CallLimits, "requests">) {
    this.#options = options;
    this.#requests = requests;
  }

  /** Waits for the first turn. */
  async first(signal: AbortSignal | undefined): Promise<void> {
    await this.#begin(urgency(), signal);
  }

  /** Waits for the turn of the next request, unless that is the first one. */
  async next(signal: AbortSignal): Promise<void> {
    if (this.#hasBegun) {
      await this.#requests.again();
      await this.#begin(urgencyOfRetries, signal);
    }
    this.#hasBegun = true;
  }

  async #begin(level: number, signal: AbortSignal | undefined): Promise<void> {
    const { model, limiter } = this.#options;
    try {
      this.#slot = await beginRequest(limiter, { model, tokens: 0, urgency: level }, signal);
    } catch (thrown) {
      this.#requests.ended({ inputTokens: 0, outputTokens: 0 });
      throw thrown;
    }
  }

  /** Takes note of the headers of an answer. */
  readonly observe = (headers: Headers): void => this.#slot?.observe(headers);

  /** Takes note of why the request has failed, before its end lets others begin. */
  failed(thrown: unknown): void {
    const verdict = this.#options.judge(thrown);
    this.#judged = { thrown, verdict };
    const { headers } = fieldsOf(thrown);
    if (headers instanceof Headers) this.observe(headers);
    if (verdict.waitMs !== undefined) this.#slot?.hold(verdict.waitMs);
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
