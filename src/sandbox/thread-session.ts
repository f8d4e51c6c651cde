/**
 * The host's side of one asynchronous session: its calls, their time, their questions. It remembers all that happened
 * to its world, so that another thread can make the same world again when the one it is on ends or is held up.
 */
import { isData } from "../util/fault.ts";
import type { ConsoleHook } from "./console-hook.ts";
import { closedError, errorFrom, errorOf, SandboxError, timedOut } from "./errors.ts";
import { decode, encode } from "./marshal.ts";
import type { Pacer } from "./pace.ts";
import type { FromThread, SessionEvent } from "./protocol.ts";
import type { RandomStates } from "./random.ts";
import type { SandboxProgram } from "./sandbox.ts";
import type { Thread } from "./thread.ts";
import { hostFunction, type Unit } from "./unit.ts";

/** One call on its way. */
export interface Job {
  readonly program: SandboxProgram;
  readonly unit: Unit;
  readonly args: string;
  readonly draws: RandomStates;
  /**
   * Runs a function in the async context of the call: host functions belong to whoever asked, not to who began the
   * thread.
   */
  readonly within: <R>(fn: () => R) => R;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenCall extends Job {
  timer?: NodeJS.Timeout;
}

/** How many characters of events a session remembers. With more it stays on its thread, whatever happens to that. */
const maxEventChars = 4_000_000;

let sessions = 0;
let calls = 0;

/** What a session is opened with. */
export interface ThreadSessionOptions {
  /** Gives a thread for the session. */
  readonly assign: () => Thread;
  /** Lets results of host functions in. */
  readonly pacer: Pacer;
  /** Hears what its programs print. */
  readonly onConsole: ConsoleHook | undefined;
}

/** One session on the thread that it is on at the moment. */
export class ThreadSession {
  readonly id: number = ++sessions;
  readonly #assign: () => Thread;
  readonly #pacer: Pacer;
  readonly #onConsole: ConsoleHook | undefined;
  readonly #calls = new Map<number, OpenCall>();
  readonly #defined = new Set<Unit>();
  #thread: Thread | undefined;
  /** What has happened to the present world, unless that is too much to remember. */
  #events: SessionEvent[] | undefined = [];
  #eventChars = 0;
  #eventCount = 0;
  #askCount = 0;
  /** How many events and asks belong to worlds that are gone. */
  #before = { events: 0, asks: 0 };

  constructor({ assign, pacer, onConsole }: ThreadSessionOptions) {
    this.#assign = assign;
    this.#pacer = pacer;
    this.#onConsole = onConsole;
  }

  /** True while calls run or wait. */
  get busy(): boolean {
    return this.#calls.size > 0;
  }

  /** Whether a call is one of this session. */
  has(call: number): boolean {
    return this.#calls.has(call);
  }

