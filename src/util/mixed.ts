/** The error of work that was done in the context of another run. */

import { ExternalCallError } from "./errors.ts";

/**
 * It says nothing about the program, so it passes through bundles, scores nothing, and ends a run that can be resumed
 * later.
 * @param what What came to a run that is not its own, such as `the node "work"`.
 */
export function mixedRuns(what: string): ExternalCallError {
  return new ExternalCallError(
    "mixed-runs",
    `Runs were mixed: ${what} belongs to another run. A queue, a batcher, an event ` +
      "or a timer has run work of one run in the async context of another, which has other parameter values and costs. " +
      "Hand over `AsyncResource.bind(() => …)` (node:async_hooks) instead of `() => …`, as in " +
      "`queue.add(AsyncResource.bind(() => work(question)))`. Make a batcher that shares calls or results, such as a " +
      "DataLoader, inside each run. Await what a run has started before it ends.",
  );
}
