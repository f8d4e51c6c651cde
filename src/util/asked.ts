/** What a run makes of a request before the model of the optimizer or the judge sees it, such as taking secrets out. */

import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<(request: unknown) => unknown>();

/** Runs `fn`, and all that it awaits, with requests changed by `change` before they are asked. */
export function withRequests<R>(change: (request: unknown) => unknown, fn: () => R): R {
  return storage.run(change, fn);
}

/** The request as the run that the caller is in wants it asked; as it is outside of a run. */
export function asAsked<Q>(request: Q): Q {
  return (storage.getStore()?.(request) ?? request) as Q;
}
