/** Marks of processes, as another process would leave them. */

import { type Owner, thisProcess } from "../../src/util/process-owner.ts";

/** The mark of the process `pid` on this machine, or what `changes` make of it. */
export function markOf(pid: number, changes: Partial<Owner> = {}): string {
  return JSON.stringify({ ...thisProcess(), pid, started: undefined, ...changes });
}
