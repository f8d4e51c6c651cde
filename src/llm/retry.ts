/** Asks a provider again after faults that pass: a bounded number of times, with growing waits, within one deadline. */

import { sleep } from "../util/abort.ts";
import { TracegradError } from "../util/errors.ts";
import { guarded } from "./guard.ts";

/** The longest wait we choose ourselves, in milliseconds. A provider may ask for a longer one. */
const maxWaitMs = 30_000;

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
  /** The first wait in milliseconds; each later one is three times as long, up to 30 s, give or take a quarter. */
  readonly backoffMs: number;
  /** True when `timeoutMs` stands still until the first attempt says that it runs. Default: false. */
  readonly startsLate?: boolean;
  /** Completes the error at the deadline when no attempt has failed before. Default: nothing to add. */
  readonly whyLate?: () => string;
  readonly signal?: AbortSignal | undefined;
  /** Says what a thrown thing means. */
  readonly judge: (thrown: unknown) => FailureVerdict;
}

/** The time that is left for all attempts. It runs down, or stands still. */
export interface TimeLeft {
  run(): void;
  pause(): void;
}

/**
 * Runs `attempt` until it resolves. `attempt` gets a signal that aborts at the deadline or when the caller aborts, and
 * the time that is left.
 *
 * @throws TracegradError `"model-timeout"` at the deadline; `"model-unavailable"` after the last attempt, or at once
 *   when the next wait would pass the deadline; the verdict's own error when it is not to be retried; an AbortError on
 *   abort.
 */
export function withRetries<T>(
  attempt: (signal: AbortSignal, time: TimeLeft) => Promise<T>,
  policy: RetryPolicy,
): Promise<T> {
  const { name, timeoutMs } = policy;
  let last = "";
  const late = (): Error => {
    const why = last ? ` The last attempt before that failed: ${last}` : (policy.whyLate?.() ?? "");
    return new TracegradError("model-timeout", `${name} gave no answer within ${seconds(timeoutMs)}.${why}`);
  };
  const clock = { ms: Number.POSITIVE_INFINITY, late };
  return guarded({ signal: policy.signal, clock }, async (signal, restart) => {
    const time = new Countdown(timeoutMs, restart);
    if (policy.startsLate !== true) time.run();
    for (let failures = 0; ; ) {
      try {
        return await attempt(signal, time);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const verdict = policy.judge(thrown);
        last = verdict.error.message;
        if (verdict.asksAnew) continue;
        if (!verdict.retry) throw verdict.error;
        failures += 1;
        if (failures > policy.maxRetries) throw gaveUp(policy, failures, last);
        const waitMs = verdict.waitMs ?? growingWait(policy.backoffMs, failures, maxWaitMs);
        const { leftMs } = time;
        if (waitMs >= leftMs) throw cannotWait(policy, { waitMs, leftMs, last });
        await sleep(waitMs, signal);
      }
    }
  });
}

/**
 * The wait after so many failures in a row, in milliseconds: the first, then three times as long each up to `maxMs`,
 * give or take a quarter, so that those that failed together do not come back together.
 */
export function growingWait(firstMs: number, failures: number, maxMs: number): number {
  const jitter = 0.75 + Math.random() / 2;
  return Math.min(firstMs * 3 ** (failures - 1), maxMs) * jitter;
}

class Countdown implements TimeLeft {
  #leftMs: number;
  /** When it began to run; undefined while it stands still. */
  #since: number | undefined;
  readonly #restart: (ms: number) => void;

  constructor(ms: number, restart: (ms: number) => void) {
    this.#leftMs = ms;
    this.#restart = restart;
  }

  get leftMs(): number {
    return this.#leftMs - (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  run(): void {
    if (this.#since !== undefined) return;
    this.#since = performance.now();
    this.#restart(Math.max(0, this.#leftMs));
  }

  pause(): void {
    this.#leftMs = this.leftMs;
    this.#since = undefined;
    this.#restart(Number.POSITIVE_INFINITY);
  }
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
