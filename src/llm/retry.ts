/** Asks a provider again after faults that pass: a bounded number of times, with growing waits, within one deadline. */

import { sleep } from "../util/abort.ts";
import { TracegradError } from "../util/errors.ts";
import { guarded } from "./guard.ts";

/** The longest wait we choose ourselves, in milliseconds. A provider may ask for a longer one. */
const MAX_BACKOFF_MS = 60_000;

/** What a failed attempt means. */
export interface FailureVerdict {
  /** The error to throw when the attempt is the last one. */
  readonly error: TracegradError;
  /** Whether asking again may help. */
  readonly retry: boolean;
  /** The wait that the provider asked for, in milliseconds. */
  readonly waitMs?: number | undefined;
  /** True when the next attempt asks in another way: it is made at once, and does not count as a retry. */
  readonly asksAnew?: boolean;
}

/** How long and how often to try. */
export interface RetryPolicy {
  /** Names the model in error messages. */
  readonly name: string;
  /** Attempts after the first one. */
  readonly maxRetries: number;
  /** Milliseconds for all attempts and waits together. */
  readonly timeoutMs: number;
  /** The first wait in milliseconds; each later one is three times as long, up to a minute, give or take a quarter. */
  readonly backoffMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Says what a thrown thing means. */
  readonly judge: (thrown: unknown) => FailureVerdict;
}

/**
 * Runs `attempt` until it resolves. `attempt` gets a signal that aborts at the deadline or when the caller aborts.
 *
 * @throws TracegradError `"model-timeout"` at the deadline; `"model-unavailable"` after the last attempt, or at once
 *   when the next wait would pass the deadline; the verdict's own error when it is not to be retried; an AbortError on
 *   abort.
 */
export function withRetries<T>(attempt: (signal: AbortSignal) => Promise<T>, policy: RetryPolicy): Promise<T> {
  const { name, timeoutMs } = policy;
  const deadline = performance.now() + timeoutMs;
  let last = "";
  const late = (): Error => {
    const why = last ? ` The last attempt before that failed: ${last}` : "";
    return new TracegradError("model-timeout", `${name} gave no answer within ${seconds(timeoutMs)}.${why}`);
  };
  return guarded({ signal: policy.signal, clock: { ms: timeoutMs, late } }, async (signal) => {
    for (let failures = 0; ; ) {
      try {
        return await attempt(signal);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const verdict = policy.judge(thrown);
        last = verdict.error.message;
        if (verdict.asksAnew) continue;
        if (!verdict.retry) throw verdict.error;
        failures += 1;
        if (failures > policy.maxRetries) throw gaveUp(policy, failures, last);
        const waitMs = verdict.waitMs ?? backoff(policy.backoffMs, failures);
        const leftMs = deadline - performance.now();
        if (waitMs >= leftMs) throw cannotWait(policy, { waitMs, leftMs, last });
        await sleep(waitMs, signal);
      }
    }
  });
}

function backoff(firstMs: number, failures: number): number {
  const jitter = 0.75 + Math.random() / 2;
  return Math.min(firstMs * 3 ** (failures - 1), MAX_BACKOFF_MS) * jitter;
}

function gaveUp({ name }: RetryPolicy, attempts: number, last: string): TracegradError {
  return new TracegradError("model-unavailable", `${name} failed ${attempts} time(s) in a row. The last time: ${last}`);
}

function cannotWait({ name }: RetryPolicy, wait: { waitMs: number; leftMs: number; last: string }): TracegradError {
  return new TracegradError(
    "model-unavailable",
    `${name} is to be asked again in ${seconds(wait.waitMs)}, but only ${seconds(wait.leftMs)} are left until the ` +
      `deadline: ${wait.last} Run again later, or raise timeoutMs.`,
  );
}

function seconds(ms: number): string {
  return `${Number((Math.max(0, ms) / 1000).toPrecision(3))} s`;
}
