/** The signal that cancels the run that the caller is in, for work that would wait long without it. */

import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<AbortSignal | undefined>();

/** Runs `fn`, and all that it awaits, as a part of a run that `signal` cancels; without one, as before. */
export function withRunSignal<R>(signal: AbortSignal | undefined, fn: () => R): R {
  return signal === undefined ? fn() : storage.run(signal, fn);
}

/** See the head of the file. Undefined where nothing cancels it. */
export function runSignal(): AbortSignal | undefined {
  return storage.getStore();
}
