/** `approval.json` in a run folder: the run asks whether its finalist ships, and a person answers by a command. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../doors/extend.ts";
import { spreadText, valueDiff } from "../doors/report.ts";
import { type ApprovalRequest, TracegradError } from "../index.ts";
import { formatJson, type JsonFormat, parseJson, writeWhole } from "../util/json-file.ts";
import { say, type Terminal } from "./terminal.ts";

const NAME = "approval.json";
/** How long to wait before the file is read again, in milliseconds. */
const pollMs = 500;

/** A question, and its answer where there is one. */
interface Approval {
  /** Id of the candidate that would ship. */
  readonly candidate: string;
  /** Null while nobody has answered. */
  readonly approved: boolean | null;
}

/**
 * Shows the finalist and waits until `tracegrad approve` or `tracegrad reject` has answered, in this or an earlier
 * process. Rejects with an AbortError when the run is cancelled.
 */
export async function askForApproval(
  folder: string,
  { finalist, baseline, signal }: ApprovalRequest,
  terminal: Terminal,
): Promise<boolean> {
  const known = await approvalOf(folder, finalist.id);
  if (known !== null) return known;
  const [before, after] = [baseline, finalist].map(({ decision, validation }) => spreadText(decision ?? validation));
  terminal.err.write(await valueDiff({ name: "baseline", ...baseline }, { name: "finalist", ...finalist }));
  say(terminal, `Validation score: ${before} → ${after}.`);
  const args = `${folder} ${finalist.id}`;
  say(terminal, `The run waits. Next: npx tracegrad approve ${args}, or npx tracegrad reject ${args}`);
  for (;;) {
    await sleep(pollMs, undefined, { signal });
    const answer = await approvalOf(folder, finalist.id);
    if (answer !== null) return answer;
  }
}

/** The answer about a candidate; null where there is none yet. Asks where the file asks something else, or nothing. */
async function approvalOf(folder: string, candidate: string): Promise<boolean | null> {
  // A damaged file holds no answer.
  const known = await readApproval(folder).catch(() => undefined);
  if (known?.candidate === candidate) return known.approved;
  await writeApproval(folder, { candidate, approved: null });
  return null;
}

/**
 * Answers the question of a run. A later answer replaces an earlier one, until the run has taken it.
 * @param candidate The first letters of the id that the answer is about.
 * @returns The candidate.
 * @throws TracegradError `no-approval` when the run has not asked, or asks about another candidate.
 */
export async function answerApproval(folder: string, candidate: string, approved: boolean): Promise<string> {
  const known = await readApproval(folder);
  if (known === undefined) {
    const how = "`tracegrad run <file> --folder <folder> --approve` asks at the end of the run.";
    throw new TracegradError("no-approval", `The run in ${folder} asks for no approval. ${how}`);
  }
  if (!known.candidate.startsWith(candidate)) {
    throw new TracegradError("no-approval", `The run in ${folder} asks about candidate ${known.candidate}.`);
  }
  await writeApproval(folder, { ...known, approved });
  return known.candidate;
}

/** Undefined where nothing was asked. */
async function readApproval(folder: string): Promise<Approval | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, NAME), "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw damaged(folder, messageOf(thrown));
  }
  const { candidate, approved } = parseJson(text, formatOf(folder));
  if (typeof candidate !== "string" || (approved !== null && typeof approved !== "boolean")) {
    throw damaged(folder, "fields are missing");
  }
  return { candidate, approved };
}

function writeApproval(folder: string, approval: Approval): Promise<void> {
  return writeWhole(join(folder, NAME), formatJson(formatOf(folder), approval), { file: 0o600, folder: 0o700 });
}

function formatOf(folder: string): JsonFormat {
  return { format: "tracegrad-approval", version: 1, damaged: (how) => damaged(folder, how) };
}

function damaged(folder: string, how: string): TracegradError {
  const text = `${join(folder, NAME)} cannot be read: ${how}. Delete it, and resume the run: it asks again.`;
  return new TracegradError("no-approval", text);
}
