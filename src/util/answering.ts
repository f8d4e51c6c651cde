/** Makes whatever answers requests, such as a language model, answer through the run that its caller is in. */

import { AsyncLocalStorage } from "node:async_hooks";
import { callExternal, type Requests, urgency } from "./external-call.ts";
import type { FirstTurn, TurnSource } from "./request-turn.ts";
import type { Tokens } from "./token-count.ts";

/** What answers requests. */
export interface Answering<Q, A> {
  readonly name?: string;
  /** The most tokens of an answer whose request does not say. */
  readonly maxTokens?: number;
  generate(request: Q, options?: { readonly signal?: AbortSignal }): Promise<A>;
}

/** What the requests to a model take turns of, and the name that the model has there. */
export interface ModelTurns {
  readonly source: TurnSource;
  readonly model: string;
}

/** How one call of it is made. */
export interface AnsweredCall<Q, A> {
  readonly request: Q;
  readonly signal: AbortSignal | undefined;
  /** Makes the call for real. */
  answer(signal: AbortSignal | undefined, requests: Requests): Promise<A>;
  /** The most tokens of one request. Default: by the request, and the model's own `maxTokens`. */
  readonly most?: Partial<Tokens> | undefined;
  /** See {@link Callee.free}. Default: false. */
  readonly free?: boolean | undefined;
  /** Whose service it is, where that is known. */
  readonly provider?: string | undefined;
  /** See {@link GatedCall.takesTurns}. Default: false. */
  readonly takesTurns?: boolean | undefined;
  /** What its requests take turns of where no gate is around it. Default: none. */
  readonly turns?: ModelTurns | undefined;
}

/** Whom a run counts the calls of a model for. */
export interface Callee {
  /** The name that prices go by. */
  readonly name: string;
  /** True for one whose calls cost no money, unless the run has a price for it. Default: false. */
  readonly free?: boolean | undefined;
}

/** A call that is about to be made for real. */
export interface GatedCall {
  /** The name of who is called. */
  readonly to: string;
  readonly request: unknown;
  /** The most tokens of one request, where they are known. */
  readonly most: Partial<Tokens>;
  readonly signal: AbortSignal | undefined;
  readonly requests: Requests;
  /** True for one that waits for the turn of each of its requests itself. */
  readonly takesTurns: boolean;
}

/** A call of which nothing is decided yet. */
export type PlannedCall = Pick<GatedCall, "to" | "request" | "most">;

/** Decides when calls are made. */
export interface CallGate {
  pass<A>(call: GatedCall, perform: () => Promise<A>): Promise<A>;
  /** The turn that the first request of a call will take; undefined for none, or where it takes over one. */
  firstTurn(call: PlannedCall): FirstTurn | undefined;
}

const gates = new AsyncLocalStorage<CallGate>();

/** Runs `fn` with all calls that it makes going through `gate`, but those that a run answers from its journal. */
export function throughGate<R>(gate: CallGate, fn: () => R): R {
  return gates.run(gate, fn);
}

const unnamed = "unnamed model";

/**
 * Whom the functions call that make their calls through the run already. By function, since copies of a model keep it.
 */
const through = new WeakMap<object, Callee>();

/** Says that `generate` makes its calls to `callee` through the run: nothing is to be put around it. Gives it back. */
export function markThroughRun<F extends object>(generate: F, { name, free }: Callee): F {
  through.set(generate, { name, free });
  return generate;
}

/** Whom a run counts the calls of `model` for, behind whatever has been put around it. */
export function calleeOf({ name = unnamed, generate }: Answering<never, unknown>): Callee {
  return through.get(generate) ?? { name };
}

/** `model` with its calls made through the run; itself when it makes them so already. */
export function counted<M extends Answering<never, unknown>>(
  model: M,
): Pick<M, keyof M & keyof Answering<never, unknown>>;
export function counted(model: Answering<unknown, unknown>): Answering<unknown, unknown> {
  if (through.has(model.generate)) return model;
  const { name, maxTokens } = model;
  const generate = (request: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<unknown> =>
    askThroughRun(model, {
      request,
      signal,
      answer: (given) => model.generate(request, given === undefined ? {} : { signal: given }),
    });
  return {
    ...(name === undefined ? {} : { name }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    generate: markThroughRun(generate, { name: name ?? unnamed }),
  };
}

/** One call, made through the run that the caller is in, if it is in one. */
export function askThroughRun<Q, A>(
  { name = unnamed, maxTokens }: Pick<Answering<Q, A>, "name" | "maxTokens">,
  { request, signal, answer, most, free, provider, takesTurns = false, turns }: AnsweredCall<Q, A>,
): Promise<A> {
  const bound = most ?? outputBound(request, maxTokens);
  return callExternal<A>({
    to: name,
    provider,
    request,
    signal,
    most: bound,
    free,
    firstTurn: () => {
      // One that takes turns of nothing is held by no gate either.
      if (takesTurns && turns === undefined) return undefined;
      const gate = gates.getStore();
      if (gate !== undefined) return gate.firstTurn({ to: turns?.model ?? name, request, most: bound });
      return turns && { source: turns.source, wanted: { model: turns.model, tokens: 0, urgency: urgency() } };
    },
    usage: usageOf,
    perform: (given, requests) => {
      const gate = gates.getStore();
      if (gate === undefined) return answer(given, requests);
      const call: GatedCall = { to: name, request, most: bound, signal: given, requests, takesTurns };
      return gate.pass(call, () => answer(given, requests));
    },
  });
}

function outputBound(request: unknown, ofModel: number | undefined): Partial<Tokens> {
  const { maxTokens = ofModel } = request as { readonly maxTokens?: number };
  return typeof maxTokens === "number" && maxTokens >= 0 ? { outputTokens: maxTokens } : {};
}

/** What an answer says that it used. */
export function usageOf(answer: unknown): Partial<Tokens> | undefined {
  const { usage } = (answer ?? {}) as { readonly usage?: Partial<Tokens> | null };
  return usage ?? undefined;
}
