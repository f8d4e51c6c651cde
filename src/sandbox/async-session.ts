/** Asynchronous sessions: the part of a session that runs on a thread of the pool. */
import { AsyncLocalStorage } from "node:async_hooks";
import { closedError, type SandboxError } from "./errors.ts";
import { encode } from "./marshal.ts";
import type { Job, Thread, WorkerPool } from "./pool.ts";
import { SandboxRandom } from "./random.ts";
import type { SandboxProgram } from "./sandbox.ts";
import { type Unit, Units, unitOf } from "./unit.ts";

let sessions = 0;

/** The part of a session that answers later. */
export class AsyncSession {
  readonly #pool: WorkerPool;
  readonly #chance: SandboxRandom | undefined;
  readonly #id: number = ++sessions;
  readonly #units: Units<Unit> = new Units((program, id) => unitOf(program, id, true));
  #thread: Thread | undefined;
  #closed = false;

  constructor(pool: WorkerPool, seed: string | undefined) {
    this.#pool = pool;
    this.#chance = seed === undefined ? undefined : new SandboxRandom(seed);
  }

  /** Calls the entry of a program, see the port. */
  async call(program: SandboxProgram, args: readonly unknown[]): Promise<unknown> {
    const unit = this.#units.of(program);
    const text = encode(args, "args");
    const within = AsyncLocalStorage.snapshot();
    return await new Promise((resolve, reject) => {
      this.#send(
        { session: this.#id, program, unit, args: text, within, draws: this.#chance?.of(unit.entry, unit.code, text) },
        { resolve, reject },
        2,
      );
    });
  }

  /** Frees the world on the thread; calls on their way fail. */
  close(): void {
    this.#closed = true;
    this.#thread?.close(this.#id);
    this.#thread = undefined;
  }

  /** A thread that ends takes the calls it had not begun to another one, but not for ever. */
  #send(
    call: Pick<Job, "session" | "program" | "unit" | "args" | "within" | "draws">,
    settle: { resolve(value: unknown): void; reject(error: unknown): void },
    tries: number,
  ): void {
    if (this.#closed) return settle.reject(closedError(call.unit.entry));
    if (this.#thread === undefined || this.#thread.lost) this.#thread = this.#pool.assign();
    const again = (reason: SandboxError): void => {
      if (tries > 1) this.#send(call, settle, tries - 1);
      else settle.reject(reason);
    };
    this.#thread.send({ ...call, ...settle, again });
  }
}
