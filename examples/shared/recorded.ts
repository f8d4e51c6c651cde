/** Runs whose answers are recorded: replayed from their cassettes, or given anew through mailboxes. */

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { TracegradError, type TrainOptions, type TrainResult, train } from "tracegrad";
import { type LanguageModel, mailbox, record, replay } from "tracegrad/llm";
import { resultText } from "tracegrad/report";
import { scripted } from "tracegrad/testing";

/** The options of the command line that such studies have in common, for `parseArgs`. */
export const recordedFlags = {
  mailbox: { type: "string" },
  out: { type: "string" },
  write: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** What {@link recordedFlags} gives. */
export interface RecordedFlags {
  /** The folder of the mailboxes; undefined for a replay. */
  readonly mailbox?: string | undefined;
  /** Where the run is kept. */
  readonly out?: string | undefined;
  /** Whether the outcome of the replay is written. */
  readonly write: boolean;
}

/** The models of a run by role, such as the agent's and the optimizer's: each has its cassette and its mailbox. */
export function answerers<R extends string>(
  cassettes: Readonly<Record<R, string>>,
  { mailbox: folder, write }: RecordedFlags,
): Readonly<Record<R, LanguageModel>> {
  if (write && folder !== undefined) {
    throw new TracegradError("bad-option", "--write is for a replay. Record the answers, then replay them.");
  }
  const models = Object.entries<string>(cassettes).map(([role, file]) => {
    if (folder === undefined) return [role, existsSync(file) ? replay(file) : nobody(file)];
    const note = `${basename(file)}, ${new Date().toISOString().slice(0, 10)}`;
    return [role, record(mailbox(join(folder, role)), file, { note })];
  });
  return Object.fromEntries(models) as Record<R, LanguageModel>;
}

/**
 * The model of a role that was asked nothing in the recorded run, such as the optimizer's where all was right. Older
 * recordings have no cassette for it.
 */
function nobody(file: string): LanguageModel {
  return scripted(() =>
    Promise.reject(new Error(`There is no cassette ${file}: nothing was asked when it was recorded.`)),
  );
}

/** Runs `train`, and prints the mode, the scores as they come, the result, and the values that ship. */
export async function runAndPrint<I, O, K>(
  name: string,
  options: TrainOptions<I, O, K>,
  { mailbox: folder, out }: RecordedFlags,
): Promise<TrainResult> {
  const isReplay = folder === undefined;
  console.log(`${name}: ${isReplay ? "replay" : "live"}`);
  const run = train({ ...options, folder: out ?? (isReplay ? undefined : join("runs", name)) });
  run.on((event) => {
    if (event.type === "evaluation") console.log(`step ${event.step}, ${event.split}: ${event.result.mean.toFixed(3)}`);
  });
  const result = await run.result;
  console.log(resultText(result));
  for (const [key, value] of Object.entries(result.best.values)) console.log(`${key}:\n${String(value)}\n`);
  return result;
}
