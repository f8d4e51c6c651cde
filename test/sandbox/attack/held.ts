/**
 * Measures how long the event loop is held: in processor time of the main thread, which a busy machine does not
 * lengthen, and by the clock.
 */
import { openSync, readSync } from "node:fs";

/** Processor time of the main thread in milliseconds; undefined where the system does not tell it by thread. */
function threadClock(): (() => number) | undefined {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
    const bytes = Buffer.alloc(128);
    const read = (): number => Number.parseInt(bytes.toString("latin1", 0, readSync(file, bytes, 0, 128, 0)), 10) / 1e6;
    return Number.isFinite(read()) ? read : undefined;
  } catch {
    return undefined;
  }
}

const thread = threadClock();

interface Moment {
  readonly cpu: number;
  readonly wall: number;
}

function now(): Moment {
  const wall = performance.now();
  return { cpu: thread?.() ?? wall, wall };
}

/** A heart that beats every few milliseconds while it is on; what lies between two beats was held. */
export class Heart {
  #last: Moment | undefined;
  #most = { cpu: 0, wall: 0 };
  readonly #timer: NodeJS.Timeout;

  constructor(everyMs = 5) {
    this.#timer = setInterval(() => this.#beat(), everyMs);
  }

  /** Begins to measure anew. */
  start(): void {
    this.#most = { cpu: 0, wall: 0 };
    this.#last = now();
  }

  /** Goes on after {@link pause}. */
  resume(): void {
    this.#last = now();
  }

  /** Leaves out what follows. */
  pause(): void {
    this.#beat();
    this.#last = undefined;
  }

  /** The longest time between two beats since {@link start}, in milliseconds. */
  get most(): { readonly cpu: number; readonly wall: number } {
    return this.#most;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (this.#last === undefined) return;
    const at = now();
    const [cpu, wall] = [at.cpu - this.#last.cpu, at.wall - this.#last.wall];
    this.#most = { cpu: Math.max(this.#most.cpu, Math.min(cpu, wall)), wall: Math.max(this.#most.wall, wall) };
    this.#last = at;
  }
}
