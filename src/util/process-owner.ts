/** Marks in files that processes share: which process owns a thing, and whether that process still runs. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";

/** A process, distinguishable from every other one. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the system's own units; undefined where the system does not say. */
  readonly started: string | undefined;
  /** The boot of the machine; undefined where the system does not say. */
  readonly boot: string | undefined;
}

/** This process. */
export function thisProcess(): Owner {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid), boot: bootId() };
}

/** A mark of the owner, different from every other mark, so that who left it can recognize it. */
export function newMark(owner: Owner = thisProcess()): string {
  return JSON.stringify({ ...owner, token: randomUUID() });
}

/** The owner that a mark names; undefined when it names none. */
export function ownerOf(mark: string): Partial<Owner> | undefined {
  try {
    const owner = JSON.parse(mark) as Partial<Owner> | null;
    return typeof owner === "object" && owner !== null && Number.isInteger(owner.pid) ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the owner still runs, as seen from `self`. Of a process on another machine this is unknown. */
export function stateOf(owner: Partial<Owner>, self: Owner = thisProcess()): "running" | "ended" | "unknown" {
  const { pid } = owner;
  if (pid === undefined) return "ended";
  if (owner.host !== self.host) return "unknown";
  if (owner.boot !== self.boot || !isRunning(pid)) return "ended";
  const started = startOf(pid);
  return owner.started === undefined || started === undefined || started === owner.started ? "running" : "ended";
}

/** Whether the mark is that of another process which is known to run: on this machine, that is. */
export function isOfAnother(mark: string): boolean {
  const owner = ownerOf(mark);
  return owner !== undefined && owner.pid !== process.pid && stateOf(owner) === "running";
}

/** Removes the file with this mark, unless another mark has taken its place. Gives whether that is so. Never rejects. */
export async function removeMark(path: string, mark: string): Promise<"removed" | "another's"> {
  const there = await readFile(path, "utf8").catch(() => undefined);
  if (there !== undefined && there !== mark) return "another's";
  await rm(path, { force: true }).catch(() => {});
  return "removed";
}

function isRunning(pid: number): boolean {
  // A process that has ended stays listed until its parent collects it.
  if (statOf(pid)?.[0] === "Z") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // A process of another user may not be signalled, but it exists.
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** The status of a process on Linux, from its state on. */
function statOf(pid: number): readonly string[] | undefined {
  // The name of the program comes before it, in parentheses, and may contain anything.
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
