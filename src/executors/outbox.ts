/** Messages to another process: those of one turn of the event loop go in one write, since each write is dear. */

/** See the head of the file. */
export class Outbox<T> {
  readonly #send: (messages: readonly T[]) => void;
  #messages: T[] = [];

  /** @param send Sends what has gathered. */
  constructor(send: (messages: readonly T[]) => void) {
    this.#send = send;
  }

  /** Sends a message, after those that were added before. */
  add(message: T): void {
    this.#messages.push(message);
    if (this.#messages.length > 1) return;
    setImmediate(() => {
      const messages = this.#messages;
      this.#messages = [];
      this.#send(messages);
    });
  }
}
