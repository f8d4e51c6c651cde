/** Outcomes that earlier processes of a run recorded and that no round has used: answers for evaluations made again. */

import type { RoundEvent } from "../events.ts";
import { parseEvaluationKey } from "../journal/call-path.ts";
import type { OutcomeRecord } from "./evaluation-journal.ts";

/** The outcomes in a journal, and which of them the finished rounds have used. */
export interface EarlierOutcomes {
  readonly outcomes: readonly OutcomeRecord[];
  /** The number of outcomes that were known when the last round ended. */
  readonly known: number;
  /** The outcomes before those that were not. */
  readonly unused: NonNullable<RoundEvent["unused"]>;
}

/** Separates the outcomes that the finished rounds have used from the others. */
export function sortEarlier({ outcomes, known, unused }: EarlierOutcomes): {
  readonly known: readonly OutcomeRecord[];
  readonly unused: UnusedOutcomes;
} {
  const skipped = new Set(unused.flatMap(([first, last]) => range(first, last)));
  const keys = new Set<string>();
  const used: OutcomeRecord[] = [];
  const rest = new UnusedOutcomes();
  for (const record of outcomes) {
    // Evaluations for an earlier decision were paid for, and no round will ask for them.
    const isUsed = isForDecision(record) || (keys.size < known && !skipped.has(record.n));
    if (!isUsed) rest.add(record);
    else {
      keys.add(record.key);
      used.push(record);
    }
  }
  return { known: used, unused: rest };
}

/** See the head of the file. */
export class UnusedOutcomes {
  readonly #byKey = new Map<string, OutcomeRecord>();

  /** Adds an outcome. Call it in the order of the journal. */
  add(record: OutcomeRecord): void {
    this.#byKey.set(record.key, record);
  }

  /** Removes the outcome with the key and gives it; undefined when there is none. */
  take(key: string): OutcomeRecord | undefined {
    const record = this.#byKey.get(key);
    this.#byKey.delete(key);
    return record;
  }

  /** The numbers of the outcomes, as ranges with both ends included. */
  ranges(): NonNullable<RoundEvent["unused"]> {
    const ranges: [number, number][] = [];
    for (const { n } of this.#byKey.values()) {
      const last = ranges.at(-1);
      if (last?.[1] === n - 1) last[1] = n;
      else ranges.push([n, n]);
    }
    return ranges;
  }
}

function isForDecision({ key }: OutcomeRecord): boolean {
  return parseEvaluationKey(key).split === "decision";
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
