/** A run in memory, with the interface of a run folder. */

import { randomUUID } from "node:crypto";
import type { Json } from "../../util/encode.ts";
import { CallHistory } from "./history.ts";
import type { OnRecord, RunStore } from "./store.ts";

/**
 * A new run in memory. Nothing outlives the process, so nothing is serialized. `onRecord` receives the records whose
 * data exist anyway.
 */
export function memoryRun(onRecord?: OnRecord): RunStore {
  return new MemoryRun(onRecord);
}

class MemoryRun implements RunStore {
  readonly id: string = randomUUID();
  readonly folder: undefined;
  readonly resumed: boolean = false;
  readonly checkpoint: undefined;
  readonly notes: readonly string[] = [];
  readonly earlierSeconds: number = 0;
  readonly history: CallHistory = new CallHistory();
  checkpoints = 0;
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
    this.checkpoints += 1;
  }

  async answerTo(): Promise<undefined> {}

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}
