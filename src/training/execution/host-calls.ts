/**
 * The run's side of the model calls of a task: each goes through the run's journal and budget, as one made here would,
 * and is performed by the worker. A call that was answered is not made again in the next attempt.
 */

import { type InPlace, rememberPlace } from "../../util/async-place.ts";
import { decode, encode, type Json } from "../../util/encode.ts";
import { ExternalCallError } from "../../util/errors.ts";
import {
  atPath,
  callExternal,
  callInstantly,
  type ExternalCall,
  noteUnknown,
  notice,
  type Requests,
  warn,
} from "../../util/external-call.ts";
import type { Tokens } from "../../util/token-count.ts";
import type { PortableCall, TaskAttempt, TaskHost, WorkerMessage } from "./executor.ts";
import { HostTurns, type Send } from "./host-turns.ts";
import { fromPortable, toPortable } from "./portable-error.ts";

type CallMessage = Extract<WorkerMessage, { readonly type: "call" }>;
type InstantMessage = Extract<WorkerMessage, { readonly type: "instantly" }>;

/** The calls of one task, over all its attempts. */
export class HostCalls implements TaskHost {
  readonly #place: InPlace = rememberPlace();
  /** By what the call is, and how often the attempt made the same call before. */
  readonly #calls = new Map<string, HostCall>();
  readonly #signal: AbortSignal | undefined;
  #attempts = 0;
  /** Why the run does not take the result of the task, such as a spent budget. */
  refusal: unknown;

  /** Made where the task belongs to: its calls are made at that place of the run. */
  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  begin(send: Send): TaskAttempt {
    this.#attempts += 1;
    const attempt = new Attempt(this, send);
    return { receive: (message) => attempt.receive(message), lost: () => attempt.lost() };
  }

