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
    `Runs were mixed: ${what} belongs to another run than the one that waits for it. A queue, a batcher, an event ` +
      "or a timer has started the work of one run in the async context of another, which has other parameter " +
      "values, calls and costs. " +
      'Keep each job in its context: `import { AsyncResource } from "node:async_hooks"` and hand over ' +
      "`AsyncResource.bind(() => …)` instead of `() => …`, as in " +
      "`queue.add(AsyncResource.bind(() => work(question)))`. A batcher that serves several runs by one call, or " +
      "keeps their results, such as a DataLoader, must be made inside each run. Await what a run has started before " +
      "the run ends.",
  );
}
