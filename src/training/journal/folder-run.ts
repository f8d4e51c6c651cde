/** The open run of a folder: reads its journal, and appends to it. */

import { join } from "node:path";
import type { Json } from "../../util/encode.ts";
import { ExternalCallError, TracegradError } from "../../util/errors.ts";
import { type Files, type OpenFile, readFully } from "./files.ts";
import { CallHistory } from "./history.ts";
import {
  type Extent,
  type JournalRecord,
  jsonText,
  pastOf,
  type RecordPosition,
  readRecords,
  recordOf,
  redactRecord,
} from "./lines.ts";
import type { Lock } from "./lock.ts";
import { CHECKPOINT, type OnRecord, type RunStore } from "./store.ts";
import { JournalWriter } from "./writer.ts";

/** The journal's name in its folder. */
export const JOURNAL = "journal.jsonl";

/** A run folder that this process has locked. */
export interface RunFolder {
  readonly files: Files;
  readonly path: string;
  readonly lock: Lock;
}

/** What a run is opened with. */
export interface Opening {
  /** The journal, open. */
  readonly file: OpenFile;
  readonly id: string;
  readonly resumed: boolean;
  readonly notes: string[];
  readonly clock: () => number;
  readonly retryDelaysMs: readonly number[];
  /** Removes secrets from records. */
  readonly redact: ((data: Json) => Json) | undefined;
  readonly onRecord?: OnRecord | undefined;
}

/** Reads the journal, cuts off a torn end, and gives the run. Throws as `openRun` does. */
export async function loadRun(runFolder: RunFolder, opening: Opening): Promise<RunStore> {
  const { file, notes, clock, retryDelaysMs } = opening;
  const name = join(runFolder.path, JOURNAL);
  const past = await readPast(file, name);
  const { end, seq, torn } = past.extent;
  if (torn > 0) {
    await file.truncate(end);
    notes.push(`${torn} byte(s) of an unfinished write were cut off the journal.`);
  }
  // What the last process wrote may only be in the memory of the system, and the program builds on it from now on.
  await file.sync();
  const opened = clock();
  const elapsed = (): number => Math.max(0, Math.round(clock() - opened));
  const session = past.session + 1;
  const writer = new JournalWriter({ name, file, end, seq, session, elapsed, retryDelaysMs });
  const { lastCheckpoint } = past;
  const checkpoint = lastCheckpoint === undefined ? undefined : await dataAt(file, lastCheckpoint, runFolder.path);
  return new FolderRun(runFolder, opening, { ...past, writer, checkpoint });
}

/** What a journal says. */
interface Past {
  readonly extent: Extent;
  readonly records: JournalRecord[];
  readonly history: CallHistory;
  /** The number of the last process. */
  readonly session: number;
  readonly earlierSeconds: number;
  readonly lastCheckpoint: RecordPosition | undefined;
}

async function readPast(file: OpenFile, name: string): Promise<Past> {
  const records: JournalRecord[] = [];
  const history = new CallHistory();
  const ends = new Map<number, number>();
  let lastCheckpoint: RecordPosition | undefined;
  const reader = readRecords(file, name);
  for (;;) {
    const { done, value } = await reader.next();
    if (done) {
      history.end();
      const earlierSeconds = [...ends.values()].reduce((sum, ms) => sum + ms, 0) / 1000;
      const session = [...ends.keys()].reduce((most, one) => Math.max(most, one), 0);
      return { extent: value, records, history, session, earlierSeconds, lastCheckpoint };
    }
    const { record, position, length } = value;
    ends.set(record.session, Math.max(ends.get(record.session) ?? 0, record.ms));
    if (record.type === CHECKPOINT) lastCheckpoint = { seq: record.seq, position, length };
    history.add(value);
    const past = pastOf(record);
    if (past !== undefined) records.push(past);
  }
}

async function dataAt(file: OpenFile, { seq, position, length }: RecordPosition, folder: string): Promise<Json> {
  const found = recordOf(await readFully(file, position, length - 1));
  if (found?.seq === seq) return found.data;
  throw new ExternalCallError(
    "journal-damaged",
    `Record ${seq} of ${join(folder, JOURNAL)} has changed since the run was opened. Make sure that nothing else ` +
      "writes " +
      `there, and start the run again; if it is damaged, run \`tracegrad repair ${folder}\` first.`,
  );
}

/** What a folder run works with. */
interface FolderRunParts extends Past {
  readonly writer: JournalWriter;
  readonly checkpoint: Json | undefined;
}

class FolderRun implements RunStore {
  readonly id: string;
  readonly folder: string;
  readonly resumed: boolean;
  readonly checkpoint: Json | undefined;
  readonly notes: string[];
  readonly earlierSeconds: number;
  readonly history: CallHistory;
  checkpoints = 0;
  readonly #runFolder: RunFolder;
  readonly #opening: Opening;
  #past: readonly JournalRecord[];
  readonly #writer: JournalWriter;
  #closed: Promise<void> | undefined;

  constructor(
    runFolder: RunFolder,
    opening: Opening,
    { records, history, earlierSeconds, checkpoint, writer }: FolderRunParts,
  ) {
    this.id = opening.id;
    this.folder = runFolder.path;
    this.resumed = opening.resumed;
    this.notes = opening.notes;
    this.checkpoint = checkpoint;
    this.earlierSeconds = earlierSeconds;
    this.history = history;
    this.#runFolder = runFolder;
    this.#opening = opening;
    this.#past = records;
    this.#writer = writer;
  }

  takePast(): readonly JournalRecord[] {
    const past = this.#past;
    this.#past = [];
    return past;
  }

  async append(type: string, data: Json | (() => Json)): Promise<void> {
    if (type === CHECKPOINT || type === "") {
      throw new TracegradError(
        "bad-option",
        `Records of the type "${type}" are reserved for the journal. Use another type.`,
      );
    }
    await this.#append(type, data);
  }

  async saveCheckpoint(data: Json | (() => Json)): Promise<void> {
    await this.#append(CHECKPOINT, data);
    this.checkpoints += 1;
    this.history.forget();
  }

  redact(data: Json): Json {
    return this.#opening.redact?.(data) ?? data;
  }

  #append(type: string, given: Json | (() => Json)): Promise<number> {
    const raw = typeof given === "function" ? given() : given;
    const { redact } = this.#opening;
    const data = redact === undefined ? raw : redactRecord(redact, type, raw);
    const writing = this.#writer.append(type, jsonText(data, type));
    this.#opening.onRecord?.({ type, data });
    return writing;
  }

  async answerTo(key: string): Promise<Json | undefined> {
    const place = this.history.positionOf(key);
    return place === undefined ? undefined : dataAt(this.#opening.file, place, this.folder);
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await this.#writer.close();
    } finally {
      await this.#runFolder.lock.release().catch(() => {});
    }
  }
}
