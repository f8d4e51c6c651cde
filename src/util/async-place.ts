/** Remembers where in the async contexts something was done, so that later work can go on there. */

import { AsyncResource } from "node:async_hooks";

/** Runs a function in a remembered context. */
export type InPlace = <R>(fn: () => R) => R;

/** Remembers the caller's async context. `AsyncLocalStorage.snapshot` does the same, at 70 times the cost in Node 20. */
export function rememberPlace(): InPlace {
  const resource = new AsyncResource("tracegrad", { requireManualDestroy: true });
  return (fn) => resource.runInAsyncScope(fn);
}
