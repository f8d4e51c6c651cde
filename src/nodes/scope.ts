/**
 * Which run a value belongs to. A queue that a user puts around an agent may begin the job of one run in the async
 * context of another: what is made or read there is that one's. It is noticed when it arrives where it was asked for.
 */

import { placeHere } from "../util/external-call.ts";
import { mixedRuns } from "../util/mixed.ts";
import type { ContextView, NodeInRun, RunContext, RunScope } from "./context.ts";

/** What is known of a parameter here. */
interface ParameterInRun {
  readonly name: string;
  /** The value that is seen in a run. */
  entryIn(view: ContextView): { readonly value: unknown };
}

/** Scopes that are under way. */
const live = new Set<RunScope>();
/** Those of them in which nothing was read or called so far. */
const waiting = new Set<RunScope>();
/** A scope for what runs in `context` from now on. `since` is the id of the newest node. */
export function openScope({ recording, state, clock, run, scope: parent }: RunContext, since: number): RunScope {
  const scope: RunScope = {
    parent,
    since,
    view: { recording, state, clock },
    place: placeHere().number,
    run,
    touched: false,
    hasRead: false,
    missed: undefined,
    over: false,
  };
  live.add(scope);
  waiting.add(scope);
  return scope;
}

/** Marks that the run itself does something. */
export function touch(scope: RunScope | undefined): void {
  for (let at = scope; at !== undefined && !at.touched; at = at.parent) {
    at.touched = true;
    waiting.delete(at);
  }
}

/** Ends a scope. */
export function closeScope(scope: RunScope): void {
  scope.over = true;
  live.delete(scope);
  waiting.delete(scope);
}

/** Whether a read of a parameter in `scope` must be reported to {@link noteValue}. */
export function isWatched(scope: RunScope | undefined): boolean {
  return waiting.size > 0 || (scope !== undefined && (scope.over || !scope.hasRead));
}

/**
 * Notes that `parameter` is read in `scope`, where it has this value.
 * @throws TracegradError `mixed-runs` when the scope is over and another one is under way in which the value is
 * another.
 */
export function noteValue(parameter: ParameterInRun, scope: RunScope | undefined, value: unknown): void {
  touch(scope);
  for (let at = scope; at !== undefined && !at.hasRead; at = at.parent) at.hasRead = true;
  const isOver = scope?.over === true;
  for (const other of isOver ? live : waiting) {
    if (areRelated(other, scope) || Object.is(parameter.entryIn(other.view).value, value)) continue;
    if (isOver) throw mixedRuns(`the value of the parameter "${parameter.name}"`);
    other.missed = parameter;
  }
}

/** Whether runs are under way that have nothing to do with `scope`. */
export function areOthersLive(scope: RunScope | undefined): boolean {
  return [...live].some((other) => !areRelated(other, scope));
}

/**
 * Lets a node into the run `here`.
 * @throws TracegradError `mixed-runs` when another run has made it since this one began, on values that may be others.
 */
export function admit(node: NodeInRun, here: RunScope | undefined): void {
  const maker = node.scope;
  if (here === undefined || maker === here || node.id <= here.since || areRelated(maker, here)) return;
  const { kind } = node.operation;
  if (kind === "parameter") return;
  if (maker === undefined ? kind === "input" || isPlain(here) : areAlike(maker, here)) return;
  throw mixedRuns(`the node "${node.name}"`);
}

/** As {@link admit}, for the parents of a node. */
export function admitAll(nodes: readonly NodeInRun[], here: RunScope | undefined): void {
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index] as NodeInRun;
    if (node.scope !== here) admit(node, here);
  }
}

/**
 * @throws TracegradError `mixed-runs` when a run only waited while another one read what it should have read itself.
 */
export function checkReads({ hasRead, missed }: RunScope): void {
  if (!hasRead && missed !== undefined) throw mixedRuns(`what was read of the parameter "${missed.name}"`);
}

/** One of two is the other, or is inside of it. */
function areRelated(one: RunScope | undefined, other: RunScope | undefined): boolean {
  return isInside(one, other) || isInside(other, one);
}

function isInside(scope: RunScope | undefined, outer: RunScope | undefined): boolean {
  for (let at = scope; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}

/** Two runs that read the same values, keep the same and are accounted for together cannot harm each other. */
function areAlike(one: RunScope, other: RunScope): boolean {
  const { recording, state, clock } = one.view;
  const isSameView = recording === other.view.recording && state === other.view.state && clock === other.view.clock;
  if (!isSameView || one.place !== other.place) return false;
  return one.run === other.run || (one.run?.hasWorld !== true && other.run?.hasWorld !== true);
}

/** Whether a run works as code outside of all runs does. */
function isPlain({ view, place }: RunScope): boolean {
  return view.recording && view.state === undefined && place === 0;
}
