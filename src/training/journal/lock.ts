/** One process at a time in a run folder: a LOCK file names its owner, and is void when the owner has ended. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TracegradError } from "../../util/errors.ts";
import { hashOf } from "../../util/json.ts";
import { newMark, type Owner, ownerOf, stateOf, thisProcess } from "../../util/process-owner.ts";
import { type Files, type OpenFile, readWhole, writeFully } from "./files.ts";

/** A lock that this process owns. */
export interface Lock {
  /** The owner that ended without releasing it, if there was one. */
  readonly after: Partial<Owner> | undefined;
  release(): Promise<void>;
}

/** How a lock is taken. */
export interface LockOptions {
  /** The new owner. Default: this process. */
  readonly owner?: Owner;
  /** Milliseconds until an empty LOCK counts as left by a crash instead of about to be written. Default: 500. */
  readonly patienceMs?: number;
}

const LOCK = "LOCK";
const pauseMs = 25;
/** The maximum depth of dead locks on dead locks. Each is left by a process that died while it took one over. */
const maxDepth = 4;

/**
 * Takes the lock of `folder`. A lock whose owner has ended is taken over.
 * @throws TracegradError `"run-locked"` while another process, or this one, uses the folder.
 */
export async function lockFolder(files: Files, folder: string, options: LockOptions = {}): Promise<Lock> {
  const { owner = thisProcess(), patienceMs = 500 } = options;
  const path = join(folder, LOCK);
  const content = newMark(owner);
  const { other, taken } = await take({ files, owner, patienceMs, content }, path, 0);
  if (!taken) throw lockedError(folder, other ?? {});
  return { after: other, release: () => release(files, path, content) };
}

/** A process that wants a lock. */
interface Taker extends Required<LockOptions> {
  readonly files: Files;
  /** The content that marks a lock file as this process's. */
  readonly content: string;
}

/** Whether the lock was taken, and who owns it or owned it before. */
interface Taking {
  readonly taken: boolean;
  readonly other: Partial<Owner> | undefined;
}

/**
 * Makes `path` the lock of the taker. A dead lock must be replaced exactly once: takers first take a lock on the very
 * file that they found, and the winner moves it over the dead one.
 */
async function take(taker: Taker, path: string, depth: number): Promise<Taking> {
  const { files, owner, patienceMs, content } = taker;
  if (await createLock(files, path, content)) return { taken: true, other: undefined };
  const found = await readWritten(files, path, patienceMs);
  // It was released just now: try again.
  if (found === undefined) return depth < maxDepth ? take(taker, path, depth + 1) : { taken: false, other: undefined };
  const other = ownerOf(found) ?? {};
  if (stateOf(other, owner) !== "ended" || depth >= maxDepth) return { taken: false, other };
  const claim = `${path}.${hashOf(found).slice(0, 8)}`;
  const claimed = await take(taker, claim, depth + 1);
  if (!claimed.taken) return claimed;
  if ((await readLock(files, path)) === found) {
    await files.rename(claim, path);
    return { taken: true, other };
  }
  await files.remove(claim);
  return { taken: false, other: undefined };
}

/** The content of the LOCK, once its owner has written it or has had time to; undefined when it is gone. */
async function readWritten(files: Files, path: string, patienceMs: number): Promise<string | undefined> {
  for (let waited = 0; ; waited += pauseMs) {
    const found = await readLock(files, path);
    if (found !== "" || waited >= patienceMs) return found;
    await sleep(pauseMs);
  }
}

async function createLock(files: Files, path: string, content: string): Promise<boolean> {
  let file: OpenFile;
  try {
    file = await files.open(path, "create");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw thrown;
  }
  try {
    await writeFully(file, Buffer.from(content), 0);
  } catch (thrown) {
    await files.remove(path).catch(() => {});
    throw thrown;
  } finally {
    await file.close();
  }
  return true;
}

async function readLock(files: Files, path: string): Promise<string | undefined> {
  const bytes = await readWhole(files, path, 10_000);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

async function release(files: Files, path: string, content: string): Promise<void> {
  // Somebody may have removed it by hand and started another process.
  if ((await readLock(files, path)) === content) await files.remove(path);
}

function lockedError(folder: string, { pid, host }: Partial<Owner>): TracegradError {
  const who = pid === undefined ? "another process" : `process ${pid} on ${host}`;
  return new TracegradError(
    "run-locked",
    `The run folder ${folder} is in use by ${who}. Wait until it ends, or give this run another folder. ` +
      `If you are sure that it has ended, delete ${join(folder, LOCK)}.`,
  );
}
