/** What a run is kept in: the interface of run folders and of runs that are kept in memory only. */

import type { Json } from "../../util/encode.ts";
import type { CallHistory } from "./history.ts";
import type { JournalRecord } from "./lines.ts";

/** Is given records as they are appended, before they are durable. */
export type OnRecord = (record: Pick<JournalRecord, "type" | "data">) => void;

/** An open run: what is known of it, and where what happens next is kept. */
export interface RunStore {
  /** Absolute; undefined for a run that is kept in memory only. */
  readonly folder: string | undefined;
  /** Whether the folder held this run before. */
  readonly resumed: boolean;
  /**
   * The data of the last checkpoint before the run was opened. Who saves checkpoints goes on from here, not from the
   * top.
   */
  readonly checkpoint: Json | undefined;
  /** What was found out of order and mended, in sentences for people. */
  readonly notes: readonly string[];
  /** Seconds in the earlier processes of the run. */
  readonly earlierSeconds: number;
  /** The calls of the earlier processes; only those after the last checkpoint can be asked for. */
  readonly history: CallHistory;
  /** How many checkpoints this process has saved: calls are numbered anew after each. */
  readonly era: number;
  /**
   * The records of the earlier processes, in order, as `pastOf` gives them: without those of calls. Given once: whoever
   * takes them folds them into a state, so that a long run does not fill the memory. `readJournal` gives all of them,
   * whole.
   */
  takePast(): readonly JournalRecord[];
  /**
   * Appends a record and resolves when it is durable. `data` may be changed afterwards. Given as a function, it is only
   * made where it is kept, before `append` returns: a run without a folder serialises nothing.
   * @throws ExternalCallError `"journal-write"` when the disk would not take it: the record stays in memory, in its
   * place, and is
   *   written with the next one or by `flush`. `"journal-stopped"` when the disk cannot be trusted any more.
   *   TracegradError `"not-json"`, `"record-too-large"` or `"bad-option"`.
   */
  append(type: string, data: Json | (() => Json)): Promise<void>;
  /**
   * Marks the place to go on from, at a moment when no call is under way: nothing before it will be asked for again.
   * `data` says what the records before it do not. Throws as `append` does.
   */
  saveCheckpoint(data: Json | (() => Json)): Promise<void>;
  /**
   * Takes secrets out of data as `append` does, for data that are cut before they are appended: half a secret is not
   * known as one.
   */
  redact(data: Json): Json;
  /** The data of the `call.done` record with that key, written by an earlier process; undefined when there is none. */
  answered(key: string): Promise<Json | undefined>;
  /** Writes what is in memory only. Throws as `append` does. */
  flush(): Promise<void>;
  /** Writes what is left, closes the journal and releases the lock. Throws as `append` does when something is lost. */
  close(): Promise<void>;
}

/** The type of the records that `saveCheckpoint` writes. */
export const CHECKPOINT = "checkpoint";
