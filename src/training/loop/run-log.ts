/** Records what happens in a run: each event goes to the journal, then into the progress, then to listeners. */

import type { Json } from "../../util/decode.ts";
import { messageOf } from "../../util/errors.ts";
import { currentObserver } from "../../util/observe.ts";
import { failureTexts } from "../evaluation/failures.ts";
import type { Progress, RoundEvent, TrainEvent } from "../events.ts";
import type { RunStore } from "../journal/folder.ts";
import type { Redaction } from "../journal/redaction.ts";
import type { Outcome } from "../types.ts";
import { type OutcomeRef, packEvent } from "./event-json.ts";
import { progressAfter, unstarted } from "./progress.ts";

/** Receives the events of a run. */
export type Listener = (event: TrainEvent) => void;

/** What a log works with. */
export interface RunLogParts {
  readonly store: RunStore;
  readonly listener: Listener;
  /** Where the journal holds an outcome. */
  readonly refOf: (outcome: Outcome) => OutcomeRef | undefined;
  /** Removes secrets from events. */
  readonly redaction?: Redaction | undefined;
  /** The progress of the earlier processes of the run; undefined for a new run. */
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

  /** Records events, in order. Throws as `RunStore.append` does; then no listener has received them. */
  async record(...given: readonly TrainEvent[]): Promise<void> {
    const { store } = this.#parts;
    const events = given.map((event) => this.#redacted(event));
    await Promise.all(events.map((event) => store.append("event", () => this.#pack(event))));
    for (const event of events) await this.#deliver(event);
    await this.#reportFailures();
  }

  /** Records a warning, unless the same one has been recorded. */
  async warn(message: string): Promise<void> {
    if (!this.#progress.warnings.includes(message)) await this.record({ type: "warning", message });
  }

  /** Adds failures to the warnings as soon as they are known, once. */
  async #reportFailures(): Promise<void> {
    for (const message of failureTexts(this.#progress.failures)) await this.warn(message);
  }

  /** Ends a round: a resumed run continues from here. No call may be in flight. Throws as `RunStore.append` does. */
  async endRound(given: RoundEvent): Promise<void> {
    const event = this.#redacted(given);
    await this.#parts.store.saveCheckpoint(() => event as unknown as Json);
    await this.#deliver(event);
  }

  /** Sends an event to listeners that is not recorded. */
  notify(event: TrainEvent): void {
    try {
      this.#parts.listener(this.#redacted(event));
    } catch {
      // A listener that throws here throws at recorded events too, and is reported then.
    }
  }

  #redacted<E extends TrainEvent>(event: E): E {
    return this.#parts.redaction?.event(event) ?? event;
  }

  #pack(event: TrainEvent): Json {
    return packEvent(event, this.#parts.refOf);
  }

  async #deliver(event: TrainEvent): Promise<void> {
    this.#progress = progressAfter(this.#progress, event);
    currentObserver()?.note(event);
    try {
      this.#parts.listener(event);
    } catch (thrown) {
      await this.#warnOfListener(event, thrown);
    }
  }

  /** Reports the error of a listener once. It does not end the run. */
  async #warnOfListener(event: TrainEvent, thrown: unknown): Promise<void> {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const message =
      `A listener of the run threw at the event "${event.type}": ${messageOf(thrown)}. The run ` + "continues.";
    await this.record({ type: "warning", message });
  }
}
