/** Asynchronous sessions: the part of a session that runs on a thread of the pool. */
import { AsyncLocalStorage } from "node:async_hooks";
import { closedError } from "./errors.ts";
import { encode } from "./marshal.ts";
import type { WorkerPool } from "./pool.ts";
import { SandboxRandom } from "./random.ts";
import type { SandboxProgram } from "./sandbox.ts";
import type { ThreadSession } from "./thread-session.ts";
import { Programs, unitOf } from "./unit.ts";

/** The part of a session that answers later. */
export class AsyncSession {
  readonly #pool: WorkerPool;
  readonly #random: SandboxRandom;
  readonly #programs: Programs = new Programs();
  #session: ThreadSession | undefined;
  #closed = false;

  constructor(pool: WorkerPool, seed: string | undefined) {
    this.#pool = pool;
    this.#random = new SandboxRandom(seed);
  }

  /** Calls the entry of a program, see the port. */
  async call(program: SandboxProgram, args: readonly unknown[]): Promise<unknown> {
    const unit = unitOf(this.#programs.of(program));
    if (this.#closed) throw closedError(unit.entry);
    const text = encode(args, "args");
    const draws = this.#random.of(unit.entry, unit.code, text);
    const within = AsyncLocalStorage.snapshot();
    this.#session ??= this.#pool.open();
    const session = this.#session;
    return await new Promise((resolve, reject) => {
      session.call({ program, unit, args: text, draws, within, resolve, reject });
    });
  }

  /** Frees the world on the thread; calls on their way fail. */
  close(): void {
    this.#closed = true;
    this.#session?.close();
    this.#session = undefined;
  }
}
