/** Reads a journal without joining its run, and repairs a damaged one. */

import { join } from "node:path";
import { TracegradError } from "../../util/errors.ts";
import { type Files, nodeFiles, type OpenFile, readFully, writeFully } from "./files.ts";
import { folderPath } from "./folder-name.ts";
import { JOURNAL } from "./folder-run.ts";
import { type Extent, type JournalRecord, readRecords } from "./lines.ts";
import { type LockOptions, lockFolder } from "./lock.ts";

const CHUNK = 2 ** 20;

/**
 * All records of a run's journal in order, also while the run is active. Throws `"journal-damaged"` as `openRun` does.
 */
export async function* readJournal(folder: string, files: Files = nodeFiles): AsyncGenerator<JournalRecord> {
  const path = join(folderPath(folder), JOURNAL);
  const file = await files.open(path, "read");
  try {
    for await (const { record } of readRecords(file, path)) yield record;
  } finally {
    await file.close();
  }
}

/** The result of a repair. */
export interface Repair {
  /** The number of records that remain: all before the damage. */
  readonly recordCount: number;
  /** The byte at which the damage began. */
  readonly offset: number;
  /** The file that holds the damaged journal. */
  readonly aside: string;
}

/**
 * Cuts a damaged journal off where the damage begins, and stores the old one beside it. Undefined when it is not
 * damaged. The run then continues from the last round that ended before the damage, with the answers of models in the
 * rest.
 * @throws TracegradError `"run-locked"` while a process uses the folder. Errors of the disk are thrown as they are.
 */
export async function repairJournal(
  folder: string,
  { files = nodeFiles, lock: options }: { readonly files?: Files; readonly lock?: LockOptions } = {},
): Promise<Repair | undefined> {
  const path = folderPath(folder);
  const journal = join(path, JOURNAL);
  const lock = await lockFolder(files, path, options);
  try {
    const file = await files.open(journal, "read");
    try {
      const extent = await goodExtent(file, journal);
      if (extent === undefined) return undefined;
      const { end: offset, recordCount } = extent;
      const aside = join(path, `journal-damaged-${offset}.jsonl`);
      const draft = `${journal}.tmp`;
      await copyTo(files, file, aside, file.size);
      await copyTo(files, file, draft, offset);
      await files.rename(draft, journal);
      await files.syncFolder(path);
      return { recordCount, offset, aside };
    } finally {
      await file.close();
    }
  } finally {
    await lock.release();
  }
}

/** The valid part of a damaged journal; undefined for a journal that is not damaged. */
async function goodExtent(
  file: OpenFile,
  name: string,
): Promise<(Pick<Extent, "end"> & { recordCount: number }) | undefined> {
  let end = 0;
  let recordCount = 0;
  try {
    for await (const { position, length } of readRecords(file, name)) {
      end = position + length;
      recordCount += 1;
    }
    return undefined;
  } catch (thrown) {
    if (thrown instanceof TracegradError && thrown.code === "journal-damaged") return { end, recordCount };
    throw thrown;
  }
}

/** A durable copy of the first `length` bytes. */
async function copyTo(files: Files, source: OpenFile, path: string, length: number): Promise<void> {
  const target = await files.open(path, "write");
  try {
    await target.truncate(0);
    for (let at = 0; at < length; at += CHUNK) {
      await writeFully(target, await readFully(source, at, Math.min(CHUNK, length - at)), at);
    }
    await target.sync();
  } finally {
    await target.close();
  }
}
