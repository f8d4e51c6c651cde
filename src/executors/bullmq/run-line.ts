/** The wires of a task from a worker to its run: one for each attempt of the pool that has something to say. */

import { randomUUID } from "node:crypto";
import type { HostMessage, TaskEnd, TaskHost } from "../../training/execution/executor.ts";
import type { Json } from "../../util/decode.ts";
import type { MessageExchange } from "./exchange.ts";
import type { ToRun } from "./messages.ts";
import type { Wire } from "./wire.ts";

/** How long the wires of a task that is over still repeat what was not heard, in milliseconds. */
const lingering = 10_000;

/** See the head of the file. */
export class RunLine implements TaskHost {
  readonly #office: MessageExchange;
  readonly #place: { readonly to: string; readonly key: string; readonly worker: string };
  readonly #wires: Wire[] = [];
  /** The wire of an attempt that is not lost. */
  #current: Wire | undefined;
  /** Whether the run waits for nothing more of the task. */
  isGivenUp = false;

  constructor(office: MessageExchange, place: { readonly to: string; readonly key: string; readonly worker: string }) {
    this.#office = office;
    this.#place = place;
  }

  begin(send: (message: HostMessage) => void): ReturnType<TaskHost["begin"]> {
    let wire: Wire | undefined;
    return {
      receive: (message) => {
        wire ??= this.#open(send);
        say(wire, { type: "message", message });
      },
      lost: () => {
        if (wire !== undefined) say(wire, { type: "lost" });
        if (wire === this.#current) this.#current = undefined;
      },
    };
  }

  end(end: TaskEnd): void {
    say(this.#current ?? this.#open(() => undefined), { type: "end", end });
  }

  #open(send: (message: HostMessage) => void): Wire {
    const { to, key, worker } = this.#place;
    const wire = this.#office.open(randomUUID(), to, (body) => {
      const message = body as unknown as HostMessage;
      if (message.type === "stop" && message.error === undefined) this.isGivenUp = true;
      send(message);
    });
    this.#wires.push(wire);
    this.#current = wire;
    say(wire, { type: "begin", key, worker });
    return wire;
  }

  /** Resolves when the run has heard everything. Rejects when it is gone. */
  async flushed(gone: AbortSignal): Promise<void> {
    while (!this.#wires.every(({ isFlushed }) => isFlushed)) {
      gone.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Shuts the wires, as soon as what was said has been heard, or might have been. */
  close(): void {
    if (this.#wires.length === 0) return;
    const shut = (): void => {
      for (const { name } of this.#wires) this.#office.shut(name);
    };
    setTimeout(shut, lingering).unref();
  }
}

function say(wire: Wire, message: ToRun): void {
  wire.send(message as unknown as Json);
}
