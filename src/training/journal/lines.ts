/**
 * The line format of a journal: one record a line, behind the CRC-32 of its bytes; and which lines of a file to
 * believe.
 */

import { dirname } from "node:path";
import type { Json } from "../../util/encode.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";
import type { OpenFile } from "./files.ts";

/** Something that happened in a run, as the journal keeps it. */
export interface JournalRecord {
  /** Its number: the first is 1. */
  readonly seq: number;
  /** The number of the first record that was written along with it. Those before that one were durable by then. */
  readonly first: number;
  /** Which process of the run wrote it: the first is 1. */
  readonly session: number;
  /** Milliseconds since that process opened the run. */
  readonly ms: number;
  readonly type: string;
  readonly data: Json;
}

/** A record, and the bytes of the file that hold its line. */
export interface PlacedRecord {
  readonly record: JournalRecord;
  readonly position: number;
  readonly length: number;
}

/** Where the record with a number lies. */
export interface Place {
  readonly seq: number;
  readonly position: number;
  readonly length: number;
}

/** The most bytes of one line. */
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

/** The JSON value of a line without its line break; undefined when the CRC is wrong or it is no JSON. */
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

/** The record of a line without its line break; undefined when it holds none. */
export function recordOf(line: Uint8Array): JournalRecord | undefined {
  const value = valueOf(line) as Partial<JournalRecord> | null | undefined;
  if (value === undefined || value === null || typeof value.type !== "string" || value.data === undefined)
    return undefined;
  const counted = [value.seq, value.first, value.session, value.ms].every((number) => Number.isFinite(number));
  return counted ? (value as JournalRecord) : undefined;
}

/** `data` as JSON, in the order of their own keys. `type` names them in errors. Throws `"not-json"`. */
export function jsonText(data: Json, type: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (thrown) {
    throw new TracegradError("not-json", `The data of a "${type}" record cannot be JSON: ${messageOf(thrown)}.`);
  }
  if (text !== undefined) return text;
  throw new TracegradError("not-json", `The data of a "${type}" record are ${typeof data}. Give plain JSON.`);
}

/** Names that the run gives itself, by the type of their records: hashes, and paths of them with ids of examples. */
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
 * Data of a record without secrets. The names that a resumed run looks for stay, though a form of a secret may find
 * itself in a hash.
 */
export function redactedBy(redact: (data: Json) => Json, type: string, data: Json): Json {
  const names = ownNames.get(type);
  if (names === undefined) return redact(data);
  const own = Object.entries(data as object).filter(([name]) => names.includes(name));
  return { ...(redact(data) as object), ...Object.fromEntries(own) } as Json;
}

/** What records hold only for people to look at. */
const forViewers: ReadonlyMap<string, readonly string[]> = new Map([
  ["outcome", ["output"]],
  ["example", ["input", "target"]],
  ["text", ["text"]],
]);

/**
 * What a run that goes on needs of a record: nothing of calls, which are looked up one by one; no inputs, outputs and
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

/** How far a journal can be believed. */
export interface Extent {
  /** Where the good lines end. */
  end: number;
  /** The number of the last good record, 0 when there is none. */
  seq: number;
  /** Bytes after `end` of a write that was cut short; nothing in them was ever acknowledged. */
  torn: number;
}

/**
 * Reads the records of a journal in order, and returns how far it can be believed. Bytes after the last good line are a
 * torn tail when nothing shows that they were ever durable; a later line that was begun after the damaged ones had been
 * durable shows it.
 *
 * @throws TracegradError `"journal-damaged"` for such damage, with the place; the records before it were given.
 */
export async function* readRecords(file: OpenFile, name: string): AsyncGenerator<PlacedRecord, Extent> {
  const extent: Extent = { end: 0, seq: 0, torn: 0 };
  let bad = false;
  for await (const { bytes, position, whole } of linesOf(file)) {
    const record = whole ? recordOf(bytes) : undefined;
    if (bad) {
      if (record !== undefined && record.first > extent.seq + 1) throw damaged(name, extent);
    } else if (record?.seq === extent.seq + 1) {
      const length = bytes.length + 1;
      Object.assign(extent, { end: position + length, seq: record.seq });
      yield { record, position, length };
    } else {
      // A whole record with a number that cannot come here was not torn by any write: lines were taken out or put in.
      if (record !== undefined) throw damaged(name, extent);
      bad = true;
    }
  }
  extent.torn = file.size - extent.end;
  return extent;
}

interface Line {
  readonly bytes: Uint8Array;
  readonly position: number;
  /** False for one without a line break at the end of the file, and for one that is too long to be ours. */
  readonly whole: boolean;
}

async function* linesOf(file: OpenFile): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let start = 0;
  for (let at = 0; at < file.size; ) {
    const chunk = await file.read(at, Math.min(CHUNK, file.size - at));
    if (chunk.length === 0) break;
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, to);
      const tooLong = held + rest.length > MAX_LINE;
      const bytes = tooLong ? rest : parts.length === 0 ? rest : Buffer.concat([...parts, rest]);
      yield { bytes, position: start, whole: !tooLong };
      from = to + 1;
      start = at + from;
      parts = [];
      held = 0;
    }
    const rest = chunk.subarray(from);
    held += rest.length;
    if (held <= MAX_LINE && rest.length > 0) parts.push(rest);
    at += chunk.length;
  }
  if (held > 0) yield { bytes: new Uint8Array(), position: start, whole: false };
}

function damaged(name: string, { end, seq }: Extent): TracegradError {
  return new TracegradError(
    "journal-damaged",
    `${name} is damaged at byte ${end}, after record ${seq}: what stands there was whole once. Run \`tracegrad repair ` +
      `${dirname(name)}\`, or call repairJournal(folder) of tracegrad/extend: the run goes on from the records before the damage, and ` +
      "the old file is kept beside. Or restore the file from a copy.",
  );
}
