/** External calls, such as to a paid service, and where in a run they are made, which may record and limit them. */

import { AsyncLocalStorage } from "node:async_hooks";
import { mixedRuns } from "./mixed.ts";
import { currentObserver, type Observer } from "./observe.ts";
import type { FirstTurn } from "./request-turn.ts";
import { isThenable } from "./thenable.ts";
import type { Tokens } from "./token-count.ts";
import { withWellFormedTexts } from "./well-formed.ts";

/** What a call under way tells the run of the requests that it makes: the first one, and those that are made again. */
export interface Requests {
  /**
   * Says that the request under way has ended: what it used, or that this is unknown because it was left before its
   * end. A call that never says it is counted by its reply.
   */
  ended(used: Tokens | "unknown"): void;
  /** Waits until one more request may be made. Rejects when the budget does not allow it. */
  again(): Promise<void>;
  /** Says what a request may use at most, before it is made. Rejects when the budget does not allow it. */
  bound(most: Partial<Tokens>): Promise<void>;
  /** Has `then` called, and waited for, once the reply is recorded; at once outside of a run. Not when a call fails. */
  onRecorded(then: () => Promise<void>): Promise<void>;
}

/** An external call: one that leaves the process. */
export interface ExternalCall<T> {
  /** Who is called, such as a model's name. */
  readonly to: string;
  /** Whose service it is, such as `anthropic`, where that is known. */
  readonly provider?: string | undefined;
  /** What is done, by the names of OpenTelemetry, such as `embeddings`. Default: `chat`. */
  readonly operation?: string | undefined;
  /**
   * Everything that decides the answer: plain JSON, by which the run keeps the reply. Undefined: the reply is not kept.
   */
  readonly request: unknown;
  readonly signal: AbortSignal | undefined;
  /** The most tokens that one request may use, where the caller knows them. Default: estimated by the request. */
  readonly most?: Partial<Tokens> | undefined;
  /** True for a call that has been paid already: it is counted, whatever the budget says. */
  readonly isPaid?: boolean;
  /** True for a call whose reply is at hand, such as in a cache: the run keeps it, and neither counts nor limits it. */
  readonly isAtHand?: boolean;
  /** True for a call that costs no money, unless the run has a price for who is called. Default: false. */
  readonly free?: boolean | undefined;
  /** What the caller changes so that its replies say what they used, as a sentence. Default: for clients and models. */
  readonly usageFix?: string | undefined;
  /** Gives the turn that its first request will take; undefined for none. */
  firstTurn?(): FirstTurn | undefined;
  /** What a reply says that it used, as it says it; undefined when it says nothing. */
  usage(reply: T): Partial<Tokens> | undefined;
  /** What a reply says, in the fields of a language model's reply. Default: the reply itself. */
  answerOf?(reply: T): unknown;
  /** Makes the call for real. */
  perform(signal: AbortSignal | undefined, requests: Requests): Promise<T>;
}

/** A call whose reply cannot be waited for, such as one that gives a stream at once. */
export type InstantCall = Pick<ExternalCall<unknown>, "to"> & { readonly most: Partial<Tokens> };

/** Intercepts external calls: makes the call, or answers it from the record. `path` is where in the run it is made. */
export interface Intercept {
  <T>(call: ExternalCall<T>, path: string): Promise<T>;
  /** Counts a call at its upper bound, before it is made. Throws when the budget does not allow it. */
  readonly instantly?: (call: InstantCall, path: string) => void;
  /** Says that something was called that may or may not call a model. */
  readonly unknown?: (name: string) => void;
  /** Adds a warning to the run, once. */
  readonly warning?: (text: string) => void;
  /** How urgent a call at a path is; 0 for one that may wait. Default: 0. */
  readonly urgency?: (path: string) => number;
  /** Shows people what is waited for. */
  readonly notice?: (text: string) => void;
  /** Changes a request before the model of the optimizer or the judge is asked, such as taking secrets out. */
  readonly change?: (request: unknown) => unknown;
}

