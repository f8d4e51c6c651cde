/** The content of a journal: the records of earlier processes, folded into outcomes, events and the progress. */

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
  /** The numbers of the examples in the journal, by content, and the ids of its long texts. */
  readonly examples: Map<string, number> = new Map();
  readonly texts: Set<string> = new Set();
  /** The events of finished rounds, and those of the current round. */
  readonly #finished: TrainEvent[] = [];
  #events: TrainEvent[] = [];
  #progress: Progress = unstarted;
  /** The progress after the last finished round. */
  #committed: Progress = unstarted;

  /** The progress from which a run continues: that of the last finished round, plus the processes since then. */
  resume(): Progress {
    this.#dropUnfinished();
    return this.#progress;
  }

  /** The progress after the last event, including those of an unfinished round. */
  get progress(): Progress {
    return this.#progress;
  }

  /** The events, in order. Those of a round that was interrupted and repeated appear once. */
  get events(): readonly TrainEvent[] {
    return [...this.#finished, ...this.#events];
  }

  /** Adds the next record. */
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

  /** A continued run repeats the unfinished round of the process before it, and records its events anew. */
  #dropUnfinished(): void {
    const lasting = lastingOf(this.#events);
    this.#events = [];
    this.#progress = this.#committed;
    for (const event of lasting) {
      this.#finished.push(event);
      this.#progress = progressAfter(this.#progress, event);
    }
    this.#committed = this.#progress;
  }

  #endRound(data: Json): void {
    const event = data as unknown as TrainEvent;
    for (const earlier of this.#events) this.#finished.push(earlier);
    this.#finished.push(event);
    this.#events = [];
    this.#progress = progressAfter(this.#progress, event);
    this.#committed = this.#progress;
  }
}

/**
 * What a continued run does not repeat: starts, and evaluations of the deciding examples. The decision of a cancelled
 * run does not count: the run continues as if it had not been cancelled.
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
