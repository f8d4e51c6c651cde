/** `tracegrad approve` and `tracegrad reject`: whether the finalist of a run that waits ships. */

import { readRun } from "../../doors/report.ts";
import { answerApproval } from "../approval.ts";
import { exitCodes, say, type Terminal } from "../terminal.ts";

/** `tracegrad approve <folder>`, or reject. */
export async function approveCommand(folder: string, approved: boolean, terminal: Terminal): Promise<number> {
  await readRun(folder);
  const candidate = await answerApproval(folder, approved);
  say(terminal, `Candidate ${candidate} is ${approved ? "approved" : "rejected"}.`);
  say(terminal, `A run that waits goes on by itself. Where it was stopped: npx tracegrad resume ${folder}`);
  return exitCodes.ok;
}
