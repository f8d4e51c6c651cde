/** The turn of a request to a model: what waits for one, what gives it, and what is reported back. */

/** A request that waits for its turn. */
export interface WantedRequest {
  /** The name of the model, by which providers limit. */
  readonly model: string;
  /** The most tokens that it may use. */
  readonly tokens: number;
  /** A more urgent request begins before others that wait. */
  readonly urgency: number;
  /** Called while it waits, when its model refuses all requests (true), and when it answers again (false). */
  readonly onOutage?: (isOut: boolean) => void;
}

/** A request under way. */
export interface RequestSlot {
  /** Takes note of what the headers of its answer say about the provider's limits. */
  observe(headers: Headers): void;
  /** Holds further requests to the model for so many milliseconds, but at most a minute. */
  hold(ms: number): void;
  /** Takes note that the model has begun to answer. */
  answered(): void;
  /** Takes note that the model has refused it. `firstWaitMs` is the wait after several in a row. */
  refused(firstWaitMs: number): void;
  /** Ends it. `tokens` is what it used; leave it out when that is unknown. Only the first call counts. */
  end(tokens?: number): void;
}

/** Gives requests their turns. */
export interface TurnSource {
  /**
   * The same in all processes that have loaded the same program. Undefined for one that was made while a run was under
   * way: it belongs to the process that made it.
   */
  readonly id: string | undefined;
  /** Waits for the turn of the request. Rejects with an AbortError when `signal` aborts first. */
  begin(wanted: WantedRequest, signal: AbortSignal | undefined): Promise<RequestSlot>;
  /** Begins the request if its turn is now. */
  beginNow(wanted: WantedRequest): RequestSlot | undefined;
}

/** The turn that the first request of a call takes. */
export interface FirstTurn {
  readonly source: TurnSource;
  readonly wanted: WantedRequest;
}
