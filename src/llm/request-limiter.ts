/** Lets requests begin when limits allow: how many at once, how many and how many tokens a minute, and providers. */

import { abortErrorOf } from "../util/abort.ts";
import { warn } from "../util/external-call.ts";
import type { RequestSlot, TurnSource, WantedRequest } from "../util/request-turn.ts";
import { registerTurns, type TurnElsewhere, turnElsewhere } from "../util/turns.ts";
import { ProviderAllowance } from "./allowance.ts";
import { CircuitBreaker } from "./breaker.ts";

/** Limits; what is not given is not limited. */
export interface RequestLimits {
  readonly concurrency?: number | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

const minuteMs = 60_000;
const ofOneProcess =
  "A limiter that was made during an evaluation holds only the requests of its own process. Make it where the run file " +
  "is loaded, so that it holds those of all processes.";

interface Waiter {
  readonly wanted: WantedRequest;
  readonly begin: (slot: RequestSlot) => void;
}

/** What is known of one model: what it still allows, and whether it refuses all. */
interface ModelState {
  readonly allowance: ProviderAllowance;
  readonly breaker: CircuitBreaker;
}

/** A request of the last minute. */
interface Start {
  readonly at: number;
  tokens: number;
}

/** Holds all requests that begin through it to its limits, and those of each model to what its provider says. */
export class RequestLimiter implements TurnSource {
  readonly id: string | undefined;
  readonly #concurrency: number;
  readonly #requests: number;
  readonly #tokens: number;
  /** Those that began in the last minute, the oldest first. */
  readonly #starts: Start[] = [];
  /** The most urgent first, then the oldest. */
  readonly #waiting: Waiter[] = [];
  readonly #models = new Map<string, ModelState>();
  #underWay = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limits: RequestLimits = {}) {
    const { concurrency, requestsPerMinute, tokensPerMinute } = limits;
    this.id = registerTurns(this, limits);
    this.#concurrency = concurrency ?? Number.POSITIVE_INFINITY;
    this.#requests = requestsPerMinute ?? Number.POSITIVE_INFINITY;
    this.#tokens = tokensPerMinute ?? Number.POSITIVE_INFINITY;
  }

  begin(wanted: WantedRequest, signal: AbortSignal | undefined): Promise<RequestSlot> {
    const take = turnElsewhere();
    return take === undefined ? this.#begin(wanted, signal) : this.#beginElsewhere(take, wanted, signal);
  }

  beginNow(wanted: WantedRequest): RequestSlot | undefined {
    let slot: RequestSlot | undefined;
    const waiter = { wanted, begin: (begun: RequestSlot) => void (slot = begun) };
    this.#wait(waiter);
    this.#next();
    if (slot === undefined) this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    return slot;
  }

  /** The run that this process works for holds the requests of all its processes together. */
  async #beginElsewhere(
    take: TurnElsewhere,
    wanted: WantedRequest,
    signal: AbortSignal | undefined,
  ): Promise<RequestSlot> {
    const slot = this.id === undefined ? undefined : await take(this.id, wanted, signal);
    if (slot !== undefined) return slot;
    if (this.#isTimed || this.#concurrency !== Number.POSITIVE_INFINITY) warn(ofOneProcess);
    return this.#begin(wanted, signal);
  }

  #begin(wanted: WantedRequest, signal: AbortSignal | undefined): Promise<RequestSlot> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortErrorOf(signal));
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        if (signal) reject(abortErrorOf(signal));
        this.#next();
      };
      const begin = (slot: RequestSlot): void => {
        signal?.removeEventListener("abort", leave);
        resolve(slot);
      };
      const waiter: Waiter = { wanted, begin };
      this.#wait(waiter);
      signal?.addEventListener("abort", leave, { once: true });
      if (this.#stateOf(wanted.model).breaker.isOpen) wanted.onOutage?.(true);
      this.#next();
    });
  }

  #wait(waiter: Waiter): void {
    const later = this.#waiting.findIndex((other) => other.wanted.urgency < waiter.wanted.urgency);
    this.#waiting.splice(later < 0 ? this.#waiting.length : later, 0, waiter);
  }

  /** Begins what may begin, and sets the clock for what may begin later. */
  #next(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    let waitMs = Number.POSITIVE_INFINITY;
    for (const waiter of [...this.#waiting]) {
      if (this.#underWay >= this.#concurrency) return;
      const { model, tokens } = waiter.wanted;
      const { allowance, breaker } = this.#stateOf(model);
      const ofModel = Math.max(allowance.waitMs(tokens, now), breaker.waitMs(now));
      // Another model may be asked meanwhile; a limit of ours is one for all, so nobody overtakes.
      const ofAll = ofModel > 0 ? 0 : this.#windowMs(tokens, now);
      if (ofModel > 0 || ofAll > 0) waitMs = Math.min(waitMs, Math.max(ofModel, ofAll));
      if (ofAll > 0) break;
      if (ofModel <= 0) this.#start(waiter, now);
    }
    if (waitMs !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#next(), Math.ceil(waitMs));
  }

  #start(waiter: Waiter, now: number): void {
    this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    const { model, tokens } = waiter.wanted;
    const { allowance, breaker } = this.#stateOf(model);
    allowance.begin(tokens);
    const request = breaker.begin();
    const start: Start = { at: now, tokens };
    if (this.#isTimed) this.#starts.push(start);
    this.#underWay += 1;
    let isOver = false;
    waiter.begin({
      observe: (headers) => {
        if (isOver) return;
        allowance.observe(headers, tokens, performance.now());
        this.#next();
      },
      hold: (ms) => allowance.hold(ms, performance.now()),
      answered: () => this.#change(model, () => breaker.answered(request)),
      refused: (firstWaitMs) => this.#change(model, () => breaker.refused(request, firstWaitMs, performance.now())),
      end: (used) => {
        if (isOver) return;
        isOver = true;
        if (used !== undefined && Number.isFinite(used)) start.tokens = used;
        this.#underWay -= 1;
        allowance.end(tokens);
        breaker.ended(request);
        this.#next();
      },
    });
  }

  /** Changes the breaker of a model, and tells those that wait for the model when it opens or closes. */
  #change(model: string, change: () => void): void {
    const { breaker } = this.#stateOf(model);
    const wasOpen = breaker.isOpen;
    change();
    if (breaker.isOpen === wasOpen) return;
    for (const { wanted } of this.#waiting) if (wanted.model === model) wanted.onOutage?.(breaker.isOpen);
    this.#next();
  }

  get #isTimed(): boolean {
    return this.#requests !== Number.POSITIVE_INFINITY || this.#tokens !== Number.POSITIVE_INFINITY;
  }

  /** Milliseconds until the last minute has room for another request of so many tokens. */
  #windowMs(tokens: number, now: number): number {
    const starts = this.#starts;
    while (starts[0] !== undefined && starts[0].at <= now - minuteMs) starts.shift();
    const blocking = starts.at(-this.#requests);
    const ofRequests = starts.length >= this.#requests && blocking ? blocking.at + minuteMs - now : 0;
    let sum = tokens + starts.reduce((total, start) => total + start.tokens, 0);
    let ofTokens = 0;
    // One that is larger than the limit begins when it is the only one.
    for (const start of starts) {
      if (sum <= this.#tokens) break;
      sum -= start.tokens;
      ofTokens = start.at + minuteMs - now;
    }
    return Math.max(ofRequests, ofTokens);
  }

  #stateOf(model: string): ModelState {
    const known = this.#models.get(model) ?? { allowance: new ProviderAllowance(), breaker: new CircuitBreaker() };
    this.#models.set(model, known);
    return known;
  }
}
