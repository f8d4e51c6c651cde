/** Scopes that a run can be entered with: its own sandbox world, recording on or off, other parameter values. */

import { isThenable } from "../util/thenable.ts";
import { commitClock } from "./commit.ts";
import { type Context, currentContext, type Run, runIn } from "./context.ts";
import { withoutFrame } from "./frame.ts";
import type { ParameterState } from "./state.ts";

/** Runs `fn` as one run: fresh sandbox sessions, the parameter values that are live now, recording on or off. */
export function asRun<R>(recording: boolean, fn: () => R): R {
  const run: Run = { sessions: new Map(), reads: new Set() };
  const context: Context = { ...currentContext(), recording, clock: commitClock(), run, frame: undefined };
  const close = () => {
    for (const session of run.sessions.values()) session.close();
    run.sessions.clear();
  };
  let result: R;
  try {
    result = withoutFrame(() => runIn(context, fn));
  } catch (error) {
    close();
    throw error;
  }
  if (!isThenable(result)) {
    close();
    return result;
  }
  // A thenable that is no promise begins its work when it is awaited: that belongs to the run, too.
  return withoutFrame(() => runIn(context, () => Promise.resolve(result))).finally(close) as R;
}

/**
 * Runs `fn`, and all that it awaits, without recording: nodes made inside have values but no parents. For evaluation, where
 * only the result matters. Like a `trace` it is one run with sandbox worlds of its own.
 */
export function untraced<R>(fn: () => R): R {
  return asRun(false, fn);
}

/**
 * Runs `fn`, and all that it awaits, on the parameter values of `state`. Other runs go on with theirs, so many candidates
 * can run at once over one agent.
 */
export function withParameters<R>(state: ParameterState, fn: () => R): R {
  return runIn({ ...currentContext(), state }, fn);
}
