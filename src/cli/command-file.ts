/** `command.json` in a run folder: the command that started the run, for `tracegrad resume`. */

import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { messageOf } from "../doors/extend.ts";
import { type Budget, TracegradError } from "../index.ts";
import { formatJson, type JsonFormat, parseJson, writeWhole } from "../util/json-file.ts";

const NAME = "command.json";

/** A command that can be started again. */
export interface SavedCommand {
  readonly command: "run" | "study";
  /** Absolute paths: of the file, and of the folder in which the command was called. */
  readonly file: string;
  readonly cwd: string;
  /** Whether the command line names the folder, and not the file. */
  readonly givesFolder: boolean;
  readonly budget: Budget | undefined;
  readonly trials: number | undefined;
  /** Whether `--redact` was given: a run that starts with it continues with it. */
  readonly redact: true | undefined;
  /** Whether `--approve` was given: such a run never ships without. */
  readonly approve: true | undefined;
}

/** Saves a command in its folder. Paths are relative to it, so that a project may be moved as a whole. */
export async function saveCommand(folder: string, command: SavedCommand): Promise<void> {
  const { file, cwd, ...rest } = command;
  const from = resolve(folder);
  const paths = { file: relative(from, file), cwd: relative(from, cwd) };
  // Like the run's own files: for this user alone.
  const modes = { file: 0o600, folder: 0o700 };
  await writeWhole(join(from, NAME), formatJson(formatOf(folder), { ...rest, ...paths }), modes);
}

function formatOf(folder: string): JsonFormat {
  const text =
    `${join(folder, NAME)} was not written by \`tracegrad run\`. ` +
    `Delete it, and use \`tracegrad run <file> --folder ${folder}\`.`;
  return { format: "tracegrad-command", version: 1, damaged: () => new TracegradError("usage", text) };
}

/**
 * Loads the command that started the run or study in the folder.
 * @throws TracegradError `usage` when the folder has none, or it cannot be read.
 */
export async function loadCommand(folder: string): Promise<SavedCommand> {
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
    approve,
  } = parseJson(text, format) as Partial<SavedCommand>;
  if ((command !== "run" && command !== "study") || typeof file !== "string" || typeof cwd !== "string") {
    throw format.damaged("fields are missing");
  }
  return {
    command,
    file: resolve(folder, file),
    cwd: resolve(folder, cwd),
    givesFolder,
    budget,
    trials,
    redact,
    approve,
  };
}
