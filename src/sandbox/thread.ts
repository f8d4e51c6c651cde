/** One thread of the pool, as the host sees it: what is on it, and whether it still runs. */
import { AsyncLocalStorage } from "node:async_hooks";
import { SandboxError } from "./errors.ts";
import type { Pacer } from "./pace.ts";
import type { FromThread, ToThread } from "./protocol.ts";

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

/** What runs the programs of a thread: a worker of Node, or a process. */
export interface Carrier {
  /** The number of the call that runs this very moment, or 0. */
  readonly running: number;
  /** The session of that call, where it is known. */
  readonly holder?: number | undefined;
  /** Whether new sessions had better be elsewhere. */
  readonly worn: boolean;
  post(message: ToThread): void;
  /** Sets whether it keeps the process alive. */
  keep(alive: boolean): void;
  end(): void;
}

/** What a thread hears of its carrier. */
export interface CarrierEvents {
  receive(message: FromThread): void;
  /** The carrier has ended; `error` is that of the call that ran. */
  ended(error: SandboxError): void;
}

/** Starts a carrier, which does not keep the process alive. */
export type StartCarrier = (events: CarrierEvents) => Carrier;

/** What a thread is started with. */
export interface ThreadOptions {
  readonly start: StartCarrier;
  /** Takes the messages of the thread in. */
  readonly pacer: Pacer;
  /** Called when sessions come, begin a call, end one or leave, and when the thread ends. */
  readonly onChange: () => void;
}

/** One thread. It keeps the process alive only while a call is on it. */
export class Thread {
  readonly #carrier: Carrier;
  readonly #sessions = new Map<number, Passenger>();
  readonly #onChange: () => void;
  readonly #pacer: Pacer;
  #lost = false;
  #kept = false;

  constructor({ start, pacer, onChange }: ThreadOptions) {
    this.#onChange = onChange;
    this.#pacer = pacer;
    // A thread outlives the call that begins it, so its listeners keep nothing of that call's context.
    this.#carrier = apart(() =>
      start({ receive: (message) => this.#receive(message), ended: (error) => this.#lose(error) }),
    );
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
    return this.#carrier.running;
  }

  /** Whether new sessions had better be on another thread. */
  get worn(): boolean {
    return this.#carrier.worn;
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
    this.#carrier.post(message);
  }

  /** To be called when a session has begun or ended a call: the process stays alive while calls are on the thread. */
  update(): void {
    const keep = !this.#lost && [...this.#sessions.values()].some((session) => session.busy);
    if (keep !== this.#kept) this.#carrier.keep(keep);
    this.#kept = keep;
    this.#onChange();
  }

  /** Ends the thread when it is still with a call that is over. */
  endUnlessFree(call: number, entry: string): void {
    const check = (): void => {
      if (this.running === call) this.#lose(lostThread(`\`${entry}\` did not stop at its limit`));
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
    this.#lose(lostThread("it is not needed"));
  }

  #receive(message: FromThread): void {
    this.#pacer.add(() => this.#sessions.get(message.session)?.receive(message));
  }

  #lose(error: SandboxError): void {
    if (this.#lost) return;
    this.#lost = true;
    const { running } = this;
    const { holder } = this.#carrier;
    this.#carrier.end();
    for (const session of [...this.#sessions.values()]) {
      // What it ran may be a call that was over before, made again for the sake of its world.
      if (session.has(running) || session.id === holder) session.end(running, error);
      session.move(error);
    }
    this.#onChange();
  }
}

/** The error for what was on a thread that has ended. */
export function lostThread(why: string): SandboxError {
  return new SandboxError("worker-lost", `the thread that the code ran on was lost: ${why}`);
}
