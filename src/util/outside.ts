/**
 * Calls to the world outside, such as to a paid service, and the place in a run from which they are made. A run may stand
 * between: to keep what came back, to limit how many are under way, to count what they cost.
 */

import { AsyncLocalStorage } from "node:async_hooks";

/** Tokens of a call. */
export interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What a call under way tells the run of the requests that it makes: the first one, and those that are made again. */
export interface Requests {
  /**
   * Says that the request under way has ended: what it used, or that this is unknown because it was left before its end.
   * A call that never says it is counted by its reply.
   */
  ended(used: Tokens | "unknown"): void;
  /** Waits until one more request may be made. Rejects when the budget does not allow it. */
  again(): Promise<void>;
}

/** A call to the world outside. */
export interface OutsideCall<T> {
  /** Who is called, such as a model's name. */
  readonly to: string;
  /** Everything that decides the answer: plain JSON, by which the run keeps the reply. Undefined: the reply is not kept. */
  readonly request: unknown;
  readonly signal: AbortSignal | undefined;
  /** The most tokens that one request may use, where the caller knows them. Default: estimated by the request. */
  readonly most?: Partial<Tokens> | undefined;
  /** True for a call that has been paid already: it is counted, whatever the budget says. */
  readonly made?: boolean;
  /** What a reply says that it used, as it says it; undefined when it says nothing. */
  usage(reply: T): Partial<Tokens> | undefined;
  /** Makes the call for real. */
  perform(signal: AbortSignal | undefined, requests: Requests): Promise<T>;
}

/** A call whose reply cannot be waited for, such as one that gives a stream at once. */
export type InstantCall = Pick<OutsideCall<unknown>, "to"> & { readonly most: Partial<Tokens> };

/** Stands between a program and the world: makes the call, or answers it from what was kept. `path` is where in the run it is made. */
export interface Intercept {
  <T>(call: OutsideCall<T>, path: string): Promise<T>;
  /** Counts a call at its upper bound, before it is made. Throws when the budget does not allow it. */
  readonly instantly?: (call: InstantCall, path: string) => void;
  /** Says that something was called of which nobody knows whether it calls a model. */
  readonly unknown?: (name: string) => void;
}

interface Place {
  readonly intercept: Intercept | undefined;
  readonly path: string;
}

const storage = new AsyncLocalStorage<Place>();
const nowhere: Place = { intercept: undefined, path: "" };

/** What is told by calls in no run: nobody counts them. */
const uncounted: Requests = { ended: () => undefined, again: async () => undefined };

/** Makes a call to the world outside: through the run that the caller is in, if it is in one. */
export function callOutside<T>(call: OutsideCall<T>): Promise<T> {
  const { intercept, path } = storage.getStore() ?? nowhere;
  return intercept === undefined ? call.perform(call.signal, uncounted) : intercept(call, path);
}

/** The run that the caller is in stands between it and the world. */
export function isIntercepted(): boolean {
  return storage.getStore()?.intercept !== undefined;
}

/** Counts a call that gives its reply at once, in the run that the caller is in. Throws when its budget does not allow it. */
export function callInstantly(call: InstantCall): void {
  const { intercept, path } = storage.getStore() ?? nowhere;
  intercept?.instantly?.(call, path);
}

/** Tells the run that the caller is in of something that may call a model or not. */
export function noteUnknown(name: string): void {
  storage.getStore()?.intercept?.unknown?.(name);
}

/** Runs `fn`, and all that it awaits, with `intercept` between it and the world. */
export function intercepted<R>(intercept: Intercept, fn: () => R): R {
  return storage.run({ intercept, path: storage.getStore()?.path ?? "" }, fn);
}

/** Runs `fn` as it is, and calls `onCall` for each call to the world that it makes. */
export function watched<R>(onCall: () => void, fn: () => R): R {
  const { intercept } = storage.getStore() ?? nowhere;
  if (intercept === undefined) return fn();
  const watching: Intercept = (call, path) => {
    onCall();
    return intercept(call, path);
  };
  const { instantly, unknown } = intercept;
  return intercepted(Object.assign(watching, { instantly, unknown }), fn);
}

/** A name of the user's, such as an example's id, as a part of one segment of a path: whatever it is, it makes no segments. */
export function inSegment(name: string): string {
  return name.replace(/[%/]/g, encodeURIComponent);
}

/** Runs `fn`, and all that it awaits, one segment further down: `step 3`, `example a7`. Paths are joined by `/`. */
export function atPath<R>(segment: string, fn: () => R): R {
  const place = storage.getStore() ?? nowhere;
  return storage.run({ ...place, path: place.path === "" ? segment : `${place.path}/${segment}` }, fn);
}
