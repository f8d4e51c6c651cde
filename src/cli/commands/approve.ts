/** `tracegrad approve` and `tracegrad reject`: whether the finalist of a run that waits ships. */

import { readRun } from "../../doors/report.ts";
import { TracegradError } from "../../index.ts";
import { answerApproval } from "../approval.ts";
import { exitCodes, say, type Terminal } from "../terminal.ts";

/** `tracegrad approve <folder> <candidate>`, or reject. */
export async function approveCommand(
  [folder, candidate]: readonly [string, string],
  approved: boolean,
  terminal: Terminal,
): Promise<number> {
  const { decisions } = (await readRun(folder)).progress;
  const taken = decisions.find(({ finalist }) => finalist.startsWith(candidate));
  if (taken !== undefined) {
    const how = taken.approved === undefined ? "without asking" : taken.approved ? "approved" : "rejected";
    throw new TracegradError("no-approval", `The run in ${folder} has decided about ${taken.finalist}: ${how}.`);
  }
  const id = await answerApproval(folder, candidate, approved);
  say(terminal, `Candidate ${id} is ${approved ? "approved" : "rejected"}.`);
  say(terminal, `A run that waits goes on by itself. Where it was stopped: npx tracegrad resume ${folder}`);
  return exitCodes.ok;
}
