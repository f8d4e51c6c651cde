/**
 * A worker that ends a task and finds no next one says so. While the queue is empty, others then give back what they have
 * taken ahead: at the end of many tasks, those would wait for a place here while there is one elsewhere.
 */

import type { Redis } from "ioredis";
import type { QueueKeys } from "./keys.ts";
import type { LookAhead } from "./look-ahead.ts";

/** How long a sign stays, in milliseconds. */
const signTime = 300;
/** How often a worker looks for the sign of another one while it has tasks without a place, in milliseconds. */
const lookTime = 50;

/** What an idle sign works with. */
export interface IdleSignParts {
  readonly redis: Redis;
  readonly keys: QueueKeys;
  /** The worker. */
  readonly id: string;
  readonly lookAhead: LookAhead;
}

/** See the head of the file. */
export class IdleSign {
  readonly #parts: IdleSignParts;
  readonly #looking: NodeJS.Timeout;
  #isLooking = false;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(parts: IdleSignParts) {
    this.#parts = parts;
    this.#looking = setInterval(() => void this.#look(), lookTime);
  }

  /** The queue has no task for a place that is free now. */
  say(): void {
    const { redis, keys, id, lookAhead } = this.#parts;
    const now = performance.now();
    if (lookAhead.isFilled || lookAhead.isFull || now - this.#saidAt < signTime / 2) return;
    this.#saidAt = now;
    // Workers that miss it only give their tasks back later.
    redis.set(keys.idle, id, "PX", signTime).catch(() => undefined);
  }

  close(): void {
    clearInterval(this.#looking);
  }

  async #look(): Promise<void> {
    const { redis, keys, id, lookAhead } = this.#parts;
    // While Redis is away, one look waits for it.
    if (!lookAhead.isFilled || this.#isLooking) return;
    this.#isLooking = true;
    const isWanted = Promise.all([redis.get(keys.idle), redis.llen(keys.wait)]).then(
      ([idle, waiting]) => idle !== null && idle !== id && waiting === 0,
    );
    if (await isWanted.catch(() => false)) lookAhead.yield();
    this.#isLooking = false;
  }
}