/** Where in a run an async context is. Work that continues after its place has ended does not belong to it. */
interface CallFrame {
  readonly intercept: Intercept | undefined;
  readonly path: string;
  readonly parent: CallFrame | undefined;
  /** The nearest place that {@link atPath} made, itself or an ancestor: what has one home belongs together. */
  readonly home: CallFrame | undefined;
  /** The home's number, from 1; 0 for none. */
  readonly number: number;
  /** What code parameters draw by; undefined for real chance. */
  readonly seed: string | undefined;
  /** How many worlds were opened here so far; only a home counts. */
  worlds: number;
  /** Called for each call that is made here. */
  readonly onCall: (() => void) | undefined;
  over: boolean;
}

const storage = new AsyncLocalStorage<CallFrame>();
const nowhere: CallFrame = {
  ...{ intercept: undefined, path: "", parent: undefined, home: undefined, number: 0, onCall: undefined, over: false },
  ...{ seed: undefined, worlds: 0 },
};

/** Homes whose work is under way. */
const live = new Set<CallFrame>();
let homes = 0;

/** How many turns of the microtask queue work has to end in after the last call that it awaits. */
const turnsToEnd = 24;

const granted = async (): Promise<void> => undefined;
/** For calls that nobody counts request by request: those outside all runs, and those whose reply is at hand. */
export const uncounted: Requests = { ended: () => {}, again: granted, bound: granted, onRecorded: (then) => then() };

/**
 * Makes an external call: through the run that the caller is in, if it is in one.
 * @throws ExternalCallError `mixed-runs` when the caller's part of the run was over before the call, while others were
 * under way.
 */
export function callExternal<T>(given: ExternalCall<T>): Promise<T> {
  const observer = currentObserver();
  const call = observer === undefined ? given : observedBy(observer, given);
  const place = here();
  place.onCall?.();
  if (place.intercept === undefined) return call.perform(call.signal, uncounted);
  if (isForeign(place)) return Promise.reject(mixedRuns(`the call of ${call.to}`));
  // Begun at once: calls are numbered in the order of the program.
  return own(place, call.to, place.intercept(call, place.path));
}

/** `call` followed by `observer`: as a part of what asks for it, for as long as it is really made. */
function observedBy<T>(observer: Observer, call: ExternalCall<T>): ExternalCall<T> {
  const { to, provider, operation, request, isAtHand = false } = call;
  const usage = (reply: unknown) => call.usage(reply as T);
  const answerOf = (reply: unknown) => (call.answerOf === undefined ? reply : call.answerOf(reply as T));
  const follow = observer.begin({ kind: "request", to, provider, operation, request, isAtHand, usage, answerOf });
  return { ...call, perform: (signal, requests) => follow(() => call.perform(signal, requests)) };
}

/** A call that its caller awaits ends before the caller does: otherwise it was made for another one. */
async function own<T>(place: CallFrame, to: string, answering: Promise<T>): Promise<T> {
  const answer = await answering;
  if (live.size > 1) for (let turn = 0; turn < turnsToEnd && !place.over; turn++) await undefined;
  if (isForeign(place)) throw mixedRuns(`the answer of ${to}`);
  return answer;
}

/** Whether work in a place that is over may be that of another one, which is under way. */
function isForeign({ over, home }: CallFrame): boolean {
  return over && [...live].some((other) => !isWithin(other, home) && !isWithin(home, other));
}

function isWithin(place: CallFrame | undefined, outer: CallFrame | undefined): boolean {
  for (let at = place; at !== undefined; at = at.parent) if (at === outer) return true;
  return outer === undefined;
}

function here(): CallFrame {
  return storage.getStore() ?? nowhere;
}

/**
 * Where in a run the caller is: the path, what its code draws by, and a number that is the same only for what belongs
 * together. Outside of all runs: "", undefined and 0.
 */
export function placeHere(): Pick<CallFrame, "path" | "seed" | "number"> {
  return here();
}

/** Whether a run intercepts the external calls of the caller. */
export function isIntercepted(): boolean {
  return storage.getStore()?.intercept !== undefined;
}

