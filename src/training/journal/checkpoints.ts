/** Checkpoint files: copies of a journal's last checkpoint records, for the day when the journal is damaged. */

import { join } from "node:path";
import type { Json } from "../../util/encode.ts";
import { messageOf } from "../../util/errors.ts";
import { type Files, readWhole, replaceFile } from "./files.ts";
import { lineOf, MAX_LINE, valueOf } from "./lines.ts";

const named = /^checkpoint-([1-9][0-9]{0,14})\.json$/;
const VERSION = 1;
const KEPT = 2;

/** A state of the loop, and the number of the journal's record that holds it. */
export interface Checkpoint {
  readonly seq: number;
  readonly state: Json;
}

/** Writes a checkpoint file, whole or not at all, and takes away all but the last two. `json` is the state as JSON. */
export async function writeCheckpoint(files: Files, folder: string, run: string, at: CheckpointText): Promise<void> {
  const { seq, json } = at;
  const line = lineOf(`{"version":${VERSION},"run":${JSON.stringify(run)},"seq":${seq},"state":${json}}`);
  await replaceFile(files, join(folder, `checkpoint-${seq}.json`), Buffer.from(line).toString());
  for (const old of (await numbersIn(files, folder)).slice(KEPT)) {
    await files.remove(join(folder, `checkpoint-${old}.json`));
  }
}

/** A checkpoint whose state is JSON text. */
export interface CheckpointText {
  readonly seq: number;
  readonly json: string;
}

/**
 * The newest checkpoint file of the run that is whole and newer than record `after`; undefined when there is none. Files that
 * cannot be believed are left alone, and each is said in `notes`.
 */
export async function newestCheckpoint(
  files: Files,
  folder: string,
  run: string,
  { after, notes }: { readonly after: number; readonly notes: string[] },
): Promise<Checkpoint | undefined> {
  for (const seq of await numbersIn(files, folder)) {
    if (seq <= after) return undefined;
    const found = await readCheckpoint(files, join(folder, `checkpoint-${seq}.json`));
    if (typeof found === "string") notes.push(`checkpoint-${seq}.json was ignored: ${found}`);
    else if (found.run !== run || found.seq !== seq)
      notes.push(`checkpoint-${seq}.json was ignored: it is of another run.`);
    else return { seq, state: found.state };
  }
  return undefined;
}

/** The numbers of the checkpoint files, the newest first. */
async function numbersIn(files: Files, folder: string): Promise<number[]> {
  const numbers = (await files.list(folder)).flatMap((name) => named.exec(name)?.[1] ?? []);
  return numbers.map(Number).sort((a, b) => b - a);
}

interface Found extends Checkpoint {
  readonly run: unknown;
}

/** What the file holds, or why it cannot be believed. */
async function readCheckpoint(files: Files, path: string): Promise<Found | string> {
  try {
    if ((await files.kindOf(path)) !== "file") return "it is no file.";
    const bytes = await readWhole(files, path, MAX_LINE);
    const value = bytes?.at(-1) === 10 ? valueOf(bytes.subarray(0, -1)) : undefined;
    const { version, run, seq, state } = (value ?? {}) as { readonly [key: string]: Json | undefined };
    if (version === undefined || typeof seq !== "number" || state === undefined) return "it is damaged.";
    return version === VERSION ? { run, seq, state } : "a newer tracegrad has written it.";
  } catch (thrown) {
    return messageOf(thrown);
  }
}
