/**
 * Ends programs at their limits while this thread waits for them: another thread looks at the clock, and at the memory
 * of the children, and sends the signals. It is notified by shared memory alone, so that a call does not have to wake it.
 */
import { Worker } from "node:worker_threads";
import { SandboxError } from "../errors.ts";

/** Why a child was killed, or whether it was asked to stop only. */
export type Stop = "none" | "asked" | "time" | "memory";

/** What both threads see. */
interface Board {
  /** For each watch its turn and phase, and why it was ended; then whether the thread sleeps, and its bell. */
  readonly states: Int32Array;
  /** For each watch the process, the memory that it may use, and the times of the two signals. */
  readonly values: Float64Array;
}

/** The most watches at a time. */
const maxWatches = 256;
/** How long after its limit a program may still run before its child is killed, in milliseconds. */
const graceMs = 250;

let shared: (Board & { readonly free: number[] }) | undefined;

/** Starts the thread. Idempotent. */
export function startWatchdog(): void {
  if (shared !== undefined) return;
  const states = new Int32Array(new SharedArrayBuffer(4 * (2 * maxWatches + 2)));
  const values = new Float64Array(new SharedArrayBuffer(8 * 4 * maxWatches));
  const text = `const __name = (fn) => fn;
(${patrol})(require("worker_threads").workerData, require("fs").readFileSync, ${maxWatches});`;
  const quiet = { stdin: false, stdout: true, stderr: true, env: {}, execArgv: [] };
  new Worker(text, { eval: true, workerData: { states, values }, ...quiet }).unref();
  shared = { states, values, free: Array.from({ length: maxWatches }, (_, index) => index) };
}

/** Milliseconds of a clock that all threads share. */
export function clock(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Watches over one child. */
export class Watch {
  readonly #board: Board & { readonly free: number[] };
  readonly #at: number;
  readonly #pid: number;
  readonly #memoryBytes: number;
  #turn = 0;

  /** @throws SandboxError `"sandbox-failed-to-load"` when there are too many children already. */
  constructor(pid: number, memoryBytes: number) {
    startWatchdog();
    this.#board = shared as NonNullable<typeof shared>;
    const at = this.#board.free.pop();
    if (at === undefined) {
      throw new SandboxError("sandbox-failed-to-load", `more than ${maxWatches} processes of sandboxes at a time`);
    }
    this.#at = at;
    this.#pid = pid;
    this.#memoryBytes = memoryBytes;
  }

  /** From now on the child is stopped at `deadline`, a time of {@link clock}. */
  arm(deadline: number): void {
    const { states, values } = this.#board;
    this.#turn = (this.#turn + 1) & 0xfffffff;
    Atomics.store(states, 2 * this.#at, 4 * this.#turn);
    values.set([this.#pid, this.#memoryBytes, deadline, deadline + graceMs], 4 * this.#at);
    Atomics.store(states, 2 * this.#at, 4 * this.#turn + 1);
    if (Atomics.load(states, 2 * maxWatches) === 0) return;
    Atomics.add(states, 2 * maxWatches + 1, 1);
    Atomics.notify(states, 2 * maxWatches + 1);
  }

  /** From now on no signal is sent. Says what was sent since {@link arm}. */
  disarm(): Stop {
    const { states } = this.#board;
    const phase = Atomics.exchange(states, 2 * this.#at, 4 * this.#turn) & 3;
    if (phase < 3) return phase === 2 ? "asked" : "none";
    return Atomics.load(states, 2 * this.#at + 1) === 2 ? "memory" : "time";
  }

  /** Gives the place to another watch. */
  release(): void {
    this.disarm();
    this.#board.free.push(this.#at);
  }
}

/** The other thread: it looks at all watches every few milliseconds, and sleeps when none has been armed for a while. */
function patrol({ states, values }: Board, readFile: typeof import("node:fs").readFileSync, count: number): never {
  const [sleeping, bell] = [2 * count, 2 * count + 1];
  const memoryOf = (pid: number): number => {
    try {
      return 1024 * Number(/VmRSS:\s*(\d+)/.exec(readFile(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
    } catch {
      // There is no such folder here, or the child has ended.
      return 0;
    }
  };
  const look = (at: number, now: number): boolean => {
    const state = Atomics.load(states, 2 * at);
    const phase = state & 3;
    if (phase !== 1 && phase !== 2) return false;
    const [pid = 0, most = 0, soft = 0, hard = 0] = values.subarray(4 * at, 4 * at + 4);
    const large = memoryOf(pid) > most;
    if (!large && now < (phase === 1 ? soft : hard)) return true;
    const next = large || phase === 2 ? 3 : 2;
    // The cause comes first, for whoever sees the phase. If the watch was put off meanwhile, nothing is sent.
    if (next === 3) Atomics.store(states, 2 * at + 1, large ? 2 : 1);
    if (Atomics.compareExchange(states, 2 * at, state, (state & ~3) | next) !== state) return true;
    try {
      process.kill(pid, next === 3 ? "SIGKILL" : "SIGINT");
    } catch {
      // It has ended already.
    }
    return true;
  };
  for (let quiet = 0; ; ) {
    const rung = Atomics.load(states, bell);
    const [seconds, nanoseconds] = process.hrtime();
    let armed = false;
    for (let at = 0; at < count; at++) armed = look(at, seconds * 1e3 + nanoseconds / 1e6) || armed;
    quiet = armed ? 0 : quiet + 1;
    // It looks once more after it has said that it will sleep.
    Atomics.store(states, sleeping, quiet > 50 ? 1 : 0);
    Atomics.wait(states, bell, rung, quiet > 51 ? Number.POSITIVE_INFINITY : 5);
  }
}
