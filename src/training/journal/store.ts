/** Where a run is stored: the interface of run folders and of runs in memory. */

import type { Json } from "../../util/encode.ts";
import type { CallHistory } from "./history.ts";
import type { JournalRecord } from "./lines.ts";

/** Receives records as they are appended, before they are durable. */
export type OnRecord = (record: Pick<JournalRecord, "type" | "data">) => void;

/** An open run: what is known of it, and where its next records go. */
export interface RunStore {
  /** Unique to the run, in all its processes. */
  readonly id: string;
  /** The absolute path; undefined for a run in memory. */
  readonly folder: string | undefined;
  /** Whether the folder already held this run. */
  readonly resumed: boolean;
  /** The data of the last checkpoint before the run was opened: the place to continue from. */
  readonly checkpoint: Json | undefined;
  /** What was repaired when the run was opened, in sentences for people. */
  readonly notes: readonly string[];
  /** Seconds in the earlier processes of the run. */
  readonly earlierSeconds: number;
  /** The calls of the earlier processes. Only those after the last checkpoint can be asked for. */
  readonly history: CallHistory;
  /** The number of checkpoints that this process has saved. Calls are numbered anew after each. */
  readonly checkpoints: number;
  /**
   * The records of the earlier processes, in order, as `pastOf` gives them: without those of calls. They are given
   * once, for the caller to fold into a state, so that a long run does not fill the memory. `readJournal` gives all of
   * them in full.
   */
  takePast(): readonly JournalRecord[];
  /**
   * Appends a record and resolves when it is durable. `data` may be changed afterwards. A function is called only where
   * its data are stored, before `append` returns: a run without a folder serializes nothing.
   * @throws ExternalCallError `"journal-write"` when the disk refuses: the record stays in memory, in order, and is
   * written with the next one or by `flush`. `"journal-stopped"` when the disk can no longer be trusted. TracegradError
   * `"not-json"`, `"record-too-large"` or `"bad-option"`.
   */
  append(type: string, data: Json | (() => Json)): Promise<void>;
  /**
   * Marks the place to continue from, when no call is in flight: nothing before it will be asked for again. `data` says
   * what the records before it do not. Throws as `append` does.
   */
  saveCheckpoint(data: Json | (() => Json)): Promise<void>;
  /**
   * Removes secrets from data as `append` does, for data that are shortened before they are appended: half a secret
   * would not be recognized.
   */
  redact(data: Json): Json;
  /** The data of the `call.done` record with that key from an earlier process; undefined when there is none. */
  answerTo(key: string): Promise<Json | undefined>;
  /** Writes what is in memory. Throws as `append` does. */
  flush(): Promise<void>;
  /** Writes what is left, closes the journal and releases the lock. Throws as `append` does when something is lost. */
  close(): Promise<void>;
}

/** The type of the records that `saveCheckpoint` writes. */
export const CHECKPOINT = "checkpoint";
