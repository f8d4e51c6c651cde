/** One process at a time in a run folder: a LOCK file that says who is in it, and that is void when its owner is gone. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TracegradError } from "../../util/errors.ts";
import { type Files, isMissing, readWhole, writeFully } from "./files.ts";

/** A process, told apart from every other one. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the system's own units; undefined where the system does not say. */
  readonly started: string | undefined;
  /** Which start of the machine it is; undefined where the system does not say. */
  readonly boot: string | undefined;
}

/** A lock that is held. */
export interface Lock {
  /** The owner that had died without releasing it, if there was one. */
  readonly after: Partial<Owner> | undefined;
  release(): Promise<void>;
}

const LOCK = "LOCK";
const attempts = 40;

/** This process. */
export function thisProcess(): Owner {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid), boot: bootId() };
}

/**
 * Takes the lock of `folder`. One whose owner is gone is taken over.
 * @throws TracegradError `"run-locked"` while another process, or this one, is in the folder.
 */
export async function lockFolder(files: Files, folder: string, owner: Owner = thisProcess()): Promise<Lock> {
  const path = join(folder, LOCK);
  const content = JSON.stringify({ ...owner, token: randomUUID() });
  let after: Partial<Owner> | undefined;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (await created(files, path, content)) return { after, release: () => release(files, path, content) };
    const found = await readLock(files, path);
    if (found === undefined) continue;
    const other = ownerOf(found);
    // Its maker may be about to write into it; one that stays empty was left by a crash.
    if (other === undefined && attempt < attempts / 2) await sleep(25);
    else if (other !== undefined && mayLive(other, owner)) throw locked(folder, other);
    else {
      if (!(await takenAway(files, path, found))) throw locked(folder, {});
      after = other ?? {};
    }
  }
  throw locked(folder, {});
}

async function created(files: Files, path: string, content: string): Promise<boolean> {
  try {
    const file = await files.open(path, "create");
    try {
      await writeFully(file, Buffer.from(content), 0);
    } finally {
      await file.close();
    }
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw thrown;
  }
}

async function readLock(files: Files, path: string): Promise<string | undefined> {
  const bytes = await readWhole(files, path, 10_000);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** Only one of several processes that find a dead lock can move it away. False when it moved a living one, and put it back. */
async function takenAway(files: Files, path: string, dead: string): Promise<boolean> {
  const aside = `${path}.${randomUUID()}.tmp`;
  try {
    await files.rename(path, aside);
  } catch (thrown) {
    if (isMissing(thrown)) return true;
    throw thrown;
  }
  const moved = await readLock(files, aside);
  if (moved !== dead) await files.rename(aside, path);
  else await files.remove(aside);
  return moved === dead;
}

async function release(files: Files, path: string, content: string): Promise<void> {
  // Someone may have removed it by hand and started another process.
  if ((await readLock(files, path)) === content) await files.remove(path);
}

function ownerOf(text: string): Partial<Owner> | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    return typeof owner === "object" && owner !== null && Number.isInteger(owner.pid) ? owner : undefined;
  } catch {
    return undefined;
  }
}

function mayLive(other: Partial<Owner>, self: Owner): boolean {
  if (other.host !== self.host) return true;
  if (other.boot !== self.boot) return false;
  if (!isRunning(other.pid as number)) return false;
  const started = startOf(other.pid as number);
  return other.started === undefined || started === undefined || started === other.started;
}

function isRunning(pid: number): boolean {
  // A process that has ended stays listed until its parent asks for how.
  if (statOf(pid)?.[0] === "Z") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // One of another user may not be asked, but it is there.
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** What Linux tells of a process, from its state on. */
function statOf(pid: number): readonly string[] | undefined {
  // The name of the program comes before, in parentheses, and may hold anything.
  return readText(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ");
}

function bootId(): string | undefined {
  return readText("/proc/sys/kernel/random/boot_id")?.trim();
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function locked(folder: string, { pid, host }: Partial<Owner>): TracegradError {
  const who = pid === undefined ? "another process" : `process ${pid} on ${host}`;
  return new TracegradError(
    "run-locked",
    `The run folder ${folder} is in use by ${who}. Wait until it ends, or give this run another folder. ` +
      `If that process is gone for sure, delete ${join(folder, LOCK)}.`,
  );
}
