/** A run that is kept in memory only, with the interface of a run folder. */

import type { Json } from "../../util/encode.ts";
import { CallHistory } from "./history.ts";
import type { OnRecord, RunStore } from "./store.ts";

/**
 * A new run in memory. Nothing of it outlives the process, so nothing is kept, nor made JSON of. `onRecord` is given
 * the records whose data are there anyway.
 */
export function memoryRun(onRecord?: OnRecord): RunStore {
  return new MemoryRun(onRecord);
}

class MemoryRun implements RunStore {
  readonly folder: undefined;
  readonly resumed: boolean = false;
  readonly checkpoint: undefined;
  readonly notes: readonly string[] = [];
  readonly earlierSeconds: number = 0;
  readonly history: CallHistory = new CallHistory();
  era = 0;
  readonly #onRecord: OnRecord | undefined;

  constructor(onRecord: OnRecord | undefined) {
    this.#onRecord = onRecord;
  }

  takePast(): readonly [] {
    return [];
  }

  async append(type: string, data: Json | (() => Json)): Promise<void> {
    if (typeof data !== "function") this.#onRecord?.({ type, data });
  }

  redact(data: Json): Json {
    return data;
  }

  async saveCheckpoint(): Promise<void> {
    this.era += 1;
  }

  async answered(): Promise<undefined> {}

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}
