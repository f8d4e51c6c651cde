/**
 * A connection between two processes over lists that may lose or repeat what is put into them: messages arrive once and
 * in order, as long as both ends live.
 */

import type { Json } from "../../util/decode.ts";

/** How long a message waits for its acknowledgement before it is sent again, in milliseconds. */
const patience = 3_000;

/** What travels: a message with its number, from 1, or nothing but an acknowledgement. */
export interface Packet {
  /** Which wire. */
  readonly wire: string;
  readonly n: number;
  readonly body: Json;
}

interface SentPacket {
  readonly packet: Packet;
  /** When it was sent last, by a monotonic clock. */
  at: number;
}

/** One end of a wire. */
export class Wire {
  readonly name: string;
  readonly #post: (packet: Packet) => void;
  readonly #receive: (body: Json) => void;
  readonly #unacknowledged = new Map<number, SentPacket>();
  readonly #early = new Map<number, Json>();
  #sent = 0;
  #received = 0;

  constructor(name: string, post: (packet: Packet) => void, receive: (body: Json) => void) {
    this.name = name;
    this.#post = post;
    this.#receive = receive;
  }

  /** The number of the last message that has come, with all before it. */
  get received(): number {
    return this.#received;
  }

  /** Whether everything that was sent has arrived. */
  get isFlushed(): boolean {
    return this.#unacknowledged.size === 0;
  }

  send(body: Json): void {
    const packet = { wire: this.name, n: ++this.#sent, body };
    this.#unacknowledged.set(packet.n, { packet, at: performance.now() });
    this.#post(packet);
  }

  /** Takes a packet: messages that came before are dropped, those that came too early wait. */
  take({ n, body }: Packet): void {
    if (n > this.#received) this.#early.set(n, body);
    for (
      let next = this.#early.get(this.#received + 1);
      next !== undefined;
      next = this.#early.get(this.#received + 1)
    ) {
      this.#received += 1;
      this.#early.delete(this.#received);
      this.#receive(next);
    }
  }

  /** The other end has everything up to a number. */
  acknowledge(n: number): void {
    for (const number of this.#unacknowledged.keys()) if (number <= n) this.#unacknowledged.delete(number);
  }

  /** Sends again what was not acknowledged in time. */
  tick(): void {
    const now = performance.now();
    for (const sent of this.#unacknowledged.values()) {
      if (now - sent.at < patience) continue;
      sent.at = now;
      this.#post(sent.packet);
    }
  }
}
