/** Turns of requests to models: what gives them, and how a process that works for a run takes them there. */

import { AsyncLocalStorage } from "node:async_hooks";
import { isIntercepted } from "./external-call.ts";

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

/** Takes a turn in another process; undefined where that has no such source. */
export type TurnElsewhere = (
  id: string,
  wanted: WantedRequest,
  signal: AbortSignal | undefined,
) => Promise<RequestSlot | undefined>;

const elsewhere = new AsyncLocalStorage<TurnElsewhere>();
const scopes = new AsyncLocalStorage<string>();

/** Runs `fn` with its turns taken by `take`. */
export function withTurnsElsewhere<R>(take: TurnElsewhere, fn: () => R): R {
  return elsewhere.run(take, fn);
}

/** Where the caller's turns are taken; undefined for this process. */
export function turnElsewhere(): TurnElsewhere | undefined {
  return elsewhere.getStore();
}

/** Runs `fn`, whose sources are numbered by themselves: it may run earlier or later in another process. */
export function inTurnScope<R>(name: string, fn: () => R): R {
  return scopes.run(name, fn);
}

/** The sources that are in use, and how many there were of each kind. */
const sources = new Map<string, WeakRef<TurnSource>>();
const counts = new Map<string, number>();
const dropped = new FinalizationRegistry<string>((id) => sources.delete(id));

/** Names a new source by its limits and by how many like it were made before; undefined while a run is under way. */
export function registerTurns(source: TurnSource, limits: object): string | undefined {
  if (isIntercepted()) return undefined;
  const kind = JSON.stringify([scopes.getStore() ?? "", limits]);
  const number = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, number);
  const id = `${kind} ${number}`;
  sources.set(id, new WeakRef(source));
  dropped.register(source, id);
  return id;
}

/** The source of this process with that id, if there is one. */
export function turnsOf(id: string): TurnSource | undefined {
  return sources.get(id)?.deref();
}