  /** Ends what the task has left under way. */
  end(): void {
    for (const call of this.#calls.values()) call.end();
  }

  /** The call with this name: of an earlier attempt, or a new one, made by `outer` where another call makes it. */
  callOf(name: string, { path, call }: CallMessage, { outer, send }: Asking): HostCall {
    const known = this.#calls.get(name);
    if (known?.isFor(send) === true) return known;
    // The program goes another way than before: what it waited for then would hold places of the queue for ever.
    if (known === undefined && this.#attempts > 1)
      for (const [other, one] of this.#calls) if (one.endIfForgotten()) this.#calls.delete(other);
    const place = outer?.inside ?? this.#place;
    const fresh = new HostCall(call, this.#signal, (fn) => place(() => at(path, fn)));
    this.#calls.set(name, fresh);
    return fresh;
  }

  /** Runs `fn` at the place of the task. */
  run<R>(path: string, fn: () => R): R {
    return this.#place(() => at(path, fn));
  }
}

function at<R>(path: string, fn: () => R): R {
  return path === "" ? fn() : atPath(path, fn);
}

/** Who asks for a call: the call that makes it, and the worker. */
interface Asking {
  readonly outer: HostCall | undefined;
  readonly send: Send;
}

/** What one worker has asked for. */
class Attempt {
  readonly #host: HostCalls;
  readonly #send: Send;
  readonly #byNumber = new Map<number, { readonly name: string; readonly call: HostCall }>();
  readonly #counts = new Map<string, number>();

  constructor(host: HostCalls, send: Send) {
    this.#host = host;
    this.#send = send;
  }

  receive(message: WorkerMessage): void {
    switch (message.type) {
      case "call":
        return this.#begin(message);
      case "instantly":
        return this.#instantly(message);
      case "unknown":
        return this.#host.run("", () => noteUnknown(message.text));
      case "warning":
        return this.#host.run("", () => warn(message.text));
      case "notice":
        return void this.#host.run("", () => notice(message.text));
      default:
        this.#byNumber.get(message.n)?.call.receive(message);
    }
  }

  lost(): void {
    for (const { call } of this.#byNumber.values()) call.detach(this.#send);
  }

  #begin(message: CallMessage): void {
    const { n, path, call, outer } = message;
    const around = outer === undefined ? undefined : this.#byNumber.get(outer);
    const what = `${around?.name ?? ""} ${path} ${call.hash}`;
    const index = this.#counts.get(what) ?? 0;
    this.#counts.set(what, index + 1);
    const name = `${what}:${index}`;
    const hosted = this.#host.callOf(name, message, { outer: around?.call, send: this.#send });
    this.#byNumber.set(n, { name, call: hosted });
    hosted.attach(n, this.#send);
  }

  #instantly({ path, to, most }: InstantMessage): void {
    try {
      this.#host.run(path, () => callInstantly({ to, most }));
    } catch (thrown) {
      this.#host.refusal = thrown;
      this.#send({ type: "stop", error: toPortable(thrown) });
    }
  }
}

interface Performance {
  readonly requests: Requests;
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

type Answer = { readonly reply: Json | undefined } | { readonly error: unknown };

/** A call of a task: made once, whatever becomes of the worker that asked for it. */
class HostCall {
  /** Where the calls that it makes itself belong to; undefined before it is performed. */
  inside: InPlace | undefined;
  readonly #call: PortableCall;
  /** Who waits for the answer: the worker of the current attempt. */
  #waiting: { readonly n: number; readonly send: Send } | undefined;
  /** Set while the worker is to perform it. */
  #performance: Performance | undefined;
  /** Who performed it, and so has its reply and its error. */
  #performer: Send | undefined;
  /** Whether a worker has begun to perform it: its request may have been charged. */
  #isSent = false;
  /** The turns of its requests with who performs it. */
  readonly #turns = new HostTurns();
  #usage: Partial<Tokens> | undefined;
  /** The error that the worker itself reported, which it has in full. */
  #reported: unknown;
  #answer: Answer | undefined;

  constructor(call: PortableCall, signal: AbortSignal | undefined, place: InPlace) {
    this.#call = call;
    const settle = (answer: Answer): void => {
      this.#answer = answer;
      this.#tell();
    };
    place(() => callExternal(this.#external(signal))).then(
      (reply) => settle({ reply: call.request === undefined ? undefined : encode(reply) }),
      (error: unknown) => settle({ error }),
    );
  }

  #external(signal: AbortSignal | undefined): ExternalCall<unknown> {
    const { request, most, hash: _, turn: __, ...rest } = this.#call;
    return {
      ...rest,
      request,
      signal,
      ...(most === undefined ? {} : { most }),
      usage: () => this.#usage,
      perform: (_, requests) =>
        new Promise((resolve, reject) => {
          this.inside = rememberPlace();
          this.#performance = { requests, resolve, reject };
          this.#tell();
        }),
    };
  }

  /** Whether a worker can have its answer: a reply that the run does not keep stays with the worker that got it. */
  isFor(send: Send): boolean {
    return this.#call.request !== undefined || this.#performer === undefined || this.#performer === send;
  }

  /** Ends it where a worker was lost that performed it and no other one has asked for it; says whether it did. */
  endIfForgotten(): boolean {
    if (this.#waiting !== undefined || this.#performance === undefined) return false;
    this.end();
    return true;
  }

  /** A worker waits for the answer, under its own number for the call. */
  attach(n: number, send: Send): void {
    this.#waiting = { n, send };
    if (this.#performance === undefined || !this.#isSent) return this.#tell();
    // Another worker was lost while it performed the call.
    const { requests, reject } = this.#performance;
    this.#isSent = false;
    requests.ended("unknown");
    requests.again().then(() => this.#tell(), reject);
  }

  detach(send: Send): void {
    if (this.#waiting?.send !== send) return;
    this.#waiting = undefined;
    this.#turns.end();
  }

  receive(message: Exclude<WorkerMessage, CallMessage | InstantMessage | { readonly text: string }>): void {
    const performance = this.#performance;
    if ("turn" in message) return this.#turn(message);
    if (performance === undefined) return;
    if (message.type === "ended") return performance.requests.ended(message.used);
    if (message.type === "again") return this.#again(performance, message.most);
    this.#performance = undefined;
    this.#turns.end();
    if (message.type === "performed") {
      this.#usage = message.usage;
      return performance.resolve(message.reply === undefined ? undefined : decode(message.reply));
    }
    this.#reported = fromPortable(message.error);
    performance.reject(this.#reported);
  }

  /** Nobody will perform it any more. */
  end(): void {
    this.#waiting = undefined;
    this.#turns.end();
    this.#performance?.reject(new ExternalCallError("call-lost", `The call of ${this.#call.to} was given up.`));
    this.#performance = undefined;
  }

  #turn(message: Extract<WorkerMessage, { readonly turn: number }>): void {
    const { send } = this.#waiting ?? {};
    if (send !== undefined && this.#performance !== undefined) return this.#turns.receive(message, send);
    // What its call left behind is not held by the run.
    if (message.type === "turn") send?.({ type: "turn", n: message.n, turn: message.turn, isKnown: false });
  }

  #again({ requests }: Performance, most: Partial<Tokens> | undefined): void {
    const { n, send } = this.#waiting ?? {};
    if (n === undefined || send === undefined) return;
    (most === undefined ? requests.again() : requests.bound(most)).then(
      () => send({ type: "again", n, error: undefined }),
      (error: unknown) => send({ type: "again", n, error: toPortable(error) }),
    );
  }

  /** Says to who waits what there is to say. */
  #tell(): void {
    if (this.#waiting === undefined) return;
    const { n, send } = this.#waiting;
    const answer = this.#answer;
    if (answer === undefined) {
      if (this.#performance === undefined || this.#isSent) return;
      this.#isSent = true;
      this.#performer = send;
      const { turn } = this.#call;
      const hasTurn = turn !== undefined && this.#turns.takeFirst(turn);
      return send({ type: "perform", n, ...(hasTurn ? { hasTurn } : {}) });
    }
    if ("reply" in answer) return send({ type: "answer", n, reply: answer.reply });
    const isOwn = this.#performer === send && this.#reported !== undefined && answer.error === this.#reported;
    send({ type: "refuse", n, error: isOwn ? undefined : toPortable(answer.error) });
  }
}
