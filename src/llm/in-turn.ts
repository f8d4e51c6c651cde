/** Makes calls of one model wait for each other, the most urgent first. */

import { throwIfAborted } from "../util/abort.ts";
import { urgency } from "../util/external-call.ts";
import type { WorkQueue } from "../util/limit.ts";
import type { CallLimits } from "./adapter.ts";
import { guarded } from "./guard.ts";

/**
 * Runs `work` when its turn in `queue` has come. An abort ends the call at once, also while it waits, and its turn when
 * `work` has noticed. A call that fails before its turn has used nothing.
 */
export async function inTurn<T>(
  queue: WorkQueue,
  { signal, requests }: CallLimits,
  work: (stopped: AbortSignal) => Promise<T>,
): Promise<T> {
  let hasBegun = false;
  const begin = async (stopped: AbortSignal): Promise<T> => {
    throwIfAborted(stopped);
    hasBegun = true;
    return work(stopped);
  };
  try {
    return await guarded({ signal }, (stopped) => queue.run(urgency(), () => begin(stopped)));
  } catch (thrown) {
    if (!hasBegun) requests.ended({ inputTokens: 0, outputTokens: 0 });
    throw thrown;
  }
}
