/** A run folder: `run.json`, the journal, checkpoints, and the LOCK. Opens a new run, or one that goes on. */

import { dirname, join } from "node:path";
import type { Json } from "../../util/encode.ts";
import { ExternalCallError, messageOf, TracegradError } from "../../util/errors.ts";
import { packageVersion } from "../../util/home.ts";
import { hashOf } from "../../util/json.ts";
import type { ProgramText } from "../identity/program.ts";
import { type Files, nodeFiles, type OpenFile } from "./files.ts";
import { checkedFolder } from "./folder-name.ts";
import { type Held, JOURNAL, loadRun } from "./folder-run.ts";
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
  /** The seed of the run; another one makes another run. */
  readonly seed?: number;
  /** A hash of the run's data; other data make another run. */
  readonly dataset?: string;
  /** Hashes of the texts of the run's program, by place: one that has changed is refused. */
  readonly program?: ProgramText;
  /** Whether the run goes on although its program has changed. Default: false. */
  readonly acceptChanges?: boolean;
  /** Takes secrets out of all that is kept. */
  readonly redact?: ((data: Json) => Json) | undefined;
  /** Milliseconds that only grow. Default: `performance.now`. */
  readonly clock?: () => number;
  /** Waits in milliseconds before a write that failed is tried again. Default: 100, 1000 and 5000. */
  readonly retryDelaysMs?: readonly number[];
  /** The disk. Default: this machine's. */
  readonly files?: Files;
  /** How the lock is taken. */
  readonly lock?: LockOptions;
  /** Is given each record that is appended, but for those of a run in memory that nobody else would have made. */
  readonly onRecord?: OnRecord;
}

const defaultRetries: readonly number[] = [100, 1_000, 5_000];

/**
 * Opens the run in `folder`, or begins one there; without a folder, one that is kept in memory only. `config` is
 * everything that decides the course of the run.
 * @throws TracegradError `"bad-run-name"`; `"run-locked"` while another process is in it; `"run-differs"` when the
 * folder holds
 *   a run with another config, seed or data; `"run-version"` when a newer tracegrad has written it; `"run-damaged"`;
 *   `"journal-damaged"`, after which `repairJournal` helps. ExternalCallError `"run-folder"` when the disk does not let it, with the
 *   disk's own error as its cause.
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
  const path = checkedFolder(folder);
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

/**
 * Throws when something that is no plain file lies where the run's file belongs: a link might lead out of the folder.
 */
async function checkFile(files: Files, path: string): Promise<void> {
  const kind = await files.kindOf(path);
  if (kind === undefined || kind === "file") return;
  const text = `${path} is a ${kind === "other" ? "device" : kind}, not a file of a run.`;
  throw new TracegradError("run-damaged", `${text} Remove it, or give this run another folder.`);
}

async function openLocked(held: Held, identity: RunIdentity, options: RunOptions): Promise<RunStore> {
  const { clock = () => performance.now(), retryDelaysMs = defaultRetries } = options;
  const { files, path, lock } = held;
  const notes: string[] = [];
  if (lock.after !== undefined)
    notes.push(
      `Process ${lock.after.pid ?? "(unknown)"} ended without closing the run, which goes on from its journal.`,
    );
  const kept = await readInfo(files, path);
  if (kept !== undefined) {
    checkSameRun(path, kept, identity);
    if (identity.program !== undefined) {
      notes.push(...checkSameProgram(path, kept, identity, options.acceptChanges === true));
      await keepProgram(held, kept, identity.program);
    }
    const version = packageVersion();
    const versions = new Set([kept.packageVersion, version]);
    if (versions.size > 1 && !versions.has("unknown")) {
      notes.push(`The run was begun with tracegrad ${kept.packageVersion} and goes on with ${version}.`);
    }
  }
  const resumed = kept !== undefined;
  const info = kept ?? newInfo(identity);
  const file = await openJournal(held, resumed);
  try {
    if (!resumed) await writeInfo(files, path, info);
    const { redact, onRecord } = options;
    return await loadRun(held, { file, id: info.id, resumed, notes, clock, retryDelaysMs, redact, onRecord });
  } catch (thrown) {
    await file.close().catch(() => {});
    throw thrown;
  }
}

/** Keeps the texts of the program that goes on now, so that the next change is measured from here. */
async function keepProgram({ files, path }: Held, kept: RunInfo, program: ProgramText): Promise<void> {
  const whole = { ...kept.program, ...program };
  if (hashOf(whole) === hashOf(kept.program ?? null)) return;
  await writeInfo(files, path, { ...kept, program: whole });
}

/** The journal comes before `run.json`, so a run without one has lost it. */
async function openJournal({ files, path }: Held, resumed: boolean): Promise<OpenFile> {
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
