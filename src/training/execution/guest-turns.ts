/** The turns of requests in a worker: the limiters of the run give them, for all its workers together. */

import { abortErrorOf } from "../../util/abort.ts";
import type { RequestSlot } from "../../util/request-turn.ts";
import type { TurnElsewhere } from "../../util/turns.ts";
import type { HostMessage, PortableTurn, SlotNotes, TaskLine } from "./executor.ts";

/** A turn that is waited for. */
interface GuestTurn {
  readonly onOutage: ((isOut: boolean) => void) | undefined;
  /** Resolves the waiting: undefined where this process gives the turn itself. */
  begin(slot: RequestSlot | undefined): void;
}

/** The turns of one call. */
export class GuestTurns {
  readonly #n: number;
  readonly #first: PortableTurn | undefined;
  readonly #send: TaskLine["send"];
  readonly #waiting = new Map<number, GuestTurn>();
  #count = 0;
  /** Whether the first request has the turn already, and has not used it. */
  #hasFirst = false;
  #isOver = false;

  constructor(n: number, first: PortableTurn | undefined, send: TaskLine["send"]) {
    this.#n = n;
    this.#first = first;
    this.#send = send;
  }

  /** The call is performed; its first request has the turn, or not. */
  begin(hasTurn: boolean): void {
    this.#hasFirst = hasTurn;
  }

  /** Takes a message of the run. */
  receive(message: Extract<HostMessage, { readonly turn: number }>): void {
    const waiting = this.#waiting.get(message.turn);
    if (message.type === "outage") return waiting?.onOutage?.(message.isOut);
    this.#waiting.delete(message.turn);
    waiting?.begin(message.isKnown ? this.#slotOf(message.turn) : undefined);
  }

  /** The run does not answer any more: what still asks for a turn gets it from this process. */
  end(): void {
    this.#isOver = true;
    for (const { begin } of this.#waiting.values()) begin(undefined);
    this.#waiting.clear();
  }

  /** For `withTurnsElsewhere`. */
  readonly take: TurnElsewhere = (source, { onOutage, ...wanted }, signal) => {
    if (this.#isOver) return Promise.resolve(undefined);
    if (this.#hasFirst && this.#first?.source === source && this.#first.model === wanted.model) {
      this.#hasFirst = false;
      return Promise.resolve(this.#slotOf(0));
    }
    const turn = ++this.#count;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(turn);
        this.#send({ type: "leave", n: this.#n, turn });
        reject(abortErrorOf(signal as AbortSignal));
      };
      if (signal?.aborted === true) return reject(abortErrorOf(signal));
      signal?.addEventListener("abort", leave, { once: true });
      const begin = (slot: RequestSlot | undefined): void => {
        signal?.removeEventListener("abort", leave);
        resolve(slot);
      };
      this.#waiting.set(turn, { onOutage, begin });
      this.#send({ type: "turn", n: this.#n, turn, wanted: { source, ...wanted } });
    });
  };

  #slotOf(turn: number): RequestSlot {
    const send = (notes: SlotNotes): void => this.#send({ type: "slot", n: this.#n, turn, notes });
    /** Said with what comes next: an answer follows its headers at once. */
    let headers: Pick<SlotNotes, "headers"> = {};
    let hasAnswered = false;
    let isOver = false;
    return {
      observe: (all) => {
        const ofLimits = [...all].filter(([name]) => name.includes("ratelimit"));
        if (ofLimits.length > 0) headers = { headers: ofLimits };
      },
      hold: (holdMs) => send({ holdMs }),
      answered: () => {
        if (hasAnswered) return;
        hasAnswered = true;
        send({ ...headers, answered: true });
      },
      refused: (refusedMs) => send({ ...headers, refusedMs }),
      end: (used) => {
        if (isOver) return;
        isOver = true;
        send({ used: used !== undefined && Number.isFinite(used) ? used : null });
      },
    };
  }
}
