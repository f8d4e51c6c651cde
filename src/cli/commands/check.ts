/** `tracegrad check`: evaluates a program for CI, and fails when its scores are too low or worse than recorded ones. */

import { readFile } from "node:fs/promises";
import { messageOf, redactData } from "../../doors/extend.ts";
import {
  checkScores,
  isEvaluationTable,
  type RecordedScores,
  readScores,
  recordScores,
} from "../../doors/production.ts";
import { evaluationText } from "../../doors/report.ts";
import { type EvaluationTable, TracegradError } from "../../index.ts";
import { writeWhole } from "../../util/json-file.ts";
import { Interrupts } from "../interrupt.ts";
import { beginFile } from "../run-file.ts";
import { exitCodes, say, type Terminal, usageError, writeJson } from "../terminal.ts";

/** Flags of `tracegrad check`. */
export interface CheckFlags {
  readonly min?: number;
  readonly strict?: true;
  readonly range?: readonly [number, number];
  readonly scores?: string;
  readonly update?: true;
  readonly folder?: string;
  readonly json?: true;
}

/** `tracegrad check <file>`. */
export async function checkCommand(file: string, flags: CheckFlags, terminal: Terminal): Promise<number> {
  requireUsable(flags);
  const { min, strict, range, scores, update, json } = flags;
  const recorded = scores === undefined || update === true ? undefined : await recordedIn(scores);
  const table = await tableOf(file, flags, terminal);
  const check = checkScores(table, { min, strict, range, recorded });
  if (json === true) writeJson(terminal, redactData({ ...check, table }));
  else terminal.out.write(`${evaluationText(table)}${check.sentences.join("\n")}\n`);
  if (table.reason === "aborted") return exitCodes.interrupted;
  if (scores !== undefined && update === true && check.passed) {
    await writeWhole(scores, `${JSON.stringify(recordScores(table), undefined, 1)}\n`);
    say(terminal, `The scores are recorded in ${scores}. Commit it.`);
  }
  say(terminal, check.passed ? "The check passed." : "The check failed.");
  return check.passed ? exitCodes.ok : exitCodes.failed;
}

function requireUsable({ min, strict, scores, update }: CheckFlags): void {
  if (min === undefined && scores === undefined) {
    throw usageError("There is nothing to compare the scores with: give --min, --scores, or both.");
  }
  if (update === true && scores === undefined) throw usageError("--update needs the file to write: give --scores.");
  if (strict === true && min === undefined) throw usageError("--strict is about --min: give both.");
}

/** Read before anything is spent. */
async function recordedIn(path: string): Promise<RecordedScores> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (thrown) {
    const fix = "Run the check with --update once, to record the scores.";
    throw new TracegradError("no-scores", `${path} cannot be read: ${messageOf(thrown)}. ${fix}`);
  }
  return readScores(json, path);
}

async function tableOf(file: string, { folder }: CheckFlags, terminal: Terminal): Promise<EvaluationTable> {
  const interrupts = new Interrupts(terminal);
  interrupts.listens(false);
  const onRead = (name: string): void => {
    if (name === "signal") interrupts.listens(true);
  };
  try {
    const { value } = await beginFile(file, { folder, signal: interrupts.signal }, onRead);
    if (isEvaluationTable(value)) return value;
    throw usageError(`The default export of ${file} returns no table. Let it return what evaluate(…) returns.`);
  } finally {
    interrupts.close();
  }
}
