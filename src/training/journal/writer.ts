/** Appends records to a journal file: many in one write and one sync, and none acknowledged before it is durable. */

import { setTimeout as sleep } from "node:timers/promises";
import { ExternalCallError, messageOf, TracegradError } from "../../util/errors.ts";
import { type OpenFile, writeFully } from "./files.ts";
import { type JournalRecord, lineOf, MAX_LINE } from "./lines.ts";

/** Where a journal stands when writing to it begins. */
export interface WriterStart {
  /** Names the file in errors. */
  readonly name: string;
  readonly file: OpenFile;
  /** Bytes and number of the last good record. */
  readonly end: number;
  readonly seq: number;
  readonly session: number;
  /** Milliseconds since the run was opened. */
  readonly elapsed: () => number;
  /** Waits in milliseconds between attempts of a write that fails. */
  readonly retryDelaysMs: readonly number[];
}

/** A record that is not written yet, whose data are JSON text. */
interface Waiting extends Omit<JournalRecord, "data" | "first"> {
  readonly json: string;
  readonly done: Resolvers<number>;
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** The most bytes that are written before a sync, a single longer record apart. */
const BATCH = 8 * 2 ** 20;

/**
 * The one writer of a journal. A write that fails is taken back, and its records stay in memory in their order: they
 * are written with the next append, by `flush` or by `close`, also when their appends have rejected. After a sync that
 * failed nobody knows what the disk holds, so the writer stops for good.
 */
export class JournalWriter {
  readonly #start: WriterStart;
  #end: number;
  #seq: number;
  #waiting: Waiting[] = [];
  #pumping: Promise<void> | undefined;
  #stopped: ExternalCallError | undefined;
  #torn = false;

  constructor(start: WriterStart) {
    this.#start = start;
    this.#end = start.end;
    this.#seq = start.seq;
  }

  /** How many records are in memory only. */
  get unwritten(): number {
    return this.#waiting.length;
  }

  /**
   * Appends a record whose data are the JSON text `json`; resolves with its number when it is durable.
   * @throws TracegradError `"record-too-large"`; `"journal-write"` when the disk would not take it, which it may yet;
   *   `"journal-stopped"` when nothing can be written any more.
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

  /** Writes what is in memory only; resolves when it is durable. Throws as `append` does. */
  async flush(): Promise<void> {
    if (this.#stopped !== undefined) throw this.#stopped;
    await this.#pump();
  }

  /** Writes what is left and closes the file, also when that write fails; then it throws as `append` does. */
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
    // Appends of the same turn come along in the first batch.
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
      // In the same turn as the last look at the queue: an append after it starts a new round.
      this.#pumping = undefined;
    }
  }

  #nextBatch(): Waiting[] {
    let size = 0;
    const end = this.#waiting.findIndex(({ json }) => {
      size += json.length;
      return size > BATCH;
    });
    return this.#waiting.slice(0, end < 0 ? undefined : Math.max(1, end));
  }

  async #writeWithRetries(batch: readonly Waiting[]): Promise<void> {
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

  async #write(batch: readonly Waiting[]): Promise<void> {
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

  /** Cuts off what a failed write left behind, so that no later line is joined to it. */
  async #takeBack(): Promise<void> {
    await this.#start.file.truncate(this.#end);
    this.#torn = false;
  }

  async #sync(): Promise<void> {
    try {
      await this.#start.file.sync();
    } catch (thrown) {
      const text =
        `${this.#start.name} could not be made durable: ${messageOf(thrown)}. What the disk holds is unknown now: ` +
        "check the disk and start the run again; it goes on from what was kept.";
      this.#stopped = new ExternalCallError("journal-stopped", text);
      throw this.#stopped;
    }
  }

  #unwritable(thrown: unknown): ExternalCallError {
    return new ExternalCallError(
      "journal-write",
      `${this.#start.name} cannot be written: ${messageOf(thrown)}. ${this.#waiting.length} record(s) are kept in memory ` +
        "and written with the next one, or by flush(): free the disk and go on; ending the process loses them.",
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
