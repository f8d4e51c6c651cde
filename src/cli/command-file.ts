/** `command.json` in a run folder: which command has begun it, so that `tracegrad resume` can go on. */

import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { messageOf } from "../doors/extend.ts";
import { type Budget, TracegradError } from "../index.ts";
import { formatJson, type JsonFormat, parseJson, writeWhole } from "../util/json-file.ts";

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
  // Like the run's own files: for this user alone.
  const modes = { file: 0o600, folder: 0o700 };
  await writeWhole(join(from, NAME), formatJson(formatOf(folder), { ...rest, ...places }), modes);
}

function formatOf(folder: string): JsonFormat {
  const text =
    `${join(folder, NAME)} is not what \`tracegrad run\` writes. ` +
    `Delete it, and use \`tracegrad run <file> --folder ${folder}\`.`;
  return { format: "tracegrad-command", version: 1, damaged: () => new TracegradError("usage", text) };
}

/**
 * The command that has begun the run or study in the folder.
 * @throws TracegradError `usage` when none is kept there, or it cannot be read.
 */
export async function keptCommand(folder: string): Promise<KeptCommand> {
  const path = join(folder, NAME);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (thrown) {
    const missing = ["ENOENT", "ENOTDIR"].includes((thrown as NodeJS.ErrnoException).code ?? "");
    const how = missing ? "is missing" : `cannot be read: ${messageOf(thrown)}`;
    throw new TracegradError(
      "usage",
      `${path} ${how}. Start with \`tracegrad run <file> --folder ${folder}\`: it continues where the run ended.`,
    );
  }
  const format = formatOf(folder);
  const {
    command,
    file,
    cwd,
    givesFolder = false,
    budget,
    trials,
    redact,
  } = parseJson(text, format) as Partial<KeptCommand>;
  if ((command !== "run" && command !== "study") || typeof file !== "string" || typeof cwd !== "string") {
    throw format.damaged("fields are missing");
  }
  return { command, file: resolve(folder, file), cwd: resolve(folder, cwd), givesFolder, budget, trials, redact };
}
