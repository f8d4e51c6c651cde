/** One thread of the pool, as the host sees it: what is on it, and whether it still runs. */
import { AsyncLocalStorage } from "node:async_hooks";
import { Worker } from "node:worker_threads";
import { messageOf } from "../util/errors.ts";
import { engineModule } from "./engine.ts";
import type { WorldLimits } from "./engines.ts";
import { SandboxError } from "./errors.ts";
import type { Pacer } from "./pace.ts";
import type { FromThread, ThreadData, ToThread } from "./protocol.ts";
import { workerUrl } from "./worker-url.ts";

/** Runs a function in the context that this file was loaded in. */
const apart = AsyncLocalStorage.snapshot();

/** How long after its limit a call may still hold the thread before the thread is ended, in milliseconds. */
const graceMs = 250;

/** What a thread uses of the sessions that are on it. */
interface Passenger {
  readonly id: number;
  readonly busy: boolean;
  has(call: number): boolean;
  receive(message: FromThread): void;
  move(reason: SandboxError): void;
  end(call: number, error: SandboxError): void;
}

/** What a thread is started with. */
export interface ThreadOptions {
  readonly limits: WorldLimits;
  /** Whether what programs print is passed on. */
  readonly logs: boolean;
  /** Takes the messages of the thread in. */
  readonly pacer: Pacer;
  /** Called when sessions come, begin a call, end one or leave, and when the thread ends. */
  readonly onChange: () => void;
}

/** One thread. It keeps the process alive only while a call is on it. */
export class Thread {
  readonly #worker: Worker;
  readonly #running: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  readonly #sessions = new Map<number, Passenger>();
  readonly #onChange: () => void;
  readonly #pacer: Pacer;
  #lost = false;
  #heard = false;
  #kept = false;

  constructor({ limits, logs, pacer, onChange }: ThreadOptions) {
    this.#onChange = onChange;
    this.#pacer = pacer;
    const current = this.#running.buffer as SharedArrayBuffer;
    const data: ThreadData = { limits, logs, current, engine: engineModule() };
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

  /** How many sessions are on the thread. */
  get load(): number {
    return this.#sessions.size;
  }

  /** The number of the call that runs this very moment, or 0. */
  get running(): number {
    return Atomics.load(this.#running, 0);
  }

  /** True while calls of several sessions are on the thread, of which one may hold up the others. */
  get crowded(): boolean {
    return [...this.#sessions.values()].filter((session) => session.busy).length > 1;
  }

  /** Takes a session in. */
  add(session: Passenger): void {
    this.#sessions.set(session.id, session);
    this.update();
  }

  /** Forgets a session, and frees its world. */
  remove(session: Passenger): void {
    if (!this.#sessions.delete(session.id)) return;
    if (!this.#lost) this.post({ kind: "close", session: session.id });
    this.update();
  }

  /** Sends a message. */
  post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** To be called when a session has begun or ended a call: the process stays alive while calls are on the thread. */
  update(): void {
    const keep = !this.#lost && [...this.#sessions.values()].some((session) => session.busy);
    if (keep && !this.#kept) this.#worker.ref();
    if (!keep && this.#kept) this.#worker.unref();
    this.#kept = keep;
    this.#onChange();
  }

  /** Ends the thread when it is still with a call that is over. */
  endUnlessFree(call: number, entry: string): void {
    const check = (): void => {
      if (this.running === call) this.#lose(`\`${entry}\` did not stop at its limit`);
    };
    // Alone on the thread, it is ended without keeping the process waiting.
    setTimeout(check, graceMs).unref();
  }

  /** Sends all sessions but that of the running call to other threads. */
  clear(): void {
    const reason = new SandboxError("worker-lost", "the thread was held by another call");
    for (const session of [...this.#sessions.values()])
      if (session.busy && !session.has(this.running)) session.move(reason);
  }

  /** Ends a thread that nobody needs. */
  end(): void {
    this.#lose("it is not needed");
  }

  #receive(message: FromThread): void {
    this.#heard = true;
    this.#pacer.add(() => this.#sessions.get(message.session)?.receive(message));
  }

  #lose(why: string): void {
    if (this.#lost) return;
    this.#lost = true;
    const { running } = this;
    void this.#worker.terminate();
    // A thread that never said anything has not come up: a file of the installation is missing, or the machine is full.
    const code = this.#heard ? "worker-lost" : "sandbox-failed-to-load";
    const error = new SandboxError(code, `the thread that the code ran on was lost: ${why}`);
    for (const session of [...this.#sessions.values()]) {
      if (session.has(running)) session.end(running, error);
      session.move(error);
    }
    this.#onChange();
  }
}
