/** What a journal tells of the calls of earlier processes: which were answered, which may have been paid, what they cost. */

import type { Json } from "../../util/encode.ts";
import { pathOf } from "./key.ts";
import type { Place, PlacedRecord } from "./lines.ts";
import { type CallUsage, Tally } from "./tally.ts";

/** What is kept of a request, to tell later where another one differs from it. */
export interface RequestMark {
  /** Who was called. */
  readonly to: string;
  /** A short hash of each field of the request. */
  readonly fields: { readonly [name: string]: string };
  /** The last characters of the request, for people. */
  readonly tail: string;
}

/** The data of a `call.start` record. */
export interface CallStart extends RequestMark {
  readonly key: string;
  /** Which call of its path it was, where that does not depend on chance; else null. */
  readonly at: string | null;
  /** The most it may use. */
  readonly most: CallUsage;
}

/** The data of a `call.done` record. */
export interface CallDone {
  readonly key: string;
  /** The reply, as `encode` gives it. */
  readonly reply: Json;
  readonly usage: CallUsage;
  /** The model that answered; null when the reply does not say. */
  readonly model: string | null;
  readonly seconds: number;
}

/** The data of a `call.fail` record. */
export interface CallFail {
  readonly key: string;
  readonly code: string;
  readonly message: string;
  /** Whether the call cannot have cost anything. */
  readonly free: boolean;
}

/** A call that was under way when its process died, or that failed in a way that may have been billed. */
export interface PossiblyPaid {
  readonly key: string;
  readonly to: string;
  readonly most: CallUsage;
}

/** The calls of the earlier processes of a run. */
export class CallHistory {
  /** What they used; those that may have been paid at their upper bound. */
  readonly tally: Tally = new Tally();
  readonly #open = new Map<string, CallStart>();
  readonly #answers = new Map<string, Place>();
  readonly #refusals = new Map<string, CallFail>();
  readonly #marks = new Map<string, RequestMark & { readonly key: string }>();
  readonly #retried = new Set<string>();
  #session = 0;

  /** Takes the next record of the journal into account. Replies are not kept, only where they lie. */
  add(placed: PlacedRecord): void {
    const { record } = placed;
    if (record.session !== this.#session) this.end();
    this.#session = record.session;
    if (record.type === "call.start") this.#started(record.data as unknown as CallStart);
    if (record.type === "call.done") this.#done(record.data as unknown as CallDone, placed);
    if (record.type === "call.fail") this.#failed(record.data as unknown as CallFail);
    if (record.type === "checkpoint") this.forget();
  }

  /** Forgets the answers: from a checkpoint on nothing before it is asked for again. The sums stay. */
  forget(): void {
    for (const kept of [this.#answers, this.#refusals, this.#marks, this.#retried]) kept.clear();
  }

  /** Says that a process has ended: what it had under way may have been paid. */
  end(): void {
    for (const start of this.#open.values()) this.tally.lost(start);
    this.#open.clear();
  }

  /** Where the reply to a call lies; undefined when it was never answered. */
  placeOf(key: string): Place | undefined {
    return this.#answers.get(key);
  }

  /** The failure that is the answer to a call, since the same request would fail again. */
  refusalOf(key: string): CallFail | undefined {
    return this.#refusals.get(key);
  }

  /** The request that an earlier process made at a place; undefined when none, or when chance decided which. */
  markAt(path: string, at: string): (RequestMark & { readonly key: string }) | undefined {
    // After a failed call that is made again, the program may well go another way.
    return this.#retried.has(path) ? undefined : this.#marks.get(`${path}\n${at}`);
  }

  #started(start: CallStart): void {
    const { key, at, to, fields, tail } = start;
    this.tally.started(key);
    this.#open.set(key, start);
    if (at !== null) this.#marks.set(`${pathOf(key)}\n${at}`, { key, to, fields, tail });
  }

  #done(done: CallDone, { record, position, length }: PlacedRecord): void {
    const start = this.#open.get(done.key);
    this.#open.delete(done.key);
    this.#answers.set(done.key, { seq: record.seq, position, length });
    this.tally.used(done.key, start?.to ?? "", done.usage);
  }

  #failed(fail: CallFail): void {
    const start = this.#open.get(fail.key);
    this.#open.delete(fail.key);
    if (start !== undefined && !fail.free) this.tally.lost(start);
    if (isFinal(fail)) this.#refusals.set(fail.key, fail);
    else this.#retried.add(pathOf(fail.key));
  }
}

/** Whether the same call would fail again, so that a resumed run need not make it. */
function isFinal({ code }: CallFail): boolean {
  return code === "model-bad-request";
}
