/** A run that is kept in memory only, with the interface of a run folder. */

import type { Json } from "../../util/encode.ts";
import { CallHistory } from "./history.ts";
import { isKept, type JournalRecord, jsonText } from "./lines.ts";
import { CHECKPOINT, type RunStore } from "./store.ts";

/** A new run in memory. Nothing of it outlives the process, so records of calls are not kept. */
export function memoryRun(): RunStore {
  return new MemoryRun();
}

class MemoryRun implements RunStore {
  readonly folder: undefined;
  readonly resumed: boolean = false;
  readonly checkpoint: undefined;
  readonly notes: readonly string[] = [];
  readonly earlierSeconds: number = 0;
  readonly history: CallHistory = new CallHistory();
  era = 0;
  #seq = 0;
  readonly #began: number = performance.now();
  readonly #records: JournalRecord[] = [];

  records(): readonly JournalRecord[] {
    return this.#records;
  }

  async append(type: string, data: Json): Promise<void> {
    const json = jsonText(data, type);
    const seq = ++this.#seq;
    if (!isKept(type)) return;
    const ms = Math.round(performance.now() - this.#began);
    this.#records.push({ seq, first: seq, session: 1, ms, type, data: JSON.parse(json) as Json });
  }

  async saveCheckpoint(state: Json): Promise<void> {
    jsonText(state, CHECKPOINT);
    this.#seq += 1;
    this.era += 1;
  }

  async answered(): Promise<undefined> {}

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}
