/** JSON files with a format and a version: reading them with care, and writing them so that they are always whole. */

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "./errors.ts";
import { isRecord } from "./is-record.ts";

/** A kind of JSON file, with the errors for one that cannot be read. */
export interface JsonFormat {
  /** What its field `format` says, such as `"tracegrad-run"`. */
  readonly format: string;
  /** The version that is written, and the only one that is read. */
  readonly version: number;
  /** The error for a file that is not of this format. `how` completes "the file cannot be read: …". */
  readonly damaged: (how: string) => Error;
  /** The error for another version than the one that is read. Default: the file counts as damaged. */
  readonly unsupported?: (version: number) => Error | undefined;
}

/** The text of a file of this format: `fields` behind the format and the version, indented by one space. */
export function formatJson({ format, version }: Pick<JsonFormat, "format" | "version">, fields: object): string {
  return `${JSON.stringify({ format, version, ...fields }, undefined, 1)}\n`;
}

/** The fields of a file of this format. Throws what the format makes of text that is not. */
export function parseJson(text: string, format: JsonFormat): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw format.damaged(messageOf(thrown));
  }
  return checkFormat(json, format);
}

/** As {@link parseJson}, of JSON that was parsed already. */
export function checkFormat(json: unknown, format: JsonFormat): Readonly<Record<string, unknown>> {
  if (!isRecord(json) || json["format"] !== format.format) {
    throw format.damaged(`its "format" is not "${format.format}"`);
  }
  const { version } = json;
  if (version === format.version) return json;
  const error = typeof version === "number" ? format.unsupported?.(version) : undefined;
  throw error ?? format.damaged('its "version" is missing or unknown');
}

/** Permissions of a file and of the folders that are made for it. Default: what the system gives. */
export interface FileModes {
  readonly file?: number;
  readonly folder?: number;
}

/**
 * Writes a file so that it is there as a whole or not at all, also after a power cut: to a draft beside it, which is
 * then moved into its place. Makes its folder. Throws the errors of the disk.
 */
export async function writeWhole(path: string, content: string | Uint8Array, modes: FileModes = {}): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: modes.folder });
  const draft = `${path}.tmp`;
  const handle = await open(draft, "w", modes.file);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
}

/** As {@link writeWhole}, for what is to be there before its caller goes on. */
export function writeWholeSync(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.tmp`;
  writeFileSync(draft, content, { flush: true });
  renameSync(draft, path);
}
