/** Appends records to a journal file: many in one write and one sync, and none acknowledged before it is durable. */

import { setTimeout as sleep } from "node:timers/promises";
import { ExternalCallError, messageOf, TracegradError } from "../../util/errors.ts";
import { type OpenFile, writeFully } from "./files.ts";
import { type JournalRecord, lineOf, MAX_LINE } from "./lines.ts";

/** The state of a journal when writing begins. */
export interface WriterStart {
  /** Names the file in errors. */
  readonly name: string;
  readonly file: OpenFile;
  /** The end in bytes and the number of the last valid record. */
  readonly end: number;
  readonly seq: number;
  readonly session: number;
  /** Milliseconds since the run was opened. */
  readonly elapsed: () => number;
  /** Delays in milliseconds between attempts of a failing write. */
  readonly retryDelaysMs: readonly number[];
}

/** A record that is not written yet, with its data as JSON text. */
interface PendingRecord extends Omit<JournalRecord, "data" | "first"> {
  readonly json: string;
  readonly done: Resolvers<number>;
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** The maximum number of bytes before a sync, except for a single longer record. */
const BATCH = 8 * 2 ** 20;

/**
 * The only writer of a journal. A failed write is undone, and its records stay in memory in their order: they are
 * written with the next append, by `flush` or by `close`, even if their appends have rejected. After a failed sync the
 * content of the disk is unknown, so the writer stops for good.
 */
export class JournalWriter {
  readonly #start: WriterStart;
  #end: number;
  #seq: number;
  #waiting: PendingRecord[] = [];
  #pumping: Promise<void> | undefined;
  #stopped: ExternalCallError | undefined;
  #torn = false;

  constructor(start: WriterStart) {
    this.#start = start;
    this.#end = start.end;
    this.#seq = start.seq;
  }

  /** The number of records that are only in memory. */
  get unwritten(): number {
    return this.#waiting.length;
  }

  /**
   * Appends a record whose data are the JSON text `json`; resolves with its number when it is durable.
   * @throws TracegradError `"record-too-large"`; ExternalCallError `"journal-write"` when the disk refuses, which may
   * pass; `"journal-stopped"` when nothing can be written any more.
   */
  append(type: string, json: string): Promise<number> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    // A character may take three bytes.
    if (json.length > MAX_LINE / 4) {
      const text = `A "${type}" record of ${json.length} characters is too large to keep. Keep large data elsewhere.`;
      return Promise.reject(new TracegradError("record-too-large", text));
    }
    const seq = this.#seq + 1;
    this.#seq = seq;
    const done = resolvers<number>();
    const { session, elapsed } = this.#start;
    this.#waiting.push({ seq, session, ms: elapsed(), type, json, done });
    this.#pump().catch(() => {});
    return done.promise;
  }

  /** Writes what is in memory; resolves when it is durable. Throws as `append` does. */
  async flush(): Promise<void> {
    if (this.#stopped !== undefined) throw this.#stopped;
    await this.#pump();
  }

  /** Writes what is left and closes the file, even if that write fails; then it throws as `append` does. */
  async close(): Promise<void> {
    try {
      if (this.#stopped === undefined) await this.#pump();
      else if (this.#waiting.length > 0) throw this.#stopped;
    } finally {
      this.#stopped ??= new ExternalCallError("journal-stopped", `${this.#start.name} is closed: open the run again.`);
      await this.#start.file.close();
    }
  }

  #pump(): Promise<void> {
    this.#pumping ??= this.#writeAll();
    return this.#pumping;
  }

  async #writeAll(): Promise<void> {
    // Appends of the same turn join the first batch.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#nextBatch();
        await this.#writeWithRetries(batch);
        this.#waiting.splice(0, batch.length);
        for (const { done, seq } of batch) done.resolve(seq);
      }
    } catch (thrown) {
      for (const { done } of this.#waiting) done.reject(thrown);
      throw thrown;
    } finally {
      // In the same turn as the last look at the queue: a later append starts a new round.
      this.#pumping = undefined;
    }
  }

  #nextBatch(): PendingRecord[] {
    let size = 0;
    const end = this.#waiting.findIndex(({ json }) => {
      size += json.length;
      return size > BATCH;
    });
    return this.#waiting.slice(0, end < 0 ? undefined : Math.max(1, end));
  }

  async #writeWithRetries(batch: readonly PendingRecord[]): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#write(batch);
        return;
      } catch (thrown) {
        if (this.#stopped !== undefined) throw this.#stopped;
        const delay = this.#start.retryDelaysMs[attempt];
        if (delay === undefined) throw this.#unwritable(thrown);
        await sleep(delay);
      }
    }
  }

  async #write(batch: readonly PendingRecord[]): Promise<void> {
    const { file } = this.#start;
    if (this.#torn) await this.#takeBack();
    const first = batch[0]?.seq;
    const lines = Buffer.concat(
      batch.map(({ seq, session, ms, type, json }) => {
        const head = `{"seq":${seq},"first":${first},"session":${session},"ms":${ms},"type":${JSON.stringify(type)}`;
        return lineOf(`${head},"data":${json}}`);
      }),
    );
    try {
      this.#torn = true;
      await writeFully(file, lines, this.#end);
    } catch (thrown) {
      await this.#takeBack().catch(() => {});
      throw thrown;
    }
    await this.#sync();
    this.#torn = false;
    this.#end += lines.length;
  }

  /** Cuts off what a failed write left behind, so that no later line is appended to it. */
  async #takeBack(): Promise<void> {
    await this.#start.file.truncate(this.#end);
    this.#torn = false;
  }

  async #sync(): Promise<void> {
    try {
      await this.#start.file.sync();
    } catch (thrown) {
      const text =
        `${this.#start.name} could not be made durable: \
${messageOf(thrown)}. The content of the disk is unknown now: ` +
        "" +
        "check the disk and start the run again; it continues from what was stored.";
      this.#stopped = new ExternalCallError("journal-stopped", text);
      throw this.#stopped;
    }
  }

  #unwritable(thrown: unknown): ExternalCallError {
    return new ExternalCallError(
      "journal-write",
      `${this.#start.name} cannot be written: ${messageOf(thrown)}. ${this.#waiting.length} record(s) stay in memory ` +
        "and are written with the next one, or by flush(): free space on the disk and continue. They are lost if the " +
        "process ends.",
    );
  }
}

function resolvers<T>(): Resolvers<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
