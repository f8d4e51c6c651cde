/**
 * The line format of a journal: one record per line, after the CRC-32 of its bytes; and which lines of a file are
 * valid.
 */

import { dirname } from "node:path";
import type { Json } from "../../util/encode.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";
import type { OpenFile } from "./files.ts";

/** A record of the journal. */
export interface JournalRecord {
  /** Its number, from 1. */
  readonly seq: number;
  /** The number of the first record of the same write. Records before that one were durable by then. */
  readonly first: number;
  /** The process of the run that wrote it, from 1. */
  readonly session: number;
  /** Milliseconds since that process opened the run. */
  readonly ms: number;
  readonly type: string;
  readonly data: Json;
}

/** A record and the position of its line in the file. */
export interface PlacedRecord {
  readonly record: JournalRecord;
  readonly position: number;
  readonly length: number;
}

/** The position of a record in the file. */
export interface RecordPosition {
  readonly seq: number;
  readonly position: number;
  readonly length: number;
}

/** The maximum size of one line in bytes. */
export const MAX_LINE: number = 256 * 2 ** 20;
const CHUNK = 2 ** 20;
const NEWLINE = 10;
const SPACE = 32;
/** Eight hexadecimal digits and a space. */
const HEAD = 9;

/** `<crc8hex> <json>\n` for a JSON text without line breaks. */
export function lineOf(json: string): Uint8Array {
  return Buffer.from(`${hexOf(json)} ${json}\n`);
}

/** The JSON value of a line without its line break; undefined when the CRC is wrong or it is not JSON. */
export function valueOf(line: Uint8Array): Json | undefined {
  if (line.length <= HEAD || line[HEAD - 1] !== SPACE) return undefined;
  const text = Buffer.from(line.buffer, line.byteOffset, line.length);
  if (text.toString("latin1", 0, HEAD - 1) !== hexOf(text.subarray(HEAD))) return undefined;
  try {
    return JSON.parse(text.toString("utf8", HEAD)) as Json;
  } catch {
    return undefined;
  }
}

/** The record of a line without its line break; undefined when there is none. */
export function recordOf(line: Uint8Array): JournalRecord | undefined {
  const value = valueOf(line) as Partial<JournalRecord> | null | undefined;
  if (value === undefined || value === null || typeof value.type !== "string" || value.data === undefined)
    return undefined;
  const counted = [value.seq, value.first, value.session, value.ms].every((number) => Number.isFinite(number));
  return counted ? (value as JournalRecord) : undefined;
}

/** `data` as JSON text. `type` names the record in errors. Throws TracegradError `"not-json"`. */
export function jsonText(data: Json, type: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (thrown) {
    throw new TracegradError("not-json", `The data of a "${type}" record are not JSON: ${messageOf(thrown)}.`);
  }
  if (text !== undefined) return text;
  throw new TracegradError("not-json", `The data of a "${type}" record are ${typeof data}. Give plain JSON.`);
}

/**
 * Fields that the run itself names, by the type of the record: hashes, and paths made of hashes and ids of examples.
 */
const ownNames: ReadonlyMap<string, readonly string[]> = new Map([
  ["call.start", ["key", "at", "fields", "inside"]],
  ["call.again", ["key"]],
  ["call.done", ["key"]],
  ["call.fail", ["key"]],
  ["outcome", ["key"]],
  ["example", ["content"]],
  ["text", ["id"]],
]);

/**
 * The data of a record without secrets. Names that a resumed run looks up stay as they are, since a hash may look like
 * a secret.
 */
export function redactRecord(redact: (data: Json) => Json, type: string, data: Json): Json {
  const names = ownNames.get(type);
  if (names === undefined) return redact(data);
  const own = Object.entries(data as object).filter(([name]) => names.includes(name));
  return { ...(redact(data) as object), ...Object.fromEntries(own) } as Json;
}

