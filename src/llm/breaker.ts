/** Stops asking a model that refuses every request, until one request at a time has found that it answers again. */

import { growingWait } from "./retry.ts";

/**
 * The refusals in a row that open a breaker. A model that refuses 30 % of its requests at random opens it once in about
 * 2,000 requests, for one probe and the second before it. A model that is down has wasted six requests, and those that
 * were under way.
 */
const maxRefusals = 6;

/** The longest wait between two probes, in milliseconds: all callers wait for them, and they come one at a time. */
const maxProbeWaitMs = 10_000;

/** A request as a breaker sees it. */
export interface BreakerRequest {
  state: "under way" | "answered" | "refused";
}

/**
 * The circuit breaker of one model. It is closed while requests may begin. Open, it lets one begin at a time, the
 * **probe**, after waits that grow with each refused one; the first that is answered closes it. It has no clock of its
 * own: `now` is in milliseconds.
 */
export class CircuitBreaker {
  /** The requests that began after the newest that was answered, in the order of their beginning. */
  #latest: BreakerRequest[] = [];
  #isOpen = false;
  #probe: BreakerRequest | undefined;
  /** Refused since the last answer: the row, then one for each probe. */
  #probes = 0;
  #probeAt = 0;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Milliseconds until a request may begin: 0 or less when it may now, infinite while a probe is under way. */
  waitMs(now: number): number {
    if (!this.#isOpen) return 0;
    return this.#probe === undefined ? this.#probeAt - now : Number.POSITIVE_INFINITY;
  }

  begin(): BreakerRequest {
    const request: BreakerRequest = { state: "under way" };
    if (this.#isOpen) this.#probe = request;
    else this.#latest.push(request);
    return request;
  }

  /** Takes note that the model has begun to answer. A request from before the breaker opened does not close it. */
  answered(request: BreakerRequest): void {
    if (request.state !== "under way") return;
    request.state = "answered";
    this.#latest.splice(0, this.#latest.indexOf(request) + 1);
    if (this.#probe !== request) return;
    this.#probe = undefined;
    this.#isOpen = false;
  }

  /** Takes note that the model has refused a request. `firstWaitMs` is the wait before the first probe. */
  refused(request: BreakerRequest, firstWaitMs: number, now: number): void {
    if (request.state !== "under way") return;
    request.state = "refused";
    if (this.#probe === request) {
      this.#probe = undefined;
      this.#probes += 1;
    } else {
      if (this.#isOpen || !this.#latest.includes(request) || this.#longestRow() < maxRefusals) return;
      this.#isOpen = true;
      this.#latest = [];
      this.#probes = 1;
    }
    this.#probeAt = now + growingWait(firstWaitMs, this.#probes, maxProbeWaitMs);
  }

  /** Forgets a request that has ended without a word from the model, such as one that was aborted. */
  ended(request: BreakerRequest): void {
    if (request.state !== "under way") return;
    if (this.#probe === request) this.#probe = undefined;
    const at = this.#latest.indexOf(request);
    if (at >= 0) this.#latest.splice(at, 1);
  }

  /**
   * The most refusals in a row. In the order of beginning and not of ending: a refusal is quicker than an answer, so of
   * requests that begin together all refusals come first. One that is still under way ends a row, because the model
   * seems to have taken it.
   */
  #longestRow(): number {
    let [longest, length] = [0, 0];
    for (const { state } of this.#latest) {
      length = state === "refused" ? length + 1 : 0;
      longest = Math.max(longest, length);
    }
    return longest;
  }
}
