/**
 * The one way in which a run says what happens: each event goes to the journal, then into the progress, then to
 * listeners.
 */

import type { Json } from "../../util/decode.ts";
import { messageOf } from "../../util/errors.ts";
import { failureTexts } from "../evaluation/failures.ts";
import type { Progress, RoundEvent, TrainEvent } from "../events.ts";
import type { RunStore } from "../journal/folder.ts";
import type { Redaction } from "../journal/redaction.ts";
import type { Outcome } from "../types.ts";
import { type OutcomeRef, packEvent } from "./event-json.ts";
import { progressAfter, unstarted } from "./progress.ts";

/** Whoever follows a run. */
export type Listener = (event: TrainEvent) => void;

/** What a log is made of. */
export interface RunLogParts {
  readonly store: RunStore;
  readonly listener: Listener;
  /** Where the journal holds an outcome. */
  readonly refOf: (outcome: Outcome) => OutcomeRef | undefined;
  /** Takes secrets out of events. */
  readonly redaction?: Redaction | undefined;
  /** The progress that the earlier processes of the run have made; undefined for a new run. */
  readonly earlier: Progress | undefined;
}

/** The events of a run, and the progress that follows from them. */
export class RunLog {
  readonly #parts: RunLogParts;
  #progress: Progress;
  #hasWarned = false;

  constructor(parts: RunLogParts) {
    this.#parts = parts;
    this.#progress = parts.earlier ?? unstarted;
  }

  /** The progress after the last event. */
  get progress(): Progress {
    return this.#progress;
  }

  /** Records events, in order. Throws as `RunStore.append` does; then no listener has heard of them. */
  async record(...given: readonly TrainEvent[]): Promise<void> {
    const { store } = this.#parts;
    const events = given.map((event) => this.#shown(event));
    await Promise.all(events.map((event) => store.append("event", () => this.#pack(event))));
    for (const event of events) await this.#spread(event);
    await this.#reportFailures();
  }

  /** What went wrong stands among the warnings as soon as it is known, once. */
  async #reportFailures(): Promise<void> {
    const { failures, warnings } = this.#progress;
    for (const message of failureTexts(failures)) {
      if (!warnings.includes(message)) await this.record({ type: "warning", message });
    }
  }

  /** Ends a round: a resumed run goes on from here. No call may be under way. Throws as `RunStore.append` does. */
  async endRound(given: RoundEvent): Promise<void> {
    const event = this.#shown(given);
    await this.#parts.store.saveCheckpoint(() => event as unknown as Json);
    await this.#spread(event);
  }

  /** Gives listeners an event that is of this moment only, and is not kept. */
  notify(event: TrainEvent): void {
    try {
      this.#parts.listener(this.#shown(event));
    } catch {
      // A listener that throws here throws at kept events too, and is reported then.
    }
  }

  #shown<E extends TrainEvent>(event: E): E {
    return this.#parts.redaction?.event(event) ?? event;
  }

  #pack(event: TrainEvent): Json {
    return packEvent(event, this.#parts.refOf);
  }

  async #spread(event: TrainEvent): Promise<void> {
    this.#progress = progressAfter(this.#progress, event);
    try {
      this.#parts.listener(event);
    } catch (thrown) {
      await this.#warn(event, thrown);
    }
  }

  /** A listener's error is reported once, and ends nothing. */
  async #warn(event: TrainEvent, thrown: unknown): Promise<void> {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const message = `A listener of the run threw at the event "${event.type}": ${messageOf(thrown)}. The run goes on.`;
    await this.record({ type: "warning", message });
  }
}
