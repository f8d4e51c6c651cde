/** The messages of one process over Redis: an inbox that it reads, the wires that end here, and their acknowledgements. */

import type { Redis } from "ioredis";
import { getOrSet } from "../../util/collections.ts";
import type { Json } from "../../util/decode.ts";
import { inboxSeconds, type QueueKeys } from "./keys.ts";
import { type Packet, Wire } from "./wire.ts";

/** How often acknowledgements and repeated messages are sent, in milliseconds. */
const tickTime = 100;
/** How many messages are read at once. */
const batchSize = 500;
/** How often the time that an inbox is kept is set anew, in milliseconds. */
const renewal = 60_000;
/** How long one look into an empty inbox takes, in seconds. */
const lookSeconds = 2;

/** What lies in an inbox: packets of a sender, and how far its wires have come. */
interface Letter {
  readonly from: string;
  readonly packets?: readonly Packet[];
  /** The keys of tasks whose records are there: news that may be lost. */
  readonly ended?: readonly string[];
  readonly received?: readonly (readonly [wire: string, n: number])[];
}

/** A wire, and where its other end is. */
interface OpenWire {
  readonly wire: Wire;
  readonly to: string;
  /** How far the other end was answered. */
  acknowledged: number;
}

/** What is to be sent to one process. */
interface Outgoing {
  readonly packets: Packet[];
  readonly ended: string[];
}

/** Who gets what comes. */
export interface ExchangeEvents {
  /** Called with a packet of a wire that is not known here: gives the wire, or undefined to drop it. */
  readonly onUnknown: (packet: Packet, from: string) => Wire | undefined;
  /** Called with the keys of tasks whose records are there. */
  readonly onEnded: (keys: readonly string[]) => void;
}

/** See the head of the file. */
export class MessageExchange {
  readonly address: string;
  readonly #redis: Redis;
  readonly #reader: Redis;
  readonly #keys: QueueKeys;
  readonly #wires = new Map<string, OpenWire>();
  readonly #outgoing = new Map<string, Outgoing>();
  readonly #events: ExchangeEvents;
  /** When the inboxes of others were last made to stay. */
  readonly #renewed = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #isFlushing = false;
  #isClosed = false;

  constructor(address: string, { redis, keys, ...events }: ExchangeParts) {
    this.address = address;
    this.#redis = redis;
    this.#keys = keys;
    this.#events = events;
    // Blocked while it waits for messages.
    this.#reader = redis.duplicate();
    this.#reader.on("error", () => undefined);
    this.#timer = setInterval(() => this.#tick(), tickTime);
    void this.#read();
  }

  /** Opens a wire to a process. */
  open(name: string, to: string, receive: (body: Json) => void): Wire {
    const wire = new Wire(name, (packet) => this.#outgoingTo(to).packets.push(packet), receive);
    this.#wires.set(name, { wire, to, acknowledged: 0 });
    return wire;
  }

  /** Tells a process that the record of a task is there. */
  tellEnded(to: string, key: string): void {
    this.#outgoingTo(to).ended.push(key);
  }

  /** Forgets a wire. */
  shut(name: string): void {
    this.#wires.delete(name);
  }

  /** Stops reading. What is in the inbox is dropped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#flush();
    this.#reader.disconnect();
    await this.#redis.del(this.#keys.inbox(this.address)).catch(() => undefined);
  }

  #outgoingTo(to: string): Outgoing {
    if (!this.#isFlushing) {
      this.#isFlushing = true;
      // What is sent in one turn of the event loop goes as one letter.
      setImmediate(() => this.#flush());
    }
    return getOrSet(this.#outgoing, to, () => ({ packets: [], ended: [] }));
  }

  #flush(): void {
    this.#isFlushing = false;
    for (const [to, { packets, ended }] of this.#outgoing) {
      const parts = { ...(packets.length === 0 ? {} : { packets }), ...(ended.length === 0 ? {} : { ended }) };
      this.#mail(to, { from: this.address, ...parts });
    }
    this.#outgoing.clear();
  }

  #mail(to: string, letter: Letter): void {
    const inbox = this.#keys.inbox(to);
    // Lost letters are written again.
    this.#redis.rpush(inbox, JSON.stringify(letter)).catch(() => undefined);
    const now = performance.now();
    if (now - (this.#renewed.get(to) ?? Number.NEGATIVE_INFINITY) < renewal) return;
    this.#renewed.set(to, now);
    this.#redis.expire(inbox, inboxSeconds).catch(() => undefined);
  }

  #tick(): void {
    const received = new Map<string, [string, number][]>();
    for (const open of this.#wires.values()) {
      open.wire.tick();
      if (open.wire.received === open.acknowledged) continue;
      open.acknowledged = open.wire.received;
      const list = received.get(open.to) ?? [];
      received.set(open.to, [...list, [open.wire.name, open.acknowledged]]);
    }
    for (const [to, list] of received) this.#mail(to, { from: this.address, received: list });
  }

  async #read(): Promise<void> {
    const inbox = this.#keys.inbox(this.address);
    while (!this.#isClosed) {
      try {
        const first = await this.#reader.blpop(inbox, lookSeconds);
        if (first === null) continue;
        const more = (await this.#redis.lpop(inbox, batchSize)) ?? [];
        for (const text of [first[1], ...more]) this.#take(JSON.parse(text) as Letter);
      } catch {
        // The connection is gone, or closed: what was lost with it is sent again.
        if (!this.#isClosed) await new Promise((resolve) => setTimeout(resolve, tickTime));
      }
    }
  }

  #take({ from, packets = [], received = [], ended }: Letter): void {
    if (ended !== undefined) this.#events.onEnded(ended);
    for (const [name, n] of received) this.#wires.get(name)?.wire.acknowledge(n);
    for (const packet of packets) {
      const open = this.#wires.get(packet.wire);
      // What comes again was not heard to have come: it is said again.
      if (open !== undefined && packet.n <= open.wire.received) open.acknowledged = 0;
      (open?.wire ?? this.#events.onUnknown(packet, from))?.take(packet);
    }
  }
}

interface ExchangeParts extends ExchangeEvents {
  readonly redis: Redis;
  readonly keys: QueueKeys;
}
