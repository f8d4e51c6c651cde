/**
 * The ambient state of a run, which survives `await`: is it recorded, which parameter values it reads, whose world runs
 * its code.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { SandboxSession } from "../sandbox/sandbox.ts";
import type { BodyFrame } from "./frame.ts";
import type { Node } from "./node.ts";
import type { PlainResults } from "./plain-results.ts";
import type { RunScope } from "./scope.ts";
import type { ParameterState } from "./state.ts";

/**
 * One run of an agent: a `trace` or an `untraced` call. Code parameters called in one run share its sandbox sessions.
 */
export interface ContextRun {
  /** Sandbox sessions by sandbox, opened at the first call of a code parameter. */
  readonly sessions: Map<unknown, SandboxSession>;
  /** The nodes whose values plain code has read, outside any body, while recording: what its failure depends on. */
  readonly reads: Set<Node>;
  /** Whether a session was opened: then a job of another run that comes here meets what this one left in its world. */
  hasWorld: boolean;
  /** What plain code, outside any body, got from traced calls; made at the first of these. */
  results: PlainResults | undefined;
}

/** What one async context sees. Never mutated: entering a scope makes a new one. */
export interface RunContext {
  readonly recording: boolean;
  /** Parameter values that overlay the live ones. */
  readonly state: ParameterState | undefined;
  /** Commits after this one are not seen, so that a run reads one consistent set of values from start to end. */
  readonly clock: number;
  readonly run: ContextRun | undefined;
  /** What the context belongs to; undefined outside of all runs. */
  readonly scope: RunScope | undefined;
  /** The bundle body that is running in this context, if it is asynchronous. */
  readonly frame: BodyFrame | undefined;
}

/** The context outside of all runs. */
export const noRun: RunContext = {
  recording: true,
  state: undefined,
  clock: Infinity,
  run: undefined,
  scope: undefined,
  frame: undefined,
};
const storage = new AsyncLocalStorage<RunContext>();

/** The context of the caller. */
export function currentContext(): RunContext {
  return storage.getStore() ?? noRun;
}

/** Runs `fn`, and all that it awaits, in `context`. */
export function runIn<R>(context: RunContext, fn: () => R): R {
  return storage.run(context, fn);
}
