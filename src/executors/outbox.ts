/** Messages to another process: those of one turn of the event loop go in one write, since each write is dear. */

/** As many characters go in one write at most, if it is not one message alone. */
const maxCharacters = 1_000_000;

/** See the head of the file. */
export class Outbox<T> {
  readonly #send: (messages: readonly string[]) => void;
  #messages: string[] = [];
  #characters = 0;

  /** @param send Sends what has gathered: {@link readMessages} of another process reads it. */
  constructor(send: (messages: readonly string[]) => void) {
    this.#send = send;
  }

  /**
   * Sends a message, after those that were added before.
   * @throws TypeError for what JSON cannot hold: to whoever adds it, and no other message is lost.
   */
  add(message: T): void {
    const text = JSON.stringify(message);
    if (this.#characters + text.length > maxCharacters) this.#flush();
    this.#messages.push(text);
    this.#characters += text.length;
    if (this.#messages.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    this.#messages = [];
    this.#characters = 0;
    this.#send(messages);
  }
}

/** The messages that an {@link Outbox} has sent. */
export function readMessages<T>(texts: readonly string[]): readonly T[] {
  return texts.map((text) => JSON.parse(text) as T);
}