/** Fields that are only for people. */
const forViewers: ReadonlyMap<string, readonly string[]> = new Map([
  ["outcome", ["output"]],
  ["example", ["input", "target"]],
  ["text", ["text"]],
]);

/**
 * What a continued run needs of a record: nothing of calls, which are looked up one by one, and no inputs, outputs and
 * long texts, which would fill the memory.
 */
export function pastOf(record: JournalRecord): JournalRecord | undefined {
  if (record.type.startsWith("call.")) return undefined;
  const left = forViewers.get(record.type);
  if (left === undefined) return record;
  const data = Object.fromEntries(Object.entries(record.data as object).filter(([name]) => !left.includes(name)));
  return { ...record, data: data as Json };
}

function hexOf(content: string | Uint8Array): string {
  // Loaded here, because only runs with a folder need it.
  return process.getBuiltinModule("node:zlib").crc32(content).toString(16).padStart(8, "0");
}

/** Which part of a journal is valid. */
export interface Extent {
  /** The end of the valid lines, in bytes. */
  end: number;
  /** The number of the last valid record; 0 when there is none. */
  seq: number;
  /** Bytes after `end` of an interrupted write. Nothing in them was ever acknowledged. */
  torn: number;
}

/**
 * Reads the records of a journal in order, and returns which part of it is valid. Bytes after the last valid line are a
 * torn tail unless something shows that they were once durable: a later line that was begun after them.
 * @throws TracegradError `"journal-damaged"` for such damage, with its position. The records before it have been
 * yielded.
 */
export async function* readRecords(file: OpenFile, name: string): AsyncGenerator<PlacedRecord, Extent> {
  const extent: Extent = { end: 0, seq: 0, torn: 0 };
  let bad = false;
  for await (const { bytes, position, whole } of linesOf(file)) {
    const record = whole ? recordOf(bytes) : undefined;
    if (bad) {
      if (record !== undefined && record.first > extent.seq + 1) throw damagedError(name, extent);
    } else if (record?.seq === extent.seq + 1) {
      const length = bytes.length + 1;
      Object.assign(extent, { end: position + length, seq: record.seq });
      yield { record, position, length };
    } else {
      // A whole record with an unexpected number was not torn by a write: lines were removed or inserted.
      if (record !== undefined) throw damagedError(name, extent);
      bad = true;
    }
  }
  extent.torn = file.size - extent.end;
  return extent;
}

interface JournalLine {
  readonly bytes: Uint8Array;
  readonly position: number;
  /** False for a line without a line break at the end of the file, and for a line that is too long. */
  readonly whole: boolean;
}

async function* linesOf(file: OpenFile): AsyncGenerator<JournalLine> {
  let parts: Uint8Array[] = [];
  let pending = 0;
  let start = 0;
  for (let at = 0; at < file.size; ) {
    const chunk = await file.read(at, Math.min(CHUNK, file.size - at));
    if (chunk.length === 0) break;
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, to);
      const tooLong = pending + rest.length > MAX_LINE;
      const bytes = tooLong ? rest : parts.length === 0 ? rest : Buffer.concat([...parts, rest]);
      yield { bytes, position: start, whole: !tooLong };
      from = to + 1;
      start = at + from;
      parts = [];
      pending = 0;
    }
    const rest = chunk.subarray(from);
    pending += rest.length;
    if (pending <= MAX_LINE && rest.length > 0) parts.push(rest);
    at += chunk.length;
  }
  if (pending > 0) yield { bytes: new Uint8Array(), position: start, whole: false };
}

function damagedError(name: string, { end, seq }: Extent): TracegradError {
  return new TracegradError(
    "journal-damaged",
    `${name} is damaged at byte ${end}, after record ${seq}: the record there is corrupt. Run \`tracegrad repair ` +
      `${dirname(name)}\`, or call repairJournal(folder) of tracegrad/report: the run continues from the records ` +
      "before the damage, and the old file is stored beside it. Or restore the file from a copy.",
  );
}
