/** Marks in shared folders that say which process works on something, and whether it still does. */

import { hostname } from "node:os";

/** The mark of this process. */
export function markOfProcess(): string {
  return JSON.stringify({ pid: process.pid, host: hostname() });
}

/** Whether the mark is that of another live process. For one on another machine this is unknown: false. */
export function isOfAnother(mark: string): boolean {
  try {
    const { pid, host } = JSON.parse(mark) as { readonly pid?: number; readonly host?: string };
    if (host !== hostname() || pid === undefined || pid === process.pid) return false;
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // A process of another user may not be asked, but it is there.
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}
