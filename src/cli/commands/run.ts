/** `tracegrad run`, `study` and `resume`: begin what a file exports, show how it goes, and print what it led to. */

import { relative, resolve } from "node:path";
import { redactData } from "../../doors/extend.ts";
import { consoleProgress, resultText } from "../../doors/report.ts";
import type { Run, StudyResult, StudyRun, TrainEvent, TrainResult } from "../../index.ts";
import { type KeptCommand, keepCommand, keptCommand } from "../command-file.ts";
import { budgetOf, type RunFlags } from "../flags.ts";
import { Interrupts } from "../interrupt.ts";
import { beginFile } from "../run-file.ts";
import { showStudy, studyLine } from "../study-output.ts";
import { exitCodes, say, type Terminal, usageError, writeJson } from "../terminal.ts";

/** `tracegrad run <file>`. */
export function runCommand(file: string, flags: RunFlags, terminal: Terminal): Promise<number> {
  return begin(commandOf("run", file, flags), flags, terminal);
}

/** `tracegrad study <file>`. */
export function studyCommand(file: string, flags: RunFlags, terminal: Terminal): Promise<number> {
  return begin(commandOf("study", file, flags), flags, terminal);
}

/** `tracegrad resume <folder>`: the kept command again, with the budget of the flags where they give one. */
export async function resumeCommand(folder: string, flags: RunFlags, terminal: Terminal): Promise<number> {
  const kept = await keptCommand(folder);
  const wanted = { ...kept.budget, ...budgetOf(flags) };
  const budget = Object.keys(wanted).length === 0 ? undefined : wanted;
  const at = resolve(folder);
  try {
    process.chdir(kept.cwd);
  } catch {
    throw usageError(
      `The folder ${kept.cwd}, in which the run was begun, is not there any more. Use \`tracegrad run\` instead.`,
    );
  }
  return begin(
    { ...kept, budget, redact: flags.redact ?? kept.redact },
    { ...flags, ...(kept.givesFolder ? { folder: at } : {}) },
    terminal,
  );
}

function commandOf(command: KeptCommand["command"], file: string, flags: RunFlags): KeptCommand {
  const { folder, trials, redact } = flags;
  const givesFolder = folder !== undefined;
  return { command, file: resolve(file), cwd: process.cwd(), givesFolder, budget: budgetOf(flags), trials, redact };
}

async function begin(kept: KeptCommand, flags: RunFlags, terminal: Terminal): Promise<number> {
  const interrupts = new Interrupts(terminal);
  try {
    const { budget, trials, file, redact } = kept;
    const { folder, json, acceptChanges } = flags;
    const { signal } = interrupts;
    const { value, stops } = await beginFile(file, { folder, budget, trials, acceptChanges, redact, signal });
    interrupts.listens(stops);
    const place = folder ?? folderOf(value);
    const started = {
      file: relative(process.cwd(), file),
      terminal,
      json: json === true,
      folder: place,
      keep: () => keep(place, kept),
    };
    const code = kept.command === "run" ? await watchRun(value, started) : await watchStudy(value, started);
    return interrupts.signal.aborted ? exitCodes.interrupted : code;
  } finally {
    interrupts.close();
  }
}

/** The folder that the file itself gives. */
function folderOf(value: unknown): string | undefined {
  const { folder } = (value ?? {}) as { readonly folder?: unknown };
  return typeof folder === "string" ? folder : undefined;
}

async function keep(folder: string | undefined, kept: KeptCommand): Promise<void> {
  if (folder !== undefined) await keepCommand(folder, kept);
}

interface Started {
  /** As people know it. */
  readonly file: string;
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly folder: string | undefined;
  /** Keeps the command in the folder. */
  readonly keep: () => Promise<void>;
}

async function watchRun(value: unknown, { file, terminal, json, folder, keep }: Started): Promise<number> {
  if (!isRun(value)) throw usageError(`The default export of ${file} gives no Run. Let it give what train(…) returns.`);
  // The result on stdout ends with the verdict: on a terminal it would stand there twice.
  const progress = consoleProgress(terminal.err, { verdict: json });
  let runId: string | undefined;
  try {
    for await (const event of value as AsyncIterable<TrainEvent>) {
      progress(event);
      if (event.type !== "start") continue;
      runId = event.runId;
      // Not before: the folder may turn out to hold another run.
      await keep();
    }
  } catch (thrown) {
    progress.close();
    if (folder !== undefined && runId !== undefined) say(terminal, `Next: tracegrad resume ${folder}`);
    throw thrown;
  } finally {
    progress.close();
  }
  const { redact } = value;
  const known = await value.result;
  // The values of its programs are the real ones, to be used; what is printed is for people and files.
  const result = redact === undefined ? known : redactData(known, redact);
  if (json) writeJson(terminal, { runId, folder, ...result });
  else terminal.out.write(resultText(result));
  if (folder !== undefined) {
    const next = result.reason === "aborted" ? "resume" : "report";
    say(terminal, `Next: tracegrad ${next} ${folder}`);
  }
  return result.reason === "failures" || failsOnAll(result) ? exitCodes.failed : exitCodes.ok;
}

/** Whether the run ended with a program that fails on every validation example: nothing was learnt. */
function failsOnAll({ best }: TrainResult): boolean {
  const outcomes = best.validation?.outcomes ?? [];
  return outcomes.length > 0 && outcomes.every(({ failure }) => failure !== undefined);
}

async function watchStudy(value: unknown, { file, terminal, json, folder, keep }: Started): Promise<number> {
  const result = isStudy(value) ? await watched(value, terminal, keep) : value;
  if (!isStudyResult(result)) {
    throw usageError(`The default export of ${file} gives no study. Let it give what study(…) returns.`);
  }
  await showStudy(result, { terminal, json, folder });
  const failed = result.rows.some(({ trials }) => trials.some(({ status }) => status === "failed"));
  return failed ? exitCodes.failed : exitCodes.ok;
}

async function watched(run: StudyRun, terminal: Terminal, keep: () => Promise<void>): Promise<StudyResult> {
  await keep();
  const off = run.on((event) => {
    const line = studyLine(event);
    if (line !== undefined) say(terminal, line);
  });
  try {
    return await run.result;
  } finally {
    off();
  }
}

// The file may have another copy of the package than this command, so classes do not tell.

function isRun(value: unknown): value is Run {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && "result" in value;
}

function isStudy(value: unknown): value is StudyRun {
  return typeof value === "object" && value !== null && "on" in value && "result" in value && !isRun(value);
}

function isStudyResult(value: unknown): value is StudyResult {
  return typeof value === "object" && value !== null && "rows" in value && "axes" in value;
}
