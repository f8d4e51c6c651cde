/** Cancelled work: telling it from a failure, and stopping for it. */

/** True for the error that an AbortSignal makes: a cancelled run, never a judgement on the program. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "AbortError";
}

/** The error for work that `signal` ended: its own reason if that is an AbortError, else a new one caused by it. */
export function abortErrorOf(signal: AbortSignal): Error {
  if (isAbort(signal.reason)) return signal.reason as Error;
  return Object.assign(new Error("The call was aborted.", { cause: signal.reason }), { name: "AbortError" });
}

/** What `work` gives, or an AbortError as soon as `signal` aborts. The work itself goes on. */
export function untilAborted<T>(work: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const answer = Promise.resolve(work);
  if (signal === undefined) return answer;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(abortErrorOf(signal));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Throws an AbortError when `signal` has aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortErrorOf(signal);
}

/** Waits for so many milliseconds. Rejects with an AbortError when `signal` aborts before. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortErrorOf(signal));
    const end = (): void => {
      clearTimeout(timer);
      reject(abortErrorOf(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}
