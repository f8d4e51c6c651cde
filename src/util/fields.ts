/** Reads data that came from outside, whose fields may be anything, whatever the types of an SDK promise. */

import { isRecord } from "./is-record.ts";

/** A record whose fields may be anything. */
export type Fields = Readonly<Record<string, unknown>>;

/** `value` if it is a record, else an empty one. */
export function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

/** `value` if it is a text, else an empty one. */
export function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** `value` if it is a count of tokens. */
export function countIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The records of a list; none if it is no list. */
export function recordsIn(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
