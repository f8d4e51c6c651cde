/** `tracegrad repair`: cuts a damaged journal off where the damage begins, so that its run can go on. */

import { readRun, repairJournal } from "../../doors/report.ts";
import { TracegradError } from "../../index.ts";
import { exitCodes, say, type Terminal } from "../terminal.ts";

/** `tracegrad repair <folder>`. */
export async function repairCommand(folder: string, terminal: Terminal): Promise<number> {
  await requireRun(folder);
  const repair = await repairJournal(folder);
  if (repair === undefined) {
    say(terminal, `The journal of ${folder} is not damaged.`);
    return exitCodes.ok;
  }
  const { recordCount, offset, aside } = repair;
  say(terminal, `The journal was damaged at byte ${offset}: the ${recordCount} record(s) before it are kept.`);
  say(terminal, `The journal as it was: ${aside}`);
  say(terminal, `Next: npx tracegrad resume ${folder}`);
  return exitCodes.ok;
}

/** Throws `no-run`, and what else makes a folder unreadable, but for the damage that is to be repaired. */
async function requireRun(folder: string): Promise<void> {
  try {
    await readRun(folder);
  } catch (thrown) {
    if (!(thrown instanceof TracegradError && thrown.code === "journal-damaged")) throw thrown;
  }
}
