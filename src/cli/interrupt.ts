/** Ctrl-C: the first one asks the run to stop, the second one ends the process. */

import { exitCodes, say, type Terminal } from "./terminal.ts";

/** Listens for interrupts until it is closed. */
export class Interrupts {
  readonly #terminal: Terminal;
  readonly #controller = new AbortController();
  readonly #listener = (): void => this.#interrupted();
  readonly #text: string;
  #stops = true;

  /** @param text What the first interrupt says. */
  constructor(terminal: Terminal, text = "Stopping: completed work is saved. Press Ctrl-C again to end at once.") {
    this.#text = text;
    this.#terminal = terminal;
    for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, this.#listener);
  }

  /** Aborted by the first interrupt. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Sets whether the run listens to the signal; the first interrupt ends a run that does not. */
  listens(stops: boolean): void {
    this.#stops = stops;
  }

  close(): void {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, this.#listener);
  }

  #interrupted(): void {
    if (!this.#stops || this.signal.aborted) process.exit(exitCodes.interrupted);
    say(this.#terminal, this.#text);
    this.#controller.abort();
  }
}
