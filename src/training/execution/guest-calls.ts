/** The worker's side of the model calls of a task: the run decides whether a call is made, and keeps its answer. */

import { rememberPlace } from "../../util/async-place.ts";
import { decode, encode, type Json } from "../../util/encode.ts";
import { type ExternalCall, type Intercept, intercepted, type Requests } from "../../util/external-call.ts";
import type { Tokens } from "../../util/token-count.ts";
import { withTurnsElsewhere } from "../../util/turns.ts";
import { urgencyAt } from "../journal/call-key.ts";
import { requestHash } from "../journal/request.ts";
import type { HostMessage, PortableCall, TaskLine } from "./executor.ts";
import { GuestTurns } from "./guest-turns.ts";
import { fromPortable, toPortable } from "./portable-error.ts";

/** A call that waits for the run. */
interface GuestCall {
  readonly turns: GuestTurns;
  perform(): void;
  answer(reply: Json | undefined): void;
  refuse(error: unknown): void;
  /** Takes the permission for a request. */
  again: { resolve(): void; reject(error: unknown): void } | undefined;
}

/** The calls of one attempt at a task. */
export class GuestCalls {
  readonly #line: TaskLine;
  readonly #path: string;
  readonly #change: Intercept["change"];
  readonly #calls = new Map<number, GuestCall>();
  readonly #waiting: (() => void)[] = [];
  #count = 0;

  /**
   * @param path The path of the task.
   * @param change What the run does to requests before a judge's model is asked.
   */
  constructor(line: TaskLine, path: string, change: Intercept["change"]) {
    this.#line = line;
    this.#path = path;
    this.#change = change;
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    while (this.#calls.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The run does not hear of the task any more. */
  end(): void {
    for (const { turns } of this.#calls.values()) turns.end();
  }

  /** Takes a message of the run, other than `stop`. */
  receive(message: Exclude<HostMessage, { readonly type: "stop" }>): void {
    const call = this.#calls.get(message.n);
    if (call === undefined) return;
    if (message.type === "turn" || message.type === "outage") return call.turns.receive(message);
    if (message.type === "perform") {
      call.turns.begin(message.hasTurn === true);
      return call.perform();
    }
    if (message.type === "again") {
      const { again } = call;
      call.again = undefined;
      return message.error === undefined ? again?.resolve() : again?.reject(fromPortable(message.error));
    }
    this.#calls.delete(message.n);
    call.turns.end();
    if (this.#calls.size === 0) for (const wake of this.#waiting.splice(0)) wake();
    if (message.type === "answer") call.answer(message.reply);
    else call.refuse(message.error && fromPortable(message.error));
  }

  /** For `intercepted`: sends the calls to the run. */
  interceptIn(outer: number | undefined): Intercept {
    const { send } = this.#line;
    const intercept: Intercept = (call, path) => this.#ask(call, this.#below(path), outer);
    return Object.assign(intercept, {
      instantly: ({ to, most }: { readonly to: string; readonly most: object }, path: string) =>
        send({ type: "instantly", path: this.#below(path), to, most }),
      unknown: (text: string) => send({ type: "unknown", text }),
      warning: (text: string) => send({ type: "warning", text }),
      notice: (text: string) => send({ type: "notice", text }),
      urgency: urgencyAt,
      ...(this.#change === undefined ? {} : { change: this.#change }),
    });
  }

  #below(path: string): string {
    return path === this.#path ? "" : path.slice(this.#path.length + 1);
  }

  async #ask<T>(call: ExternalCall<T>, path: string, outer: number | undefined): Promise<T> {
    const n = ++this.#count;
    const sent = portable(call);
    return new Promise<T>((resolve, reject) => {
      // The messages of the run come from elsewhere: the call goes on where it was made.
      const here = rememberPlace();
      const own: { reply?: T; error?: unknown } = {};
      const recorded: (() => Promise<void>)[] = [];
      const onRecorded = async (then: () => Promise<void>) => void recorded.push(then);
      const requests: Requests = { ...this.#requestsOf(n), onRecorded };
      const turns = new GuestTurns(n, sent.turn, this.#line.send);
      const perform = async (): Promise<void> => {
        try {
          const make = () => call.perform(call.signal, requests);
          own.reply = await withTurnsElsewhere(turns.take, () => intercepted(this.interceptIn(n), make));
          const reply = call.request === undefined ? undefined : encode(own.reply);
          this.#line.send({ type: "performed", n, reply, usage: call.usage(own.reply) });
        } catch (thrown) {
          own.error = thrown;
          this.#line.send({ type: "failed", n, error: toPortable(thrown) });
        }
      };
      this.#calls.set(n, {
        turns,
        perform: () => void here(perform),
        answer: (reply) =>
          void Promise.all(recorded.map((then) => then()))
            .then(() => (reply === undefined ? own.reply : decode(reply)) as T)
            .then(resolve, reject),
        refuse: (error) => reject(error ?? own.error),
        again: undefined,
      });
      this.#line.send({ type: "call", n, outer, path, call: sent });
    });
  }

  #requestsOf(n: number): Omit<Requests, "onRecorded"> {
    const again = (most?: Partial<Tokens>): Promise<void> =>
      new Promise((resolve, reject) => {
        const call = this.#calls.get(n);
        if (call !== undefined) call.again = { resolve, reject };
        this.#line.send({ type: "again", n, ...(most && { most }) });
      });
    return { ended: (used) => this.#line.send({ type: "ended", n, used }), again: () => again(), bound: again };
  }
}

function portable<T>(call: ExternalCall<T>): PortableCall {
  const { to, provider, request, most, isPaid, isAtHand, free, usageFix } = call;
  const { source, wanted } = call.firstTurn?.() ?? {};
  return {
    ...{ to, provider, most, usageFix, isPaid: isPaid === true, isAtHand: isAtHand === true, free: free === true },
    request: request as Json | undefined,
    // Throws for a request that is not JSON, which would arrive as another one.
    hash: requestHash(to, request ?? ["not kept"]),
    turn: source?.id === undefined || wanted === undefined ? undefined : { source: source.id, ...wanted },
  };
}
