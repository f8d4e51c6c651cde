/** `command.json` in a run folder: which command has begun it, so that `tracegrad resume` can go on. */

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { messageOf } from "../doors/extend.ts";
import { type Budget, TracegradError } from "../index.ts";

const FORMAT = "tracegrad-command";
const VERSION = 1;
const NAME = "command.json";

/** A command that can be begun again. */
export interface KeptCommand {
  readonly command: "run" | "study";
  /** Absolute paths: of the file, and of the folder that the command was called in. */
  readonly file: string;
  readonly cwd: string;
  /** Whether the folder was given on the command line, and not by the file. */
  readonly givesFolder: boolean;
  readonly budget: Budget | undefined;
  readonly trials: number | undefined;
  /** Whether `--redact` was given: a run that was begun with it goes on with it. */
  readonly redact: true | undefined;
}

/** Keeps a command in its folder. Paths are kept relative to it, so that a project may be moved as a whole. */
export async function keepCommand(folder: string, kept: KeptCommand): Promise<void> {
  const { file, cwd, ...rest } = kept;
  const from = resolve(folder);
  const places = { file: relative(from, file), cwd: relative(from, cwd) };
  const text = JSON.stringify({ format: FORMAT, version: VERSION, ...rest, ...places }, undefined, 1);
  // As the run's own files: for this user alone.
  await mkdir(from, { recursive: true, mode: 0o700 });
  const draft = join(from, `${NAME}.tmp`);
  await writeFile(draft, `${text}\n`, { mode: 0o600 });
  await rename(draft, join(from, NAME));
}

/**
 * The command that has begun the run or study in the folder.
 * @throws TracegradError `usage` when none is kept there, or it cannot be read.
 */
export async function keptCommand(folder: string): Promise<KeptCommand> {
  const path = join(folder, NAME);
  let json: Partial<KeptCommand> & { readonly format?: unknown; readonly version?: unknown };
  try {
    json = JSON.parse(await readFile(path, "utf8")) as typeof json;
  } catch (thrown) {
    const missing = ["ENOENT", "ENOTDIR"].includes((thrown as NodeJS.ErrnoException).code ?? "");
    const how = missing ? "is missing" : `cannot be read: ${messageOf(thrown)}`;
    throw new TracegradError(
      "usage",
      `${path} ${how}. Begin with \`tracegrad run <file> --folder ${folder}\`: it goes on where the run ended.`,
    );
  }
  const { command, file, cwd, givesFolder = false, budget, trials, redact } = json ?? {};
  const isOurs = json?.format === FORMAT && json.version === VERSION && (command === "run" || command === "study");
  if (!isOurs || typeof file !== "string" || typeof cwd !== "string") {
    const text = `${path} is not what \`tracegrad run\` writes. Delete it, and use \`tracegrad run <file> --folder ${folder}\`.`;
    throw new TracegradError("usage", text);
  }
  return { command, file: resolve(folder, file), cwd: resolve(folder, cwd), givesFolder, budget, trials, redact };
}
