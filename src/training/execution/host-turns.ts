/** The turns of the requests of one call that a worker performs, on the run's side: given by the limiters of the run. */

import type { RequestSlot, WantedRequest } from "../../util/request-turn.ts";
import { turnsOf } from "../../util/turns.ts";
import type { HostMessage, PortableTurn, SlotNotes, WorkerMessage } from "./executor.ts";

export type Send = (message: HostMessage) => void;
type TurnMessage = Extract<WorkerMessage, { readonly turn: number }>;

/** A turn that is waited for, or taken. */
interface HostTurn {
  readonly stop: AbortController;
  slot: RequestSlot | undefined;
}

/** See the head of the file. */
export class HostTurns {
  readonly #turns = new Map<number, HostTurn>();

  /** Takes the turn of the first request if it is now, and says whether it was. */
  takeFirst({ source, ...wanted }: PortableTurn): boolean {
    const slot = turnsOf(source)?.beginNow(wanted);
    if (slot !== undefined) this.#turns.set(0, { stop: new AbortController(), slot });
    return slot !== undefined;
  }

  /** Takes a message of the worker. */
  receive(message: TurnMessage, send: Send): void {
    if (message.type === "turn") return this.#take(message, send);
    const turn = this.#turns.get(message.turn);
    if (message.type === "slot") return turn?.slot === undefined ? undefined : note(turn.slot, message.notes);
    this.#turns.delete(message.turn);
    turn?.stop.abort();
    turn?.slot?.end(0);
  }

  /** The worker will say nothing more of them. What has begun may have been made in full. */
  end(): void {
    for (const { stop, slot } of this.#turns.values()) {
      stop.abort();
      slot?.end();
    }
    this.#turns.clear();
  }

  #take({ n, turn, wanted: { source: id, ...wanted } }: Extract<TurnMessage, { readonly type: "turn" }>, send: Send) {
    const source = turnsOf(id);
    if (source === undefined) return send({ type: "turn", n, turn, isKnown: false });
    const own: HostTurn = { stop: new AbortController(), slot: undefined };
    this.#turns.set(turn, own);
    const onOutage = (isOut: boolean): void => send({ type: "outage", n, turn, isOut });
    source.begin({ ...wanted, onOutage } satisfies WantedRequest, own.stop.signal).then(
      (slot) => {
        // It was left, and its turn came at the same time.
        if (own.stop.signal.aborted) return slot.end(0);
        own.slot = slot;
        send({ type: "turn", n, turn, isKnown: true });
      },
      () => undefined,
    );
  }
}

function note(slot: RequestSlot, { headers, holdMs, answered, refusedMs, used }: SlotNotes): void {
  if (headers !== undefined) slot.observe(new Headers(headers.map(([name, value]) => [name, value])));
  if (holdMs !== undefined) slot.hold(holdMs);
  if (answered === true) slot.answered();
  if (refusedMs !== undefined) slot.refused(refusedMs);
  if (used !== undefined) slot.end(used ?? undefined);
}