  /** Sends a call. Its time runs from the moment the thread begins with it. */
  call(job: Job): void {
    const call = ++calls;
    this.#calls.set(call, { ...job });
    const { unit, args, draws, program } = job;
    if (!this.#defined.has(unit)) this.#thread?.post({ kind: "define", session: this.id, unit });
    this.#defined.add(unit);
    this.#send({ kind: "call", unit: unit.id, call, args, draws, timeoutMs: program.timeoutMs });
    this.#thread?.update();
  }

  /** Fails what is on its way, and stops what runs. */
  close(): void {
    const running = this.#thread?.running ?? 0;
    const open = this.#calls.get(running);
    if (open !== undefined) this.#thread?.endUnlessFree(running, open.unit.entry);
    for (const [call, { unit }] of this.#calls) this.#settle(call)?.reject(closedError(unit.entry));
    this.#leave();
  }

  /** Goes on with another thread, where the world is made again by what happened to it. */
  move(reason: SandboxError): void {
    this.#leave();
    // Where no thread comes up, the next one would not either.
    if (this.#events === undefined || reason.code === "sandbox-failed-to-load") {
      this.#failAll(reason);
      this.#forget({ events: this.#eventCount, asks: this.#askCount });
    }
    if (this.busy) this.#open(0);
  }

  /** Fails a call that ended its thread, and with it the world; other calls in that world are lost. */
  end(call: number, error: SandboxError): void {
    this.#settle(call)?.reject(error);
    this.#failAll(new SandboxError("worker-lost", "another call of the session ended the thread that it ran on"));
    this.#forget({ events: this.#eventCount, asks: this.#askCount });
  }

  /** A message of the session's thread. */
  receive(message: FromThread): void {
    if (message.kind === "log") this.#log(message);
    else if (message.kind === "started") this.#started(message.call);
    else if (message.kind === "ask") void this.#serve(message);
    else if (message.kind === "done") this.#done(message.call, message.text);
    else if (message.kind === "failed") this.#settle(message.call)?.reject(errorFrom(message.error));
    else this.#forget(message);
  }

  #send(event: SessionEvent): void {
    this.#remember(event);
    if (this.#thread === undefined) this.#open(1);
    else this.#thread.post({ ...event, session: this.id });
  }

  /** Goes to a thread. The last `fresh` of the events have not happened yet. */
  #open(fresh: number): void {
    this.#thread = this.#assign();
    this.#thread.add(this);
    const events = this.#events ?? [];
    const start = { units: [...this.#defined], events, repeated: events.length - fresh, before: this.#before };
    this.#thread.post({ kind: "open", session: this.id, ...start, askCount: this.#askCount });
  }

  #leave(): void {
    this.#thread?.remove(this);
    this.#thread = undefined;
  }

  #remember(event: SessionEvent): void {
    this.#eventCount++;
    this.#events?.push(event);
    this.#eventChars += sizeOf(event);
    if (this.#eventChars > maxEventChars && this.#thread !== undefined) this.#events = undefined;
  }

  /** Begins with a world in which nothing but the later events has happened. */
  #forget({ events, asks }: { readonly events: number; readonly asks: number }): void {
    if (events === this.#eventCount) this.#events = [];
    else this.#events?.splice(0, events - this.#before.events);
    this.#eventChars = (this.#events ?? []).reduce((sum, event) => sum + sizeOf(event), 0);
    this.#before = { events, asks };
  }

  #failAll(error: SandboxError): void {
    for (const call of this.#calls.keys()) this.#settle(call)?.reject(error);
  }

  #log({ call, level, line }: FromThread & { kind: "log" }): void {
    this.#calls.get(call)?.within(() => this.#onConsole?.(level as Parameters<ConsoleHook>[0], line));
  }

  #started(call: number): void {
    const open = this.#calls.get(call);
    if (open) open.timer ??= setTimeout(() => this.#expire(call), open.program.timeoutMs);
  }

  #done(call: number, text: string): void {
    const job = this.#settle(call);
    try {
      job?.resolve(decode(text, job.unit.maxOut));
    } catch (error) {
      job?.reject(error);
    }
  }

  /** Takes a call off the list; gives its job unless it was off already. */
  #settle(call: number): Job | undefined {
    const open = this.#calls.get(call);
    clearTimeout(open?.timer);
    this.#calls.delete(call);
    this.#thread?.update();
    return open;
  }

  #expire(call: number): void {
    const thread = this.#thread;
    const job = this.#settle(call);
    if (job === undefined) return;
    job.reject(timedOut(job.unit.entry, job.program.timeoutMs));
    this.#send({ kind: "cancel", call });
    thread?.endUnlessFree(call, job.unit.entry);
  }

  async #serve({ ask, call, name, args }: FromThread & { kind: "ask" }): Promise<void> {
    this.#askCount = Math.max(this.#askCount, ask);
    const job = this.#calls.get(call);
    if (!job) return;
    let result: HostResult;
    try {
      const host = hostFunction(job.program, name);
      const given = decode(args, job.unit.maxOut) as unknown[];
      result = { value: await job.within(() => host(...given)) };
    } catch (thrown) {
      result = { thrown };
    }
    // Many functions may have finished in the same moment, with long results.
    this.#pacer.add(() => this.#answer(ask, call, job, () => textOf(result, name, job.unit.maxIn)));
  }

  #answer(ask: number, call: number, job: Job, encodeResult: () => string): void {
    let ok = true;
    let text: string;
    try {
      text = encodeResult();
    } catch (error) {
      if (job.within(() => !isData(error))) return this.#pass(call, error);
      ok = false;
      text = encode(errorOf(error), "the error");
    }
    if (this.#calls.has(call)) this.#send({ kind: "answer", ask, ok, text });
  }

  /**
   * An outage in a host function ends the call as itself: a result that was made without it says nothing about the
   * code.
   */
  #pass(call: number, thrown: unknown): void {
    const job = this.#settle(call);
    if (job === undefined) return;
    job.reject(thrown);
    this.#send({ kind: "cancel", call });
  }
}

/** What a host function gave or threw. */
type HostResult = { readonly value: unknown } | { readonly thrown: unknown };

/** The text of what a host function gave; throws what it threw. */
function textOf(result: HostResult, name: string, maxChars: number): string {
  if ("thrown" in result) throw result.thrown;
  return encode(result.value, `the result of \`${name}\``, maxChars);
}

/** About how much is remembered of an event, in characters. */
function sizeOf(event: SessionEvent): number {
  return 100 + (event.kind === "call" ? event.args.length : event.kind === "answer" ? event.text.length : 0);
}
