/** The file in which a run says who makes its evaluations: for people who watch it, and for nothing else. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../../util/is-record.ts";
import { writeWhole } from "../../util/json-file.ts";
import type { ExecutionStatus } from "./executor.ts";

const fileName = "workers.json";
/** The time over which evaluations are counted, in milliseconds. */
const windowTime = 60_000;

/** Who made the evaluations of a run when it last looked. */
export interface RecordedStatus extends ExecutionStatus {
  /** The executor's name. */
  readonly executor: string;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** The evaluations that ended in the last minute, or since the beginning where that is less. */
  readonly perMinute: number;
}

/** See the head of the file. */
export class StatusFile {
  readonly #path: string | undefined;
  readonly #executor: string;
  /** When evaluations ended in the last minute, by a monotonic clock. */
  readonly #ends: number[] = [];
  #writing: Promise<void> = Promise.resolve();

  /** Without a folder it writes nothing. */
  constructor(folder: string | undefined, executor: string) {
    this.#path = folder === undefined ? undefined : join(folder, fileName);
    this.#executor = executor;
  }

  /** An evaluation has ended. */
  count(): void {
    if (this.#path !== undefined) this.#ends.push(performance.now());
  }

  /** Writes a status over the one before. A run does not fail because of it. */
  write(status: ExecutionStatus): void {
    const path = this.#path;
    if (path === undefined) return;
    this.#forget();
    const record: RecordedStatus = {
      ...{ executor: this.#executor, at: Date.now(), perMinute: this.#ends.length },
      ...status,
    };
    const text = `${JSON.stringify(record)}\n`;
    this.#writing = this.#writing.then(() => writeWhole(path, text, { file: 0o600 })).catch(() => undefined);
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  #forget(): void {
    const from = performance.now() - windowTime;
    const old = this.#ends.findIndex((at) => at >= from);
    this.#ends.splice(0, old < 0 ? this.#ends.length : old);
  }
}

/** The status that a run has recorded in its folder; undefined where there is none that can be read. */
export async function readStatus(folder: string): Promise<RecordedStatus | undefined> {
  try {
    const read: unknown = JSON.parse(await readFile(join(folder, fileName), "utf8"));
    return isRecord(read) && Array.isArray(read["workers"]) ? (read as unknown as RecordedStatus) : undefined;
  } catch {
    return undefined;
  }
}
