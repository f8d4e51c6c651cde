/** What a journal says of its run: the records of earlier processes, folded into outcomes, events and the progress. */

import type { Json } from "../../util/decode.ts";
import type { ExampleRecord, OutcomeRecord, TextRecord } from "../evaluation/evaluation-journal.ts";
import type { Progress, TrainEvent } from "../events.ts";
import type { JournalRecord } from "../journal/lines.ts";
import { CHECKPOINT } from "../journal/store.ts";
import { plainOutcome, unpackEvent } from "./event-json.ts";
import { progressAfter, unstarted } from "./progress.ts";

/** Folds the records of a journal in order. */
export class JournalFold {
  /** All outcomes, by their number. */
  readonly outcomes: OutcomeRecord[] = [];
  /** The numbers of the examples that the journal holds, by their content, and the ids of its long texts. */
  readonly examples: Map<string, number> = new Map();
  readonly texts: Set<string> = new Set();
  /** The events of the rounds that have ended, and those of the round under way. */
  readonly #kept: TrainEvent[] = [];
  #events: TrainEvent[] = [];
  #progress: Progress = unstarted;
  /** The progress after the last round that has ended. */
  #committed: Progress = unstarted;

  /**
   * The progress from which a run goes on: that after the last round that has ended, and which processes there were
   * since.
   */
  resume(): Progress {
    this.#dropUnfinished();
    return this.#progress;
  }

  /** The progress after the last event, of a round that has not ended too. */
  get progress(): Progress {
    return this.#progress;
  }

  /** The events, in order; what a round had recorded that was then done again stands in it once. */
  get events(): readonly TrainEvent[] {
    return [...this.#kept, ...this.#events];
  }

  /** Takes the next record into account. */
  add({ type, data }: Pick<JournalRecord, "type" | "data">): void {
    if (type === "outcome") this.#addOutcome(data as unknown as OutcomeRecord);
    else if (type === "example") this.#addExample(data as unknown as ExampleRecord);
    else if (type === "text") this.texts.add((data as unknown as TextRecord).id);
    else if (type === "event") this.#addEvent(unpackEvent(data, (n) => this.outcomes[n]?.outcome));
    else if (type === CHECKPOINT) this.#endRound(data);
  }

  #addOutcome({ n, key, outcome, shared }: OutcomeRecord): void {
    this.outcomes[n] = { n, key, outcome: plainOutcome(outcome), ...(shared === true ? { shared } : {}) };
  }

  #addExample({ content, n }: ExampleRecord): void {
    this.examples.set(content, n);
  }

  #addEvent(event: TrainEvent): void {
    if (event.type === "start") this.#dropUnfinished();
    this.#events.push(event);
    this.#progress = progressAfter(this.#progress, event);
  }

  /** A process that goes on does the unfinished round of the one before it again, and records its events anew. */
  #dropUnfinished(): void {
    const lasting = lastingOf(this.#events);
    this.#events = [];
    this.#progress = this.#committed;
    for (const event of lasting) {
      this.#kept.push(event);
      this.#progress = progressAfter(this.#progress, event);
    }
    this.#committed = this.#progress;
  }

  #endRound(data: Json): void {
    const event = data as unknown as TrainEvent;
    for (const earlier of this.#events) this.#kept.push(earlier);
    this.#kept.push(event);
    this.#events = [];
    this.#progress = progressAfter(this.#progress, event);
    this.#committed = this.#progress;
  }
}

/**
 * What a process that goes on does not do again: there was a start, and the examples that decide have been looked at.
 * What a cancelled run decided is only for the moment: it goes on as if it had not been cancelled.
 */
function lastingOf(events: readonly TrainEvent[]): readonly TrainEvent[] {
  const isCancelled = events.some((event) => event.type === "end" && event.reason === "aborted");
  return events.filter(
    (event) =>
      event.type === "start" ||
      (event.type === "decision" && !isCancelled) ||
      (event.type === "evaluation" && event.split === "decision"),
  );
}
