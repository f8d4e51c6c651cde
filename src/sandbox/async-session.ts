/** Asynchronous sessions: the part of a session that runs on a thread of the pool. */
import { AsyncLocalStorage } from "node:async_hooks";
import { closedError } from "./errors.ts";
import { encode } from "./marshal.ts";
import { SandboxRandom } from "./random.ts";
import type { SandboxProgram } from "./sandbox.ts";
import type { ThreadSession } from "./thread-session.ts";
import { Programs, type Units } from "./unit.ts";

/** The part of a session that answers later. */
export class AsyncSession {
  readonly #open: () => ThreadSession | Promise<ThreadSession>;
  readonly #units: Units;
  readonly #random: SandboxRandom;
  readonly #programs: Programs = new Programs();
  #session: ThreadSession | Promise<ThreadSession> | undefined;
  #closed = false;

  /** @param open Opens the session on a thread. Calls wait in order where it has to load code first. */
  constructor(open: () => ThreadSession | Promise<ThreadSession>, units: Units, seed: string | undefined) {
    this.#open = open;
    this.#units = units;
    this.#random = new SandboxRandom(seed);
  }

  /** Calls the entry of a program, see the port. */
  async call(program: SandboxProgram, args: readonly unknown[]): Promise<unknown> {
    const unit = this.#units.of(this.#programs.of(program));
    if (this.#closed) throw closedError(unit.entry);
    const text = encode(args, "args", unit.maxIn);
    const draws = this.#random.of(unit.entry, unit.code, text);
    const within = AsyncLocalStorage.snapshot();
    this.#session ??= this.#open();
    const session = this.#session instanceof Promise ? await this.#session : this.#session;
    if (this.#closed) throw closedError(unit.entry);
    this.#session = session;
    return await new Promise((resolve, reject) => {
      session.call({ program, unit, args: text, draws, within, resolve, reject });
    });
  }

  /** Frees the world on the thread; calls on their way fail. */
  close(): void {
    this.#closed = true;
    // One that is not open yet has no calls: they wait for it, and find this session closed.
    if (!(this.#session instanceof Promise)) this.#session?.close();
    this.#session = undefined;
  }
}
