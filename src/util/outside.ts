/**
 * Calls to the world outside, such as to a paid service, and the place in a run from which they are made. A run may stand
 * between: to keep what came back, to limit how many are under way, to count what they cost.
 */

import { AsyncLocalStorage } from "node:async_hooks";

/** A call to the world outside. */
export interface OutsideCall<T> {
  /** Who is called, such as a model's name. */
  readonly to: string;
  /** Everything that decides the answer: plain JSON. */
  readonly request: unknown;
  readonly signal: AbortSignal | undefined;
  /** Makes the call for real. */
  perform(signal: AbortSignal | undefined): Promise<T>;
}

/** Stands between a program and the world: makes the call, or answers it from what was kept. `path` is where in the run it is made. */
export type Intercept = <T>(call: OutsideCall<T>, path: string) => Promise<T>;

interface Place {
  readonly intercept: Intercept | undefined;
  readonly path: string;
}

const storage = new AsyncLocalStorage<Place>();
const nowhere: Place = { intercept: undefined, path: "" };

/** Makes a call to the world outside: through the run that the caller is in, if it is in one. */
export function callOutside<T>(call: OutsideCall<T>): Promise<T> {
  const { intercept, path } = storage.getStore() ?? nowhere;
  return intercept === undefined ? call.perform(call.signal) : intercept(call, path);
}

/** Runs `fn`, and all that it awaits, with `intercept` between it and the world. */
export function intercepted<R>(intercept: Intercept, fn: () => R): R {
  return storage.run({ intercept, path: storage.getStore()?.path ?? "" }, fn);
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
