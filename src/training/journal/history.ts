/**
 * What a journal says about the calls of earlier processes: which were answered, which may have been charged, and what
 * they cost.
 */

import type { Json } from "../../util/encode.ts";
import { pathOf } from "./call-key.ts";
import type { PlacedRecord, RecordPosition } from "./lines.ts";
import { type CallUsage, none, Tally } from "./tally.ts";

/** The mark of a request, to say later where another request differs from it. */
export interface RequestMark {
  /** The callee. */
  readonly to: string;
  /** A short hash of each field of the request. */
  readonly fields: { readonly [name: string]: string };
  /** The last characters of the request, for people. */
  readonly tail: string;
}

/** The data of a `call.start` record. */
export interface CallStart extends RequestMark {
  readonly key: string;
  /** Its position among the calls of its path; null where that depends on timing. */
  readonly at: string | null;
  /** The maximum that one request of it may use. */
  readonly most: CallUsage;
  /** The key of the call that makes this one. That call is not counted itself. */
  readonly inside?: string;
  /** True for a call that is free, unless the run has a price for the callee. */
  readonly free?: true;
}

/** The data of a `call.again` record: a request ended without an answer, and another one begins. */
export interface CallAgain {
  readonly key: string;
  /** What that request is known to have used. */
  readonly usage: CallUsage;
  /** True when it may have used up to its maximum. */
  readonly lost: boolean;
}

/** The data of a `call.done` record. */
export interface CallDone {
  readonly key: string;
  /** The reply, as `encode` gives it. Absent when it was not recorded, so that the call is made again. */
  readonly reply?: Json;
  /** What the last request used; null when the reply does not say. Earlier requests are in `call.again` records. */
  readonly usage: CallUsage | null;
  /** The model that answered; null when the reply does not say. */
  readonly model: string | null;
  readonly seconds: number;
  /**
   * True for a call that costs nothing of its own: it made calls itself, which are counted instead, or its reply was at
   * hand. It is not counted when the run is resumed.
   */
  readonly outer?: true;
}

/** The data of a `call.fail` record. */
export interface CallFail {
  readonly key: string;
  readonly code: string;
  readonly message: string;
  /** Whether the last request was certainly not charged. */
  readonly free: boolean;
  /** What the last request is known to have used; absent when that is unknown. */
  readonly usage?: CallUsage;
  /** See {@link CallDone.outer}. */
  readonly outer?: true;
}

/** The calls of the earlier processes of a run. */
export class CallHistory {
  /** What they used. Calls that may have been charged count at their upper bound. */
  readonly tally: Tally = new Tally();
  readonly #open = new Map<string, CallStart>();
  /** Keys of calls that made calls themselves. */
  readonly #outer = new Set<string>();
  readonly #answers = new Map<string, RecordPosition>();
  readonly #refusals = new Map<string, CallFail>();
  readonly #marks = new Map<string, RequestMark & { readonly key: string }>();
  readonly #retried = new Set<string>();
  #session = 0;

  /** Adds the next record of the journal. Of a reply only the position is stored. */
  add(placed: PlacedRecord): void {
    const { record } = placed;
    if (record.session !== this.#session) this.end();
    this.#session = record.session;
    if (record.type === "call.start") this.#started(record.data as unknown as CallStart);
    if (record.type === "call.again") this.#again(record.data as unknown as CallAgain);
    if (record.type === "call.done") this.#done(record.data as unknown as CallDone, placed);
    if (record.type === "call.fail") this.#failed(record.data as unknown as CallFail);
    if (record.type === "checkpoint") this.forget(openPathOf(record.data));
  }

  /**
   * Forgets the answers: after a checkpoint, nothing before it is asked for again, except for what was called at `open`
   * or below, since the episodes there go on. The sums stay.
   */
  forget(open?: string): void {
    for (const map of [this.#answers, this.#refusals, this.#marks, this.#retried]) {
      if (open === undefined) map.clear();
      else for (const key of map.keys()) if (!key.startsWith(`${open}/`)) map.delete(key);
    }
  }

  /** Reports the end of a process: its calls in flight may have been charged. */
  end(): void {
    for (const start of this.#open.values()) if (!this.#outer.has(start.key)) this.tally.lost(start);
    this.#open.clear();
    this.#outer.clear();
  }

  /** The position of the reply to a call; undefined when it was never answered. */
  positionOf(key: string): RecordPosition | undefined {
    return this.#answers.get(key);
  }

  /** The failure that is the final answer to a call, since the same request would fail again. */
  refusalOf(key: string): CallFail | undefined {
    return this.#refusals.get(key);
  }

  /**
   * The request that an earlier process made at a position; undefined when there is none, or when timing decided it.
   */
  markAt(path: string, at: string): (RequestMark & { readonly key: string }) | undefined {
    // After a failed call is made again, the program may continue differently.
    return this.#retried.has(path) ? undefined : this.#marks.get(`${path}\n${at}`);
  }

  #started(start: CallStart): void {
    const { key, at, to, fields, tail, inside } = start;
    this.#open.set(key, start);
    if (inside !== undefined) this.#outer.add(inside);
    if (at !== null) this.#marks.set(`${pathOf(key)}\n${at}`, { key, to, fields, tail });
  }

  #again({ key, usage, lost }: CallAgain): void {
    const start = this.#open.get(key);
    if (start === undefined) return;
    if (lost) this.tally.lost(start);
    else this.tally.used(start, usage);
  }

  #done(done: CallDone, { record, position, length }: PlacedRecord): void {
    const { start, isCounted } = this.#close(done);
    if (done.reply !== undefined) this.#answers.set(done.key, { seq: record.seq, position, length });
    if (isCounted) this.tally.used(start ?? { key: done.key, to: "" }, done.usage);
  }

  #failed(fail: CallFail): void {
    const { key, free, usage } = fail;
    const { start, isCounted } = this.#close(fail);
    if (isCounted && (free || usage !== undefined)) this.tally.used(start ?? { key, to: "" }, usage ?? none);
    else if (isCounted && start !== undefined) this.tally.lost(start);
    if (isFinal(fail)) this.#refusals.set(key, fail);
    else this.#retried.add(pathOf(key));
  }

  #close({ key, outer }: CallDone | CallFail): { readonly start: CallStart | undefined; readonly isCounted: boolean } {
    const start = this.#open.get(key);
    this.#open.delete(key);
    const hasInnerCalls = this.#outer.delete(key) || outer === true;
    return { start, isCounted: !hasInnerCalls };
  }
}

/** The path whose answers a checkpoint keeps. */
function openPathOf(data: Json): string | undefined {
  return (data as { readonly open?: string } | null)?.open;
}

/** Whether the same call would fail again, so that a resumed run need not make it. */
function isFinal({ code }: CallFail): boolean {
  return code === "model-bad-request";
}
