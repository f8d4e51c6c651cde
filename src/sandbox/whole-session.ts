/** A session of two parts: one answers at once, and one later. */
import type { AsyncSession } from "./async-session.ts";
import { closedError } from "./errors.ts";
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