/** Counts a call that gives its reply at once, in the caller's run. Throws when its budget does not allow it. */
export function callInstantly(call: InstantCall): void {
  const place = here();
  place.onCall?.();
  if (isForeign(place)) throw mixedRuns(`the call of ${call.to}`);
  place.intercept?.instantly?.(call, place.path);
}

/** Tells the run that the caller is in of something that may call a model or not. */
export function noteUnknown(name: string): void {
  storage.getStore()?.intercept?.unknown?.(name);
}

/** Adds a warning to the run that the caller is in, once for each text. */
export function warn(text: string): void {
  nearest("warning")?.(text);
}

/** Gives a notice to the display of the run that the caller is in; false when there is none. */
export function notice(text: string): boolean {
  const show = nearest("notice");
  show?.(text);
  return show !== undefined;
}

/** The request as the run of the caller wants it sent. Providers refuse a text with half a character in it. */
export function requestForRun<Q>(request: Q): Q {
  return withWellFormedTexts((nearest("change")?.(request) ?? request) as Q);
}

/** How urgent the calls of the caller are; 0 outside of a run. */
export function urgency(): number {
  return nearest("urgency")?.(here().path) ?? 0;
}

/** Calls made by a call have their own interceptor, which does not do everything. */
function nearest<K extends "notice" | "change" | "warning" | "urgency">(what: K): Intercept[K] | undefined {
  for (let at = storage.getStore(); at !== undefined; at = at.parent) {
    const found = at.intercept?.[what];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Runs `fn`, and all that it awaits, with its external calls going through `intercept`. */
export function intercepted<R>(intercept: Intercept, fn: () => R): R {
  const parent = here();
  return within({ ...parent, parent, intercept, over: false }, fn);
}

/** Runs `fn`, and all that it awaits, outside of all runs. */
export function nowhereAtAll<R>(fn: () => R): R {
  return storage.run(nowhere, fn);
}

/** Runs `fn`, and all that it awaits, with code parameters that draw by `seed`, each time the same. */
export function seeded<R>(seed: number | string, fn: () => R): R {
  return storage.run({ ...here(), seed: String(seed) }, fn);
}

/**
 * A seed for a sandbox session that is opened now: by the seed and the place of the run, and the sessions opened there
 * before.
 */
export function drawSeed(): string | undefined {
  const { seed, path, home } = here();
  if (seed === undefined) return undefined;
  return `${seed}/${path}/${home === undefined ? 0 : home.worlds++}`;
}

/** Runs `fn`, and calls `onCall` for each external call that it makes. */
export function watched<R>(onCall: () => void, fn: () => R): R {
  const { intercept } = here();
  if (intercept === undefined) return fn();
  const watching: Intercept = (call, path) => {
    onCall();
    return intercept(call, path);
  };
  return intercepted(Object.assign(watching, intercept), fn);
}

/** A name of the user's, such as an example's id, as a part of a path: whatever it is, it makes no segments. */
export function inSegment(name: string): string {
  return name.replace(/[%/]/g, encodeURIComponent);
}

/** Runs `fn`, and all that it awaits, one segment further down: `step 3`, `example a7`. Paths are joined by `/`. */
export function atPath<R>(segment: string, fn: () => R): R {
  const parent = here();
  const path = parent.path === "" ? segment : `${parent.path}/${segment}`;
  const place = { ...parent, parent, path, home: parent.home, number: ++homes, over: false, worlds: 0 };
  place.home = place;
  live.add(place);
  return within(place, fn);
}

/** Runs `fn` at the caller's place, as a part of it that is over when `fn` is. */
export function asPart<R>(fn: () => R, onCall?: () => void): R {
  const parent = here();
  return within({ ...parent, parent, onCall: onCall ?? parent.onCall, over: false }, fn);
}

function within<R>(place: CallFrame, fn: () => R): R {
  const end = (): void => {
    place.over = true;
    live.delete(place);
  };
  let result: R;
  try {
    result = storage.run(place, fn);
  } catch (error) {
    end();
    throw error;
  }
  if (!isThenable(result)) end();
  else if (result instanceof Promise) result.then(end, end);
  return result;
}
