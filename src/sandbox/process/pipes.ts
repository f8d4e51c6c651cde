/**
 * Pipes between this process and a child, made as named pipes: those that Node makes by itself cannot be waited for
 * without its event loop.
 */
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../util/errors.ts";
import { SandboxError } from "../errors.ts";

/** The descriptors of a pipe's two ends. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/**
 * Makes a pipe for each of `waits`: whether reading from it waits for bytes. The names of the pipes are gone already, and
 * no other child of this process inherits them.
 * @throws SandboxError `"sandbox-failed-to-load"` where there are no named pipes.
 */
export function makePipes(waits: readonly boolean[]): Pipe[] {
  const folder = mkdtempSync(join(tmpdir(), "tracegrad-"));
  try {
    const paths = waits.map((_, index) => join(folder, String(index)));
    execFileSync("mkfifo", ["-m", "600", ...paths], { stdio: ["ignore", "ignore", "pipe"] });
    return paths.map((path, index) => openPipe(path, waits[index] === true));
  } catch (error) {
    const problem = `the sandbox cannot make named pipes, which it needs (Linux or macOS): ${messageOf(error)}`;
    throw new SandboxError("sandbox-failed-to-load", problem);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openPipe(path: string, waits: boolean): Pipe {
  // An end that is opened alone waits for the other; this one is both.
  const both = openSync(path, constants.O_RDWR);
  const read = openSync(path, constants.O_RDONLY | (waits ? 0 : constants.O_NONBLOCK));
  const write = openSync(path, constants.O_WRONLY);
  closeSync(both);
  return { read, write };
}

/** What is in a pipe that does not wait, up to 64 KiB. */
export function drain(descriptor: number): string {
  const bytes = Buffer.alloc(65_536);
  try {
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, bytes.length, null));
  } catch {
    // Nothing is there.
    return "";
  }
}

/** Closes descriptors. */
export function closeAll(descriptors: Iterable<number>): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}
