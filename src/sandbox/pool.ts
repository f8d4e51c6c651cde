/** The threads of one sandbox: started when first needed, and more of them while calls hold those that there are. */
import type { ConsoleHook } from "./console-hook.ts";
import { Pacer } from "./pace.ts";
import { type StartCarrier, Thread } from "./thread.ts";
import { ThreadSession } from "./thread-session.ts";

/** How long one call may hold a thread before the others on it go elsewhere, in milliseconds. */
const maxHoldMs = 20;
/** How many threads there may be while calls hold them, for each one of the pool's size. */
const maxThreadsEach = 8;

/** The threads of one sandbox. */
export class WorkerPool {
  readonly #size: number;
  readonly #start: StartCarrier;
  readonly #onConsole: ConsoleHook | undefined;
  readonly #pacer: Pacer = new Pacer();
  #threads: Thread[] = [];
  #watch: NodeJS.Timeout | undefined;
  /** Which call each thread was with when the watch last looked. */
  readonly #seen = new WeakMap<Thread, number>();

  constructor(size: number, start: StartCarrier, onConsole: ConsoleHook | undefined) {
    this.#size = size;
    this.#start = start;
    this.#onConsole = onConsole;
  }

  /** A session, which gets a thread with its first call. */
  open(): ThreadSession {
    return new ThreadSession({ assign: () => this.#assign(), pacer: this.#pacer, onConsole: this.#onConsole });
  }

  /** The thread with the fewest sessions that no call holds; a new one while there are fewer than there may be. */
  #assign(): Thread {
    const free = this.#threads.filter((thread) => !thread.lost && !thread.worn && !this.#isHeld(thread));
    const [best] = free.toSorted((a, b) => a.load - b.load);
    const count = this.#threads.length;
    if (best !== undefined && (best.load === 0 || count >= this.#size)) return best;
    if (best === undefined && count >= this.#size * maxThreadsEach) {
      return this.#threads.toSorted((a, b) => a.load - b.load)[0] as Thread;
    }
    const thread = new Thread({ start: this.#start, pacer: this.#pacer, onChange: () => this.#update() });
    this.#threads.push(thread);
    return thread;
  }

  /** True for a thread that was with the same call when the watch last looked. */
  #isHeld(thread: Thread): boolean {
    return thread.running !== 0 && thread.running === this.#seen.get(thread);
  }

  /** Ends threads beyond the size that nobody uses, and watches those that several sessions share. */
  #update(): void {
    this.#threads = this.#threads.filter((thread) => !thread.lost);
    const spare = this.#threads
      .filter((thread) => thread.load === 0)
      .toSorted((a, b) => Number(b.worn) - Number(a.worn));
    for (const thread of spare.slice(0, Math.max(0, this.#threads.length - this.#size))) thread.end();
    if (this.#watch === undefined && this.#threads.some((thread) => thread.crowded)) {
      this.#watch = setTimeout(() => this.#look(), maxHoldMs).unref();
    }
  }

  /** Takes the sessions off a thread that one call holds. */
  #look(): void {
    this.#watch = undefined;
    for (const thread of [...this.#threads]) {
      if (thread.crowded && this.#isHeld(thread)) thread.clear();
      this.#seen.set(thread, thread.running);
    }
    this.#update();
  }
}
