/** The host's side of the threads: hands calls out, keeps their time, answers their questions, replaces what hangs. */
import { AsyncLocalStorage } from "node:async_hooks";
import { Worker } from "node:worker_threads";
import { messageOf } from "../util/errors.ts";
import { isData } from "../util/fault.ts";
import type { ConsoleHook } from "./console-hook.ts";
import type { WasmModule } from "./engine.ts";
import { closedError, SandboxError } from "./errors.ts";
import { decode, encode } from "./marshal.ts";
import type { FromThread, PlainError, ThreadData, ToThread } from "./protocol.ts";
import type { RandomStates } from "./random.ts";
import type { SandboxProgram } from "./sandbox.ts";
import { errorOf } from "./session.ts";
import { hostFunction, type Unit } from "./unit.ts";
import { timedOut, type VmLimits } from "./vm.ts";
import { workerUrl } from "./worker-url.ts";

/** Runs a function in the context that this file was loaded in. */
const apart = AsyncLocalStorage.snapshot();

/** How long after its limit a call may still hold the thread before the thread is ended, in milliseconds. */
const GRACE_MS = 250;

/** One call on its way. */
export interface Job {
  readonly session: number;
  readonly program: SandboxProgram;
  readonly unit: Unit;
  readonly args: string;
  /** What the call draws; undefined for real randomness and the real clock. */
  readonly draws: RandomStates | undefined;
  /**
   * Runs a function in the async context of the call: host functions belong to whoever asked, not to who began the
   * thread.
   */
  readonly within: <R>(fn: () => R) => R;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Sends the job to another thread, when this one ended before the job began. */
  readonly again: (reason: SandboxError) => void;
}

interface Sent {
  readonly job: Job;
  timer?: NodeJS.Timeout;
}

/** One thread. It keeps the process alive only while a call is on it. */
export class Thread {
  readonly #worker: Worker;
  readonly #flag: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  readonly #sent = new Map<number, Sent>();
  readonly #defined = new Map<Unit, number>();
  readonly #onConsole: ConsoleHook | undefined;
  #next = 1;
  #lost = false;
  #heard = false;
  /** Open sessions that use the thread. */
  sessions = 0;

