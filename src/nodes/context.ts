/**
 * The ambient state of a run, which survives `await`: is it recorded, which parameter values it reads, whose world runs
 * its code. It says of nodes, parameters and their states only what it takes to keep runs apart, so that these can
 * depend on it.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { SandboxSession } from "../sandbox/sandbox.ts";
import type { Operation } from "./operation.ts";

/** What a run knows of a node. */
export interface NodeInRun {
  /** Grows with time. */
  readonly id: number;
  readonly name: string;
  readonly operation: Operation;
  /** The run that made it; undefined outside of all runs. */
  readonly scope: RunScope | undefined;
}

/** Values of parameters, by parameter. */
export interface ParameterValues {
  entry(parameter: object): { readonly value: unknown; readonly version: number } | undefined;
}

/**
 * One run of an agent: a `trace` or an `untraced` call. Code parameters called in one run share its sandbox sessions.
 */
export interface ContextRun {
  /** Sandbox sessions by sandbox, opened at the first call of a code parameter. */
  readonly sessions: Map<unknown, SandboxSession>;
  /** The nodes whose values plain code has read, outside any body, while recording: what its failure depends on. */
  readonly reads: Set<NodeInRun>;
  /** Whether a session was opened: then a job of another run that comes here meets what this one left in its world. */
  hasWorld: boolean;
}

/** What decides the values that are read, and the graph, besides the program. */
export interface ContextView {
  readonly recording: boolean;
  /** Parameter values that overlay the live ones. */
  readonly state: ParameterValues | undefined;
  /** Commits after this one are not seen, so that a run reads one consistent set of values from start to end. */
  readonly clock: number;
}

/**
 * One run, or a stretch of it: a call of `trace`, `untraced` or `withParameters`, or an asynchronous body that says
 * that it reads more than its inputs.
 */
export interface RunScope {
  readonly parent: RunScope | undefined;
  /** Nodes with a larger id were made after it began. */
  readonly since: number;
  readonly view: ContextView;
  /** The number of its place in a run of `train`; 0 outside of one. */
  readonly place: number;
  readonly run: ContextRun | undefined;
  /** Whether anything was read or called inside so far. */
  touched: boolean;
  /** Whether a parameter was read inside. */
  hasRead: boolean;
  /** A parameter that was read elsewhere, and had another value there, while in here one only waited. */
  missed: { readonly name: string } | undefined;
  over: boolean;
}

/**
 * What a bundle body may read, and what it did read besides its inputs.
 * @typeParam N - The nodes.
 */
export interface BodyFrame<N extends NodeInRun = NodeInRun> {
  readonly operation: Operation;
  /** The context that the body was called in, and its node belongs to. */
  readonly caller: RunContext;
  readonly inputs: readonly N[];
  /** Nodes with a larger id were made inside the body. */
  readonly start: number;
  readonly external: "reject" | "record";
  /** Set when the body has ended. */
  over: boolean;
  /** Set when the body has given a promise. */
  promised: boolean;
  /** Nodes read by the body that are not its inputs; made at the first such read. */
  reads: Set<N> | undefined;
  /** The last operation that failed in a function that code in a sandbox called. */
  failure: N | undefined;
}

/** What one async context sees. Never mutated: entering a scope makes a new one. */
export interface RunContext extends ContextView {
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
