/** A run folder: `run.json`, the journal, checkpoints, and the LOCK. Opens a new run, or continues one. */

import { dirname, join } from "node:path";
import type { Json } from "../../util/encode.ts";
import { ExternalCallError, messageOf, TracegradError } from "../../util/errors.ts";
import { packageVersion } from "../../util/home.ts";
import { hashOf } from "../../util/json.ts";
import type { ProgramText } from "../identity/program.ts";
import { type Files, nodeFiles, type OpenFile } from "./files.ts";
import { folderPath } from "./folder-name.ts";
import { JOURNAL, loadRun, type RunFolder } from "./folder-run.ts";
import { type LockOptions, lockFolder } from "./lock.ts";
import { memoryRun } from "./memory-run.ts";
import {
  checkSameProgram,
  checkSameRun,
  newInfo,
  type RunIdentity,
  type RunInfo,
  readInfo,
  writeInfo,
} from "./run-info.ts";
import type { OnRecord, RunStore } from "./store.ts";

export type { RunStore } from "./store.ts";

/** Settings of `openRun`. */
export interface RunOptions {
  /** The seed of the run. Another seed makes another run. */
  readonly seed?: number;
  /** A hash of the data of the run. Other data make another run. */
  readonly dataset?: string;
  /** Hashes of the texts of the program, by place. A changed text is refused. */
  readonly program?: ProgramText;
  /** Whether the run continues although its program has changed. Default: false. */
  readonly acceptChanges?: boolean;
  /** Removes secrets from everything that is stored. */
  readonly redact?: ((data: Json) => Json) | undefined;
  /** A monotonic clock in milliseconds. Default: `performance.now`. */
  readonly clock?: () => number;
  /** Delays in milliseconds before a failed write is retried. Default: 100, 1000 and 5000. */
  readonly retryDelaysMs?: readonly number[];
  /** The disk. Default: this machine's. */
  readonly files?: Files;
  /** How the lock is taken. */
  readonly lock?: LockOptions;
  /** Receives each appended record. In memory, records that only a folder needs are not made. */
  readonly onRecord?: OnRecord;
}

const defaultRetries: readonly number[] = [100, 1_000, 5_000];

/**
 * Opens the run in `folder`, or begins one there; without a folder, a run in memory. `config` is everything that
 * decides what the run does.
 * @throws TracegradError `"bad-run-name"`; `"run-locked"` while another process uses it; `"run-differs"` when the
 * folder holds a run with another config, seed or data; `"run-version"` when another version of tracegrad wrote it;
 * `"run-damaged"`; `"journal-damaged"`, which `repairJournal` fixes. ExternalCallError `"run-folder"` when the disk
 * refuses, with the error of the disk as its cause.
 */
export async function openRun(folder: string | undefined, config: Json, options: RunOptions = {}): Promise<RunStore> {
  if (folder === undefined) return memoryRun(options.onRecord);
  try {
    return await openFolder(folder, config, options);
  } catch (thrown) {
    if (thrown instanceof TracegradError) throw thrown;
    throw new ExternalCallError(
      "run-folder",
      `The run folder ${folder} cannot be used: ${messageOf(thrown)}. Give a folder that this process can write to.`,
      { cause: thrown },
    );
  }
}

async function openFolder(folder: string, config: Json, options: RunOptions): Promise<RunStore> {
  const { files = nodeFiles, seed, dataset, program } = options;
  const path = folderPath(folder);
  const isNew = (await files.kindOf(path)) === undefined;
  if (isNew || (await files.kindOf(join(path, "run.json"))) === undefined) await files.makeFolder(path);
  if (isNew) await files.syncFolder(dirname(path));
  for (const name of ["run.json", JOURNAL, "LOCK"]) await checkFile(files, join(path, name));
  const lock = await lockFolder(files, path, options.lock);
  try {
    return await openLocked(
      { files, path, lock },
      { config: options.redact?.(config) ?? config, seed, dataset, program },
      options,
    );
  } catch (thrown) {
    await lock.release().catch(() => {});
    throw thrown;
  }
}

/** Throws when the path of a run's file holds anything but a plain file: a link might lead out of the folder. */
async function checkFile(files: Files, path: string): Promise<void> {
  const kind = await files.kindOf(path);
  if (kind === undefined || kind === "file") return;
  const text = `${path} is a ${kind === "other" ? "device" : kind}, not a file of a run.`;
  throw new TracegradError("run-damaged", `${text} Remove it, or give this run another folder.`);
}

async function openLocked(runFolder: RunFolder, identity: RunIdentity, options: RunOptions): Promise<RunStore> {
  const { clock = () => performance.now(), retryDelaysMs = defaultRetries } = options;
  const { files, path, lock } = runFolder;
  const notes: string[] = [];
  if (lock.after !== undefined)
    notes.push(
      `Process ${lock.after.pid ?? "(unknown)"} ended without closing the run. It continues from its journal.`,
    );
  const stored = await readInfo(files, path);
  if (stored !== undefined) {
    checkSameRun(path, stored, identity);
    if (identity.program !== undefined) {
      notes.push(...checkSameProgram(path, stored, identity, options.acceptChanges === true));
      await storeProgram(runFolder, stored, identity.program);
    }
    const version = packageVersion();
    const versions = new Set([stored.packageVersion, version]);
    if (versions.size > 1 && !versions.has("unknown")) {
      notes.push(`The run was begun with tracegrad ${stored.packageVersion} and continues with ${version}.`);
    }
  }
  const resumed = stored !== undefined;
  const info = stored ?? newInfo(identity);
  const file = await openJournal(runFolder, resumed);
  try {
    if (!resumed) await writeInfo(files, path, info);
    const { redact, onRecord } = options;
    return await loadRun(runFolder, { file, id: info.id, resumed, notes, clock, retryDelaysMs, redact, onRecord });
  } catch (thrown) {
    await file.close().catch(() => {});
    throw thrown;
  }
}

/** Stores the texts of the current program, so that the next change is measured from here. */
async function storeProgram({ files, path }: RunFolder, stored: RunInfo, program: ProgramText): Promise<void> {
  const whole = { ...stored.program, ...program };
  if (hashOf(whole) === hashOf(stored.program ?? null)) return;
  await writeInfo(files, path, { ...stored, program: whole });
}

/** The journal is created before `run.json`, so a run without a journal has lost it. */
async function openJournal({ files, path }: RunFolder, resumed: boolean): Promise<OpenFile> {
  const journal = join(path, JOURNAL);
  if (resumed && (await files.kindOf(journal)) === undefined) throw lostPart(journal, "is missing");
  const file = await files.open(journal, "write");
  if (resumed) return file;
  if (file.size > 0) {
    await file.close();
    throw lostPart(join(path, "run.json"), "is missing, but there is a journal");
  }
  await files.syncFolder(path);
  return file;
}

function lostPart(path: string, how: string): TracegradError {
  return new TracegradError("run-damaged", `${path} ${how}. Restore it from a copy, or give this run another folder.`);
}