  constructor(limits: VmLimits, onConsole: ConsoleHook | undefined, compiled: WasmModule | undefined) {
    this.#onConsole = onConsole;
    const current = this.#flag.buffer as SharedArrayBuffer;
    const data: ThreadData = { limits, logs: onConsole !== undefined, current, compiled };
    // The engine nests on the thread's own stack, which is therefore larger than a script needs.
    const quiet = { stdin: false, stdout: true, stderr: true, env: {}, execArgv: [] };
    // A thread outlives the call that begins it, so its listeners keep nothing of that call's context.
    this.#worker = apart(() => {
      const options = { ...quiet, workerData: data, resourceLimits: { stackSizeMb: 16 } };
      return new Worker(workerUrl(), options)
        .on("message", (message: FromThread) => this.#receive(message))
        .on("error", (error) => this.#lose(`it failed: ${messageOf(error)}`))
        .on("exit", () => this.#lose("it ended"));
    });
    this.#worker.unref();
  }

  /** True once the thread has ended; its sessions go on with another one. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Sends a call. Its time runs from the moment the thread begins with it. */
  send(job: Job): void {
    const call = this.#next++;
    if (this.#sent.size === 0) this.#worker.ref();
    this.#sent.set(call, { job });
    if (!this.#defined.has(job.unit)) this.#post({ kind: "define", session: job.session, unit: job.unit });
    this.#defined.set(job.unit, job.session);
    const { session, unit, args, program, draws } = job;
    this.#post({ kind: "call", session, unit: unit.id, call, args, draws, timeoutMs: program.timeoutMs });
  }

  /** Drops a session and whatever of it is still on its way. */
  close(session: number): void {
    this.sessions--;
    for (const [call, { job }] of this.#sent) {
      if (job.session === session) this.#settle(call)?.reject(closedError(job.unit.entry));
    }
    for (const [unit, owner] of this.#defined) if (owner === session) this.#defined.delete(unit);
    if (!this.#lost) this.#post({ kind: "close", session });
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromThread): void {
    this.#heard = true;
    if (message.kind === "log") this.#log(message);
    else if (message.kind === "started") this.#started(message.call);
    else if (message.kind === "ask") void this.#ask(message);
    else if (message.kind === "failed") this.#settle(message.call)?.reject(revived(message.error));
    else this.#done(message.call, message.text);
  }

  #log({ call, level, line }: FromThread & { kind: "log" }): void {
    this.#sent.get(call)?.job.within(() => this.#onConsole?.(level as Parameters<ConsoleHook>[0], line));
  }

  #done(call: number, text: string): void {
    const job = this.#settle(call);
    try {
      job?.resolve(decode(text));
    } catch (error) {
      job?.reject(error as SandboxError);
    }
  }

  #started(call: number): void {
    const sent = this.#sent.get(call);
    if (sent) sent.timer = setTimeout(() => this.#expire(call), sent.job.program.timeoutMs);
  }

  /** Takes a call off the list; gives its job unless it was off already. */
  #settle(call: number): Job | undefined {
    const sent = this.#sent.get(call);
    if (!sent) return undefined;
    clearTimeout(sent.timer);
    this.#sent.delete(call);
    if (this.#sent.size === 0 && !this.#lost) this.#worker.unref();
    return sent.job;
  }

  #expire(call: number): void {
    const job = this.#settle(call);
    if (!job) return;
    job.reject(timedOut(job.unit.entry, job.program.timeoutMs));
    if (this.#lost) return;
    this.#post({ kind: "cancel", call });
    const check = (): void => {
      if (Atomics.load(this.#flag, 0) !== call) return;
      this.#lose(`\`${job.unit.entry}\` did not stop at its limit of ${job.program.timeoutMs} ms`);
    };
    // Alone on the thread, it is ended without keeping the process waiting.
    setTimeout(check, GRACE_MS).unref();
  }

  async #ask({ ask, call, name, args }: FromThread & { kind: "ask" }): Promise<void> {
    const job = this.#sent.get(call)?.job;
    if (!job) return;
    let ok = true;
    let text: string;
    try {
      const host = hostFunction(job.program, name);
      const given = decode(args) as unknown[];
      text = encode(await job.within(() => host(...given)), `the result of \`${name}\``);
    } catch (error) {
      if (job.within(() => !isData(error))) return this.#pass(call, error);
      ok = false;
      text = encode(errorOf(error), "the error");
    }
    if (!this.#lost) this.#post({ kind: "answer", ask, ok, text });
  }

  /**
   * An outage in a host function ends the call as itself: a result that was made without it says nothing about the
   * code.
   */
  #pass(call: number, thrown: unknown): void {
    this.#settle(call)?.reject(thrown);
    if (!this.#lost) this.#post({ kind: "cancel", call });
  }

  #lose(reason: string): void {
    if (this.#lost) return;
    this.#lost = true;
    void this.#worker.terminate();
    for (const [call, sent] of this.#sent) {
      const begun = sent.timer !== undefined;
      const job = this.#settle(call) as Job;
      const problem = `\`${job.unit.entry}\` was lost with the thread it ran on: ${reason}`;
      // A thread that never said anything has not come up: a file of the installation is missing, or the machine is
      // full.
      const error = new SandboxError(this.#heard ? "worker-lost" : "sandbox-failed-to-load", problem);
      if (begun) job.reject(error);
      else job.again(error);
    }
  }
}

/** The threads of one sandbox, started when first needed. */
export class WorkerPool {
  readonly #size: number;
  readonly #make: () => Thread;
  #threads: Thread[] = [];

  constructor(size: number, make: () => Thread) {
    this.#size = size;
    this.#make = make;
  }

  /** The thread with the fewest sessions; a new one while there are fewer than the pool's size. */
  assign(): Thread {
    this.#threads = this.#threads.filter((thread) => !thread.lost);
    const idle = this.#threads.find((thread) => thread.sessions === 0);
    let thread = idle ?? this.#threads.toSorted((a, b) => a.sessions - b.sessions)[0];
    if (!idle && this.#threads.length < this.#size) {
      thread = this.#make();
      this.#threads.push(thread);
    }
    (thread as Thread).sessions++;
    return thread as Thread;
  }
}

function revived({ code, message, guestName, line, column }: PlainError): SandboxError {
  const place = line !== undefined && column !== undefined ? { place: { line, column } } : {};
  return new SandboxError(code, message, { ...(guestName !== undefined && { guestName }), ...place });
}
