/** The cassette file: its format, reading it with care, and writing it so that it is always whole. */

import { readFileSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, TracegradError } from "../util/errors.ts";
import type { ModelReply } from "./llm.ts";

const FORMAT = "tracegrad-cassette";
const VERSION = 1;
const STOP_REASONS: ReadonlySet<unknown> = new Set(["end", "tool", "length", "refusal", "other"]);

/** One recorded answer. */
export interface Entry {
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
  readonly entries: Entry[];
}

/** Reads a cassette; `undefined` when there is no such file. Throws a TracegradError when it is damaged or too new. */
export function loadCassette(file: string): Cassette | undefined {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, "utf8"));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw damaged(file, messageOf(thrown));
  }
  if (!isRecord(data) || data["format"] !== FORMAT) throw damaged(file, `its "format" is not "${FORMAT}"`);
  const { version, model, recorded, note, entries } = data;
  if (typeof version === "number" && version > VERSION) {
    throw new TracegradError(
      "cassette-version",
      `The cassette ${file} is of version ${version}; this tracegrad reads up to ${VERSION}. Update tracegrad.`,
    );
  }
  if (version !== VERSION) throw damaged(file, 'its "version" is missing or unknown');
  if (typeof model !== "string" || typeof recorded !== "string")
    throw damaged(file, '"model" or "recorded" is missing');
  if (!Array.isArray(entries)) throw damaged(file, '"entries" is not an array');
  const bad = entries.findIndex((entry) => !isEntry(entry));
  if (bad >= 0) throw damaged(file, `entries[${bad}] is not a recorded answer`);
  return { model, recorded, ...(typeof note === "string" && { note }), entries: entries as Entry[] };
}

/** Writes the whole cassette to a file beside and moves it into place. */
export async function saveCassette(file: string, { model, recorded, note, entries }: Cassette): Promise<void> {
  const data = { format: FORMAT, version: VERSION, model, recorded, note, entries };
  try {
    await mkdir(dirname(file), { recursive: true });
    const draft = `${file}.tmp`;
    const handle = await open(draft, "w");
    try {
      await handle.writeFile(`${JSON.stringify(data, null, 1)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (thrown) {
    const text = `The cassette ${file} cannot be written: ${messageOf(thrown)}. Its last whole state is still there.`;
    throw new TracegradError("cassette-write", text);
  }
}

function isEntry(value: unknown): value is Entry {
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function damaged(file: string, how: string): TracegradError {
  return new TracegradError(
    "cassette-damaged",
    `${file} cannot be read as a cassette: ${how}. Restore it from version control, or delete it and record again.`,
  );
}
