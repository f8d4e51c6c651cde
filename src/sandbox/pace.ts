/** Runs tasks in order without holding the event loop. */

/** How long tasks may run in one turn of the event loop, in milliseconds. */
const maxTurnMs = 10;

/** Runs each task as soon as it can: at once, or in a later turn of the event loop when this one has run long enough. */
export class Pacer {
  readonly #tasks: (() => void)[] = [];
  #turnEnd: number | undefined;

  /** Runs `task` after those that were added before. It must not throw. */
  add(task: () => void): void {
    this.#tasks.push(task);
    if (this.#tasks.length === 1) this.#run();
  }

  #run(): void {
    if (this.#turnEnd === undefined) {
      this.#turnEnd = performance.now() + maxTurnMs;
      setImmediate(() => {
        this.#turnEnd = undefined;
        if (this.#tasks.length > 0) this.#run();
      });
    }
    while (this.#tasks.length > 0 && performance.now() < this.#turnEnd) {
      this.#tasks[0]?.();
      this.#tasks.shift();
    }
  }
}
