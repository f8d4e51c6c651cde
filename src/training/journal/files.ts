/** The few file operations that a run folder needs, so that tests can replace the disk; and the real ones. */

import { constants } from "node:fs";
import { chmod, type FileHandle, lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { isMissing } from "../../util/errors.ts";

/** An open file. Positions and lengths are bytes. */
export interface OpenFile {
  /** Its size when it was opened. */
  readonly size: number;
  /** The bytes from `position`: at most `length`, fewer at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes at `position` and returns the number of bytes written, which may be fewer than given. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  /** Resolves when everything written survives a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** How a file is opened: `write` creates it when it is missing; `create` fails with EEXIST when it exists. */
export type OpenMode = "read" | "write" | "create";

/** What a path leads to; undefined for nothing. */
export type FileKind = "file" | "folder" | "link" | "other" | undefined;

/** A file system. Errors have the codes of Node, such as ENOENT. */
export interface Files {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. A missing file is fine. */
  remove(path: string): Promise<void>;
  /** What is at `path`, without following links; undefined for nothing. */
  kindOf(path: string): Promise<FileKind>;
  list(folder: string): Promise<readonly string[]>;
  /** Creates a folder and its parents, for this user only. An existing folder is fine. */
  makeFolder(path: string): Promise<void>;
  /** Resolves when the names in the folder survive a power cut. */
  syncFolder(path: string): Promise<void>;
}

const flags: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR | constants.O_CREAT,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
};

/**
 * A run holds the inputs of its program and the replies of models, so only its owner may read it. Windows has no modes.
 */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** The file system of this machine. Files and folders that it creates are for this user only. */
export const nodeFiles: Files = {
  open: async (path, mode) => openFile(await open(path, flags[mode], PRIVATE_FILE)),
  rename,
  remove: (path) => rm(path, { force: true }),
  kindOf,
  list: (folder) => readdir(folder),
  makeFolder: async (path) => {
    const created = await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
    // An empty folder was created for this run. A folder with files has another use, and its owner's permissions.
    if (created === undefined && (await readdir(path)).length === 0) await chmod(path, PRIVATE_FOLDER);
  },
  syncFolder,
};

async function openFile(handle: FileHandle): Promise<OpenFile> {
  const { size } = await handle.stat();
  return {
    size,
    read: async (position, length) => {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    },
    write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function kindOf(path: string): Promise<FileKind> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return "link";
    return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and makes names durable by itself.
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The whole content of a file; undefined when it does not exist. `limit` is the maximum size in bytes. */
export async function readWhole(files: Files, path: string, limit: number): Promise<Uint8Array | undefined> {
  let file: OpenFile;
  try {
    file = await files.open(path, "read");
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
  try {
    if (file.size > limit) throw new Error(`${path} holds ${file.size} bytes, more than the ${limit} it may.`);
    return await readFully(file, 0, file.size);
  } finally {
    await file.close();
  }
}

/** Reads `length` bytes from `position`, or up to the end of the file. */
export async function readFully(file: OpenFile, position: number, length: number): Promise<Uint8Array> {
  const all = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const part = await file.read(position + read, length - read);
    if (part.length === 0) break;
    all.set(part, read);
    read += part.length;
  }
  return all.subarray(0, read);
}

/** Writes all of `bytes`, even when the disk takes them in several pieces. */
export async function writeFully(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const taken = await file.write(bytes.subarray(written), position + written);
    if (taken <= 0) throw Object.assign(new Error("The disk took no more bytes."), { code: "ENOSPC" });
    written += taken;
  }
}

/** Writes a file atomically: it exists as a whole or not at all, also after a power cut. */
export async function replaceFile(files: Files, path: string, text: string): Promise<void> {
  const draft = `${path}.tmp`;
  const bytes = new TextEncoder().encode(text);
  const file = await files.open(draft, "write");
  try {
    await file.truncate(0);
    await writeFully(file, bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(draft, path);
  await files.syncFolder(path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"))));
}
