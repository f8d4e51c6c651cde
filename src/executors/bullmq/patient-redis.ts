/** The connection of a run or a worker: it waits while Redis is away, and writes seldom, since each write is dear. */

import { Redis, type RedisOptions } from "ioredis";

/**
 * What is sent in one turn of the event loop goes in one write. The pipelines of `enableAutoPipelining` do that too, but
 * each of them copies all scripts of BullMQ, which took a tenth of a worker's time, and waits for the one before.
 */
export class PatientRedis extends Redis {
  #isGathering = false;

  constructor(connection: string | RedisOptions) {
    const waits = { maxRetriesPerRequest: null };
    if (typeof connection === "string") super(connection, waits);
    else super({ ...connection, ...waits });
    // Without a listener, an error of the connection ends the process. It connects again by itself.
    this.on("error", () => undefined);
  }

  override sendCommand(...given: Parameters<Redis["sendCommand"]>): unknown {
    this.#gather();
    return super.sendCommand(...given);
  }

  #gather(): void {
    // There is none before the first connection.
    const { stream } = this as { readonly stream?: Redis["stream"] };
    if (this.#isGathering || stream === undefined) return;
    this.#isGathering = true;
    stream.cork();
    setImmediate(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }
}
