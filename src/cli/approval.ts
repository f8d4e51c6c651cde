/**
 * A run asks whether its finalist ships, in `approval.json` of its folder, and a person answers by a command, in
 * `approval-<candidate>.json`: the first answer counts.
 */

import { randomUUID } from "node:crypto";
import { constants, copyFile, link, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../doors/extend.ts";
import { spreadText, valueDiff } from "../doors/report.ts";
import { type ApprovalRequest, TracegradError } from "../index.ts";
import { formatJson, parseJson, writeWhole } from "../util/json-file.ts";
import { say, type Terminal } from "./terminal.ts";

/** How long to wait before the file is read again, in milliseconds. */
const pollMs = 500;

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
  // A damaged file asks nothing, and holds no answer.
  const waiting = await readQuestion(folder).catch(() => undefined);
  if (waiting !== candidate) await writeWhole(questionFile(folder), formatJson(format, { candidate }), modes);
  return (await readAnswer(folder, candidate).catch(() => undefined)) ?? null;
}

/**
 * Answers the question of a run. The first answer counts, of two at the same instant too.
 * @param candidate The first letters of the id that the answer is about.
 * @returns The candidate.
 * @throws TracegradError `no-approval` when the run has not asked, asks about another candidate, or has an answer.
 */
export async function answerApproval(folder: string, candidate: string, approved: boolean): Promise<string> {
  const waiting = await readQuestion(folder);
  if (waiting === undefined) {
    const how = "`tracegrad run <file> --folder <folder> --approve` asks at the end of the run.";
    throw new TracegradError("no-approval", `The run in ${folder} asks for no approval. ${how}`);
  }
  if (!waiting.startsWith(candidate)) {
    throw new TracegradError("no-approval", `The run in ${folder} asks about candidate ${waiting}.`);
  }
  const file = answerFile(folder, waiting);
  const draft = `${file}.${randomUUID()}`;
  await writeWhole(draft, formatJson(format, { candidate: waiting, approved }), modes);
  try {
    await linkNew(draft, file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
    const answer = (await readAnswer(folder, waiting)) === true ? "approved" : "rejected";
    const fix = `To change that before the run has taken it, delete ${file}.`;
    throw new TracegradError(
      "no-approval",
      `Candidate ${waiting} of the run in ${folder} is ${answer} already. ${fix}`,
    );
  } finally {
    await rm(draft, { force: true });
  }
  return waiting;
}

/** Gives a whole file a second name. Fails with `EEXIST` where there is a file of that name. */
async function linkNew(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") throw thrown;
    // Some file systems have no links.
    await copyFile(draft, file, constants.COPYFILE_EXCL);
  }
}

/** The candidate that a run asks about and that nobody has answered for; undefined where there is none. */
export async function unansweredCandidate(folder: string): Promise<string | undefined> {
  const waiting = await readQuestion(folder);
  return waiting === undefined || (await readAnswer(folder, waiting)) !== undefined ? undefined : waiting;
}

const modes = { file: 0o600, folder: 0o700 };

function questionFile(folder: string): string {
  return join(folder, "approval.json");
}

function answerFile(folder: string, candidate: string): string {
  return join(folder, `approval-${candidate}.json`);
}

/** The candidate that the run asks about; undefined where it asks nothing. */
async function readQuestion(folder: string): Promise<string | undefined> {
  const file = questionFile(folder);
  const fix = "Delete it, and resume the run: it asks again.";
  const candidate = (await readFields(file, fix))?.["candidate"];
  // It becomes part of a file's name.
  if (candidate === undefined || (typeof candidate === "string" && /^[\da-f]+$/.test(candidate))) return candidate;
  throw damaged(file, "it names no candidate", fix);
}

/** Undefined where nobody has answered. */
async function readAnswer(folder: string, candidate: string): Promise<boolean | undefined> {
  const file = answerFile(folder, candidate);
  const fix = "Delete it, and answer again.";
  const fields = await readFields(file, fix);
  if (fields === undefined) return undefined;
  if (typeof fields["approved"] === "boolean") return fields["approved"];
  throw damaged(file, "it has no answer", fix);
}

async function readFields(file: string, fix: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    return parseJson(await readFile(file, "utf8"), { ...format, damaged: (how) => damaged(file, how, fix) });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown instanceof TracegradError ? thrown : damaged(file, messageOf(thrown), fix);
  }
}

const format = { format: "tracegrad-approval", version: 1 } as const;

function damaged(file: string, how: string, fix: string): TracegradError {
  return new TracegradError("no-approval", `${file} cannot be read: ${how}. ${fix}`);
}
