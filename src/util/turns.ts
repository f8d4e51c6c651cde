/** Turns of requests to models: what gives them, and how a process that works for a run takes them there. */

import { AsyncLocalStorage } from "node:async_hooks";
import { isIntercepted } from "./external-call.ts";
import type { RequestSlot, TurnSource, WantedRequest } from "./request-turn.ts";

/** Takes a turn in another process; undefined where that has no such source. */
export type TurnElsewhere = (
  id: string,
  wanted: WantedRequest,
  signal: AbortSignal | undefined,
) => Promise<RequestSlot | undefined>;

const elsewhere = new AsyncLocalStorage<TurnElsewhere>();
const scopes = new AsyncLocalStorage<string>();

/** Runs `fn` with its turns taken by `take`. */
export function withTurnsElsewhere<R>(take: TurnElsewhere, fn: () => R): R {
  return elsewhere.run(take, fn);
}

/** Where the caller's turns are taken; undefined for this process. */
export function turnElsewhere(): TurnElsewhere | undefined {
  return elsewhere.getStore();
}

/** Runs `fn`, whose sources are numbered by themselves: it may run earlier or later in another process. */
export function inTurnScope<R>(name: string, fn: () => R): R {
  return scopes.run(name, fn);
}

/** The sources that are in use, and how many there were of each kind. */
const sources = new Map<string, WeakRef<TurnSource>>();
const counts = new Map<string, number>();
const dropped = new FinalizationRegistry<string>((id) => sources.delete(id));

/** Names a new source by its limits and by how many like it were made before; undefined while a run is under way. */
export function registerTurns(source: TurnSource, limits: object): string | undefined {
  if (isIntercepted()) return undefined;
  const kind = JSON.stringify([scopes.getStore() ?? "", limits]);
  const number = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, number);
  const id = `${kind} ${number}`;
  sources.set(id, new WeakRef(source));
  dropped.register(source, id);
  return id;
}

/** The source of this process with that id, if there is one. */
export function turnsOf(id: string): TurnSource | undefined {
  return sources.get(id)?.deref();
}
