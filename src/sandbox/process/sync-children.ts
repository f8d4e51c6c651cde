/** The children for synchronous programs: one at a time, which is replaced when it has ended or is worn. */
import type { ChildLimits } from "./launch.ts";
import { SyncChild } from "./sync-child.ts";

/** The children of one sandbox. */
export class SyncChildren {
  readonly #limits: ChildLimits;
  #current: SyncChild | undefined;
  #loading: Promise<void> | undefined;

  constructor(limits: ChildLimits) {
    this.#limits = limits;
  }

  /** Starts a child, unless one is there. Concurrent calls share one start. */
  load(): Promise<void> {
    if (this.#current?.alive) return Promise.resolve();
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    this.#loading.catch(() => undefined);
    return this.#loading;
  }

  /**
   * The child for a new world; starts one, and waits for it, when there is none.
   * @throws SandboxError `"sandbox-failed-to-load"`
   */
  take(): SyncChild {
    const current = this.#current;
    if (current?.alive && !current.worn) return current;
    current?.retire();
    const child = new SyncChild(this.#limits);
    child.open();
    this.#current = child;
    return child;
  }

  async #load(): Promise<void> {
    const child = new SyncChild(this.#limits);
    await child.openLater();
    // A call that could not wait has started another one.
    if (this.#current?.alive) child.end();
    else this.#current = child;
  }
}
