/** What the sandboxes share of their options and sessions: one part answers at once, and one later. */
import { availableParallelism } from "node:os";
import type { AsyncSession } from "./async-session.ts";
import { closedError, SandboxError } from "./errors.ts";
import type { SandboxSession } from "./sandbox.ts";

/** The session of two parts, which fails once it is closed. */
export function wholeSession(now: Omit<SandboxSession, "callAsync">, later: AsyncSession): SandboxSession {
  let closed = false;
  const open = ({ spec }: { readonly spec: { readonly entry: string } }): typeof now => {
    if (closed) throw closedError(spec.entry);
    return now;
  };
  return {
    call: (program, args) => open(program).call(program, args),
    callMany: (program, lists) => open(program).callMany(program, lists),
    callAsync: (program, args) => later.call(program, args),
    close: () => {
      if (closed) return;
      closed = true;
      now.close();
      later.close();
    },
  };
}

/** How many threads or processes asynchronous programs get: one less than the processors, at least 2 and at most 4. */
export function defaultThreads(): number {
  return Math.max(2, Math.min(4, availableParallelism() - 1));
}

/**
 * The value of an option.
 * @throws SandboxError `"bad-option"` unless it is a positive whole number.
 */
export function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new SandboxError("bad-option", `${name} must be a positive whole number, not ${String(value)}`);
}
