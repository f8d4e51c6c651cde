/** Scopes that a run can be entered with: its own sandbox world, recording on or off, other parameter values. */

import { asPart, nowhereAtAll } from "../util/external-call.ts";
import { isThenable } from "../util/thenable.ts";
import { commitClock } from "./commit.ts";
import { type ContextRun, currentContext, noRun, type RunContext, type RunScope, runIn } from "./context.ts";
import { withoutFrame } from "./frame.ts";
import { ExecutionError, newestId, nodesIn } from "./node.ts";
import { admit, admitAll, checkReads, closeScope, openScope, touch } from "./scope.ts";
import type { ParameterState } from "./state.ts";

/**
 * Runs `fn` as one run: fresh sandbox sessions, the parameter values that are live now, recording on or off. What it
 * gives goes through `finish`, still inside of the run.
 */
export function asRun(recording: boolean, fn: () => unknown, finish?: (value: unknown) => unknown): unknown {
  return enterRun({ ...currentContext(), recording }, fn, finish);
}

function enterRun(around: RunContext, fn: () => unknown, finish?: (value: unknown) => unknown): unknown {
  const run: ContextRun = { sessions: new Map(), reads: new Set(), hasWorld: false };
  const context: RunContext = { ...around, clock: commitClock(), run, frame: undefined };
  const close = () => {
    for (const session of run.sessions.values()) session.close();
    run.sessions.clear();
  };
  return withoutFrame(() => enter(context, fn, { finish, close }));
}

/**
 * Runs `fn`, and all that it awaits, without recording: nodes made inside have values but no parents. For evaluation,
 * where only the result matters. Like a `trace` it is one run with its own sandbox sessions. What can be awaited comes
 * back as a promise.
 * @throws TracegradError `mixed-runs` as {@link withParameters} does.
 */
export function untraced<R>(fn: () => R): R {
  return asRun(false, fn) as R;
}

/**
 * Runs `fn`, and all that it awaits, on the parameter values of `state`. Other runs keep theirs, so many
 * candidates can run at once over one agent. What can be awaited comes back as a promise.
 * @throws TracegradError `mixed-runs` when what `fn` gives, or something on the way to it, was made in the context of
 * another
 *   run, by a queue or a batcher, say. The message says how to keep a job in its context.
 */
export function withParameters<R>(state: ParameterState, fn: () => R): R {
  return enter({ ...currentContext(), state }, fn, {}) as R;
}

/** As `withParameters(state, () => untraced(fn))`, as one run: for evaluation, which makes very many of them. */
export function untracedWith<R>(state: ParameterState, fn: () => R): R {
  return enterRun({ ...currentContext(), recording: false, state }, fn) as R;
}

/** Runs `fn`, and all that it awaits, outside of all runs. */
export function apart<R>(fn: () => R): R {
  return nowhereAtAll(() => withoutFrame(() => runIn(noRun, fn)));
}

/** Marks that the run around the caller, if there is one, does not only wait: it has other runs made. */
export function noteWork(): void {
  touch(currentContext().scope);
}

interface RunEnds {
  readonly finish?: ((value: unknown) => unknown) | undefined;
  readonly close?: () => void;
}

/** Promises that were kept as soon as their run had begun: no other run can have had a part in what they gave. */
const atOnce = new WeakSet<object>();

function enter(inside: RunContext, fn: () => unknown, { finish, close }: RunEnds): unknown {
  const scope = openScope(inside, newestId());
  const context = { ...inside, scope };
  const end = () => {
    closeScope(scope);
    close?.();
  };
  const arrived = (value: unknown, soon: boolean): unknown => {
    try {
      admitAll(nodesIn(value), scope);
      if (!soon) checkReads(scope);
      return finish === undefined ? value : finish(value);
    } finally {
      end();
    }
  };
  const failed = (error: unknown, soon: boolean): never => {
    try {
      checkFailure(error, scope, soon);
    } finally {
      end();
    }
    throw error;
  };
  let result: unknown;
  try {
    // A thenable that is not a promise begins its work when it is awaited: that belongs to the run, too.
    result = asPart(
      () => runIn(context, () => promised(fn())),
      () => touch(scope),
    );
  } catch (error) {
    return failed(error, true);
  }
  if (!(result instanceof Promise)) return runIn(context, () => arrived(result, true));
  return runIn(context, () => settle(result, arrived, failed));
}

type Settle = (value: unknown, soon: boolean) => unknown;

function settle(result: Promise<unknown>, arrived: Settle, failed: Settle): Promise<unknown> {
  let soon = true;
  const all: Promise<unknown> = result.then(
    (value) => arrived(value, isSoon()),
    (error) => failed(error, isSoon()),
  );
  const isSoon = (): boolean => {
    if (soon || atOnce.has(result)) atOnce.add(all);
    return atOnce.has(all);
  };
  // Comes before the above unless the promise was kept already.
  void Promise.resolve().then(() => (soon = false));
  return all;
}

function promised(value: unknown): unknown {
  return isThenable(value) ? Promise.resolve(value) : value;
}

function checkFailure(error: unknown, scope: RunScope, soon: boolean): void {
  let node: ExecutionError["node"] | undefined;
  try {
    node = error instanceof ExecutionError ? error.node : undefined;
  } catch {
    // Asking a hostile Proxy for its class throws.
  }
  if (node !== undefined) admit(node, scope);
  if (!soon) checkReads(scope);
}
