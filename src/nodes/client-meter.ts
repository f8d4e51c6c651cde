/** Lets a run count the calls of a traced client: which of them go to a model, and what those use. */

import { callExternal, callInstantly, isIntercepted, noteUnknown, watched } from "../util/external-call.ts";
import { isThenable } from "../util/thenable.ts";
import type { Tokens } from "../util/token-count.ts";
import { estimatedTokens } from "../util/tokens.ts";
import { modelIn, requestIn, usageIn } from "./client-usage.ts";

/** One call of a method of a traced client. */
export interface ClientCall {
  /** The path of the method in the client, such as `messages.create`. */
  readonly method: string;
  /** As plain values. */
  readonly args: readonly unknown[];
}

/** How a call of a client that goes to a model is counted. */
export interface CountedCall {
  /** The model that is called: prices and accounts go by it. */
  readonly model: string;
  /** The most tokens that it may use, for the budget to be checked before. Default: little input, 8192 of output. */
  readonly most?: Partial<Tokens> | undefined;
  /** What the reply says that it used; undefined when it does not say. */
  readonly usage: (reply: unknown) => Partial<Tokens> | undefined;
}

/** Says how a call is counted; undefined for a call of no model. */
export type ClientMeter = (call: ClientCall) => CountedCall | undefined;

type ClientMethod = (this: unknown, ...args: unknown[]) => unknown;

/** Methods that look like calls of a model, and are free. */
const free = /(^|\.)(count_?tokens|moderations?)(\.|$)/i;
/** Methods that give what makes the calls later, at once and not by a promise. */
const instant = /(^|\.)(stream|runTools|toolRunner)$/;

/**
 * `method` with its calls made through the run that the caller is in: those that go to a model are checked against the
 * budget and counted, and their replies are not kept. Without a `meter` they are known by what they are given or by the
 * tokens that a reply reports. Outside of a run it is called directly.
 */
export function meteredMethod(method: ClientMethod, name: string, meter: ClientMeter | undefined): ClientMethod {
  const standard = new StandardMeter(name);
  return function (this: unknown, ...args: unknown[]): unknown {
    const make = (): unknown => method.apply(this, args);
    if (!isIntercepted()) return make();
    const call = { method: name, args };
    const counted = meter === undefined ? standard.of(call) : meter(call);
    if (counted !== undefined) return callCounted(name, counted, make);
    return meter === undefined && !free.test(name) ? standard.look(make) : make();
  };
}

function callCounted(name: string, { model, most = {}, usage }: CountedCall, make: () => unknown): unknown {
  if (instant.test(name)) {
    callInstantly({ to: model, most });
    return make();
  }
  // The usage of a stream comes with its last part, which is not ours to wait for: it counts at its upper bound.
  const counted = (reply: unknown): Partial<Tokens> | undefined => (isStream(reply) ? unknownUse : usage(reply));
  const perform = async (): Promise<unknown> => make();
  return callExternal({ to: model, request: undefined, signal: undefined, most, usage: counted, perform });
}

/** Impossible counts: the maximum is counted. */
const unknownUse: Tokens = { inputTokens: Number.NaN, outputTokens: Number.NaN };

function isStream(reply: unknown): boolean {
  return typeof reply === "object" && reply !== null && Symbol.asyncIterator in reply;
}

/** What is known of one method without a meter of the user's. */
class StandardMeter {
  readonly #name: string;
  /** The model behind the method, once a reply has reported tokens. */
  #model: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  of({ args }: ClientCall): CountedCall | undefined {
    if (free.test(this.#name)) return undefined;
    const request = requestIn(args);
    if (request !== undefined) return { model: request.model ?? this.#name, most: request.most, usage: usageIn };
    if (this.#model === undefined) return undefined;
    return { model: this.#model, most: { inputTokens: estimatedTokens(args) }, usage: usageIn };
  }

  /** Makes a call of unknown kind, and counts it afterwards when its reply reports tokens. */
  look(make: () => unknown): unknown {
    let hasCalled = false;
    const result = watched(() => {
      hasCalled = true;
    }, make);
    if (!isThenable(result)) return result;
    return Promise.resolve(result).then((reply) => {
      // Calls that it made through the run are counted already.
      return hasCalled ? reply : this.#counted(reply);
    });
  }

  async #counted(reply: unknown): Promise<unknown> {
    const used = usageIn(reply);
    if (used === undefined) {
      noteUnknown(this.#name);
      return reply;
    }
    const to = modelIn(reply) ?? this.#name;
    this.#model = to;
    const perform = async (): Promise<unknown> => reply;
    const paid = { request: undefined, signal: undefined, most: used, isPaid: true, usage: usageIn };
    return callExternal({ to, ...paid, perform });
  }
}
