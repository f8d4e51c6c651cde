/** Keeps asynchronous work inside its limits: a caller's AbortSignal and a clock that the work may restart. */

import { abortErrorOf, throwIfAborted } from "../util/abort.ts";

/** The longest delay a timer takes; longer ones would fire at once. About 24.8 days. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** What ends work early. */
export interface WorkLimits {
  /** The caller's signal. Work it ends rejects with an AbortError. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the work is late, and the maker of its error then. Default: never. */
  readonly clock?: { readonly ms: number; readonly late: () => Error } | undefined;
}

/**
 * Runs `work` until it settles or a limit is reached, whichever is first. `work` gets a signal that aborts at a limit
 * and a function that restarts the clock, with other milliseconds if it gives some. It may ignore the signal: the
 * promise rejects at the limit all the same.
 */
export async function guarded<T>(
  { signal: caller, clock }: WorkLimits,
  work: (signal: AbortSignal, restart: (ms?: number) => void) => Promise<T>,
): Promise<T> {
  throwIfAborted(caller);
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
  });
  const onAbort = (): void => controller.abort(caller && abortErrorOf(caller));
  // A listener that is taken off again, and not AbortSignal.any: a signal that outlives many calls must not collect
  // them.
  caller?.addEventListener("abort", onAbort, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const restart = (ms = clock?.ms): void => {
    clearTimeout(timer);
    if (isOver || !clock || ms === undefined || ms === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(() => controller.abort(clock.late()), Math.min(ms, MAX_DELAY_MS));
  };
  restart();
  try {
    return await Promise.race([work(controller.signal, restart), stopped]);
  } finally {
    isOver = true;
    clearTimeout(timer);
    caller?.removeEventListener("abort", onAbort);
  }
}
