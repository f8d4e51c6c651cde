/** The cassette file: its format, reading it with care, and writing it so that it is always whole. */

import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { gunzipSync, gzip, gzipSync } from "node:zlib";
import { isMissing, messageOf, TracegradError } from "../util/errors.ts";
import { isRecord } from "../util/is-record.ts";
import { formatJson, type JsonFormat, parseJson, writeWhole, writeWholeSync } from "../util/json-file.ts";
import type { ModelReply } from "./llm.ts";

const VERSION = 1;
const STOP_REASONS: ReadonlySet<unknown> = new Set(["end", "tool", "length", "refusal", "other"]);

/** One recorded answer. */
export interface CassetteEntry {
  /** The hash of the request. */
  readonly hash: string;
  /** The last characters of the request, for orientation. */
  readonly tail: string;
  readonly reply: ModelReply;
  /** ISO date and time. */
  readonly recordedAt: string;
}

/** A cassette in memory. Entries with the same hash are in the order in which they were asked. */
export interface Cassette {
  readonly model: string;
  /** ISO date and time of the start of the recording. */
  readonly recorded: string;
  readonly note?: string;
  readonly entries: CassetteEntry[];
}

/** Reads a cassette; `undefined` when there is no such file. Throws a TracegradError when it is damaged or too new. */
export function loadCassette(file: string): Cassette | undefined {
  const text = textOf(file);
  if (text === undefined) return undefined;
  const { model, recorded, note, entries } = parseJson(text, formatOf(file));
  if (typeof model !== "string" || typeof recorded !== "string")
    throw damaged(file, '"model" or "recorded" is missing');
  if (!Array.isArray(entries)) throw damaged(file, '"entries" is not an array');
  const bad = entries.findIndex((entry) => !isEntry(entry));
  if (bad >= 0) throw damaged(file, `entries[${bad}] is not a recorded answer`);
  return { model, recorded, ...(typeof note === "string" && { note }), entries: entries as CassetteEntry[] };
}

/** A file whose name ends so is compressed: cassettes of thousands of short answers are mostly hashes and field names. */
const isCompressed = (file: string): boolean => file.endsWith(".gz");

function textOf(file: string): string | undefined {
  try {
    const bytes = readFileSync(file);
    return (isCompressed(file) ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (thrown) {
    // Where a part of the path is a file, there is no cassette either.
    if (isMissing(thrown) || (thrown as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw damaged(file, messageOf(thrown));
  }
}

function formatOf(file: string): JsonFormat {
  return {
    format: "tracegrad-cassette",
    version: VERSION,
    damaged: (how) => damaged(file, how),
    unsupported: (version) => (version > VERSION ? tooNew(file, version) : undefined),
  };
}

function tooNew(file: string, version: number): TracegradError {
  return new TracegradError(
    "cassette-version",
    `The cassette ${file} is of version ${version}; this tracegrad reads up to ${VERSION}. Update tracegrad.`,
  );
}

/** Makes the file of a cassette that has no answer yet: where it cannot be made, no answer should be paid for. */
export function createCassette(file: string, cassette: Cassette): void {
  try {
    const text = textFor(file, cassette);
    writeWholeSync(file, isCompressed(file) ? gzipSync(text) : text);
  } catch (thrown) {
    throw unwritable(file, thrown, "Record to another file, or make its folder writable.");
  }
}

/** Writes the whole cassette to a file beside and moves it into place. */
export async function saveCassette(file: string, cassette: Cassette): Promise<void> {
  try {
    const text = textFor(file, cassette);
    await writeWhole(file, isCompressed(file) ? await promisify(gzip)(text) : text);
  } catch (thrown) {
    throw unwritable(file, thrown, "Its last complete version is still there.");
  }
}

function textFor(file: string, { model, recorded, note, entries }: Cassette): string {
  return formatJson(formatOf(file), { model, recorded, note, entries });
}

function unwritable(file: string, thrown: unknown, fix: string): TracegradError {
  return new TracegradError("cassette-write", `Cannot write the cassette ${file}: ${messageOf(thrown)}. ${fix}`);
}

function isEntry(value: unknown): value is CassetteEntry {
  if (!isRecord(value)) return false;
  const { hash, tail, reply, recordedAt } = value;
  const texts = [hash, tail, recordedAt].every((text) => typeof text === "string");
  return texts && isReply(reply);
}

/** Whether `value` has the shape of a reply, so that a cassette can hold it and give it back. */
export function isReply(value: unknown): value is ModelReply {
  if (!isRecord(value)) return false;
  const { text, stopReason, usage, model } = value;
  const counted = isRecord(usage) && [usage["inputTokens"], usage["outputTokens"]].every(Number.isFinite);
  return counted && typeof text === "string" && typeof model === "string" && STOP_REASONS.has(stopReason);
}

function damaged(file: string, how: string): TracegradError {
  return new TracegradError(
    "cassette-damaged",
    `${file} cannot be read as a cassette: ${how}. Restore it from version control, or delete it and record again.`,
  );
}
