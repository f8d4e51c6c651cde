/** A run that is kept in memory only, with the interface of a run folder. */

import { CallHistory } from "./history.ts";
import type { RunStore } from "./store.ts";

/** A new run in memory. Nothing of it outlives the process, so nothing is kept, nor made JSON of. */
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

  takePast(): readonly [] {
    return [];
  }

  async append(): Promise<void> {}

  async saveCheckpoint(): Promise<void> {
    this.era += 1;
  }

  async answered(): Promise<undefined> {}

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}
