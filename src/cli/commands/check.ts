/** `tracegrad check`: evaluates a program for CI, and fails when its scores are too low or worse than recorded ones. */

import { readFile } from "node:fs/promises";
import { messageOf } from "../../doors/extend.ts";
import { checkScores, recordScores } from "../../doors/production.ts";
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
  readonly scores?: string;
  readonly update?: true;
  readonly folder?: string;
  readonly json?: true;
}

/** `tracegrad check <file>`. */
export async function checkCommand(file: string, flags: CheckFlags, terminal: Terminal): Promise<number> {
  const { min, strict, scores, update, json } = flags;
  if (min === undefined && scores === undefined) {
    throw usageError("There is nothing to hold the scores against: give --min, --scores, or both.");
  }
  if (update === true && scores === undefined) throw usageError("--update needs the file to write: give --scores.");
  const recorded = scores === undefined || update === true ? undefined : await readScores(scores);
  const { table, aborted } = await tableOf(file, flags, terminal);
  const check = checkScores(table, { min, strict, recorded });
  if (json === true) writeJson(terminal, { ...check, table });
  else terminal.out.write(`${evaluationText(table)}${check.sentences.join("\n")}\n`);
  if (aborted) return exitCodes.interrupted;
  if (update === true && check.passed) {
    await writeWhole(scores as string, `${JSON.stringify(recordScores(table), undefined, 1)}\n`);
    say(terminal, `The scores are recorded in ${scores}. Commit it.`);
  }
  say(terminal, check.passed ? "The check passed." : "The check failed.");
  return check.passed ? exitCodes.ok : exitCodes.failed;
}

async function readScores(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Readonly<Record<string, unknown>>;
  } catch (thrown) {
    const fix = "Run the check with --update once, to record the scores.";
    throw new TracegradError("no-scores", `${path} cannot be read: ${messageOf(thrown)}. ${fix}`);
  }
}

async function tableOf(
  file: string,
  { folder }: CheckFlags,
  terminal: Terminal,
): Promise<{ readonly table: EvaluationTable; readonly aborted: boolean }> {
  const interrupts = new Interrupts(terminal);
  try {
    const { signal } = interrupts;
    const { value } = await beginFile(file, { folder, signal });
    if (!isTable(value)) {
      throw usageError(`The default export of ${file} returns no table. Let it return what evaluate(…) returns.`);
    }
    return { table: value, aborted: signal.aborted };
  } finally {
    interrupts.close();
  }
}

function isTable(value: unknown): value is EvaluationTable {
  return typeof value === "object" && value !== null && "rows" in value && "mean" in value && "reason" in value;
}
