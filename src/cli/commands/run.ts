/** `tracegrad run`, `study` and `resume`: start what a file exports, show its progress, and print its result. */

import { relative, resolve } from "node:path";
import { redactData } from "../../doors/extend.ts";
import { consoleProgress, resultText } from "../../doors/report.ts";
import type { ApprovalRequest, Run, StudyResult, StudyRun, TrainEvent, TrainResult } from "../../index.ts";
import { askForApproval } from "../approval.ts";
import { loadCommand, type SavedCommand, saveCommand } from "../command-file.ts";
import { budgetOf, type RunFlags } from "../flags.ts";
import { Interrupts } from "../interrupt.ts";
import { beginFile } from "../run-file.ts";
import { showStudy, studyLine } from "../study-output.ts";
import { exitCodes, say, type Terminal, usageError, writeJson } from "../terminal.ts";

type Approve = (request: ApprovalRequest) => Promise<boolean>;

/** `tracegrad run <file>`. */
export function runCommand(file: string, flags: RunFlags, terminal: Terminal): Promise<number> {
  return begin(commandOf("run", file, flags), flags, terminal);
}

/** `tracegrad study <file>`. */
export function studyCommand(file: string, flags: RunFlags, terminal: Terminal): Promise<number> {
  return begin(commandOf("study", file, flags), flags, terminal);
}

/** `tracegrad resume <folder>`: the saved command again, with the budget of the flags where they give one. */
export async function resumeCommand(folder: string, flags: RunFlags, terminal: Terminal): Promise<number> {
  const saved = await loadCommand(folder);
  const limits = { ...saved.budget, ...budgetOf(flags) };
  const budget = Object.keys(limits).length === 0 ? undefined : limits;
  const at = resolve(folder);
  try {
    process.chdir(saved.cwd);
  } catch {
    throw usageError(
      `The folder ${saved.cwd}, in which the run was started, no longer exists. Use \`tracegrad run\` instead.`,
    );
  }
  return begin(
    { ...saved, budget, redact: flags.redact ?? saved.redact, approve: flags.approve ?? saved.approve },
    { ...flags, ...(saved.givesFolder ? { folder: at } : {}) },
    terminal,
  );
}

function commandOf(command: SavedCommand["command"], file: string, flags: RunFlags): SavedCommand {
  const { folder, trials, redact, approve } = flags;
  const givesFolder = folder !== undefined;
  return {
    command,
    file: resolve(file),
    cwd: process.cwd(),
    givesFolder,
    budget: budgetOf(flags),
    trials,
    redact,
    approve,
  };
}

async function begin(saved: SavedCommand, flags: RunFlags, terminal: Terminal): Promise<number> {
  const interrupts = new Interrupts(terminal);
  try {
    const { budget, trials, file, redact } = saved;
    const { folder, json, acceptChanges } = flags;
    const { signal } = interrupts;
    const place = { folder };
    const approve = saved.approve && approval(place, terminal);
    const { value, stops } = await beginFile(file, { folder, budget, trials, acceptChanges, redact, approve, signal });
    interrupts.listens(stops);
    const runFolder = folder ?? folderOf(value);
    place.folder = runFolder;
    await requireApproval(saved, runFolder);
    const started = {
      file: relative(process.cwd(), file),
      terminal,
      json: json === true,
      folder: runFolder,
      save: () => save(runFolder, saved),
    };
    const code = saved.command === "run" ? await watchRun(value, started) : await watchStudy(value, started);
    return interrupts.signal.aborted ? exitCodes.interrupted : code;
  } finally {
    interrupts.close();
  }
}

/** A run that was started to be approved is not to ship by the same command without the flag. */
async function requireApproval({ approve }: SavedCommand, folder: string | undefined): Promise<void> {
  if (approve === true && folder === undefined) throw usageError("--approve needs a run folder: give --folder.");
  if (approve === true || folder === undefined) return;
  const before = await loadCommand(folder).catch(() => undefined);
  if (before?.approve !== true) return;
  const fix = `Give it again, or use \`tracegrad resume ${folder}\`.`;
  throw usageError(`The run in ${folder} was started with --approve. ${fix}`);
}

/** Asks in the folder that is known once the file is loaded. */
function approval(place: { readonly folder: string | undefined }, terminal: Terminal): Approve {
  return (request) => askForApproval(place.folder as string, request, terminal);
}

/** The folder that the file itself gives. */
function folderOf(value: unknown): string | undefined {
  const { folder } = (value ?? {}) as { readonly folder?: unknown };
  return typeof folder === "string" ? folder : undefined;
}

async function save(folder: string | undefined, command: SavedCommand): Promise<void> {
  if (folder !== undefined) await saveCommand(folder, command);
}

interface Started {
  /** As the user typed it. */
  readonly file: string;
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly folder: string | undefined;
  /** Saves the command in the folder. */
  readonly save: () => Promise<void>;
}

async function watchRun(value: unknown, { file, terminal, json, folder, save }: Started): Promise<number> {
  if (!isRun(value))
    throw usageError(`The default export of ${file} does not return a Run. Let it return what train(…) returns.`);
  // The result on stdout ends with the verdict: a terminal would print it twice.
  const progress = consoleProgress(terminal.err, { verdict: json });
  let runId: string | undefined;
  try {
    for await (const event of value as AsyncIterable<TrainEvent>) {
      progress(event);
      if (event.type !== "start") continue;
      runId = event.runId;
      // Not before: the folder may turn out to belong to another run.
      await save();
    }
  } catch (thrown) {
    progress.close();
    if (folder !== undefined && runId !== undefined) say(terminal, `Next: npx tracegrad resume ${folder}`);
    throw thrown;
  } finally {
    progress.close();
  }
  const { redact } = value;
  const known = await value.result;
  // The values of its candidates are the real ones; what is printed is for people and files.
  const result = redact === undefined ? known : redactData(known, redact);
  if (json) writeJson(terminal, { runId, folder, ...result });
  else terminal.out.write(resultText(result));
  if (folder !== undefined) {
    const next = result.reason === "aborted" ? "resume" : "report";
    say(terminal, `Next: npx tracegrad ${next} ${folder}`);
  }
  return result.reason === "failures" || failsOnAll(result) ? exitCodes.failed : exitCodes.ok;
}

/** Whether what ships fails on every validation example: nothing was learned. */
function failsOnAll({ best }: TrainResult): boolean {
  const outcomes = best.validation?.outcomes ?? [];
  return outcomes.length > 0 && outcomes.every(({ failure }) => failure !== undefined);
}

async function watchStudy(value: unknown, { file, terminal, json, folder, save }: Started): Promise<number> {
  const result = isStudy(value) ? await watch(value, terminal, save) : value;
  if (!isStudyResult(result)) {
    throw usageError(`The default export of ${file} does not return a study. Let it return what study(…) returns.`);
  }
  await showStudy(result, { terminal, json, folder });
  const failed = result.rows.some(({ trials }) => trials.some(({ status }) => status === "failed"));
  return failed ? exitCodes.failed : exitCodes.ok;
}

async function watch(run: StudyRun, terminal: Terminal, save: () => Promise<void>): Promise<StudyResult> {
  await save();
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

// The file may import another copy of the package than this command, so `instanceof` would not do.

function isRun(value: unknown): value is Run {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && "result" in value;
}

function isStudy(value: unknown): value is StudyRun {
  return typeof value === "object" && value !== null && "on" in value && "result" in value && !isRun(value);
}

function isStudyResult(value: unknown): value is StudyResult {
  return typeof value === "object" && value !== null && "rows" in value && "axes" in value;
}
