/** Where a command writes: results to one stream, everything else to the other, without control sequences. */

import { plainLine } from "../doors/report.ts";
import { TracegradError } from "../index.ts";

/** The streams of a command. */
export interface Terminal {
  /** For results only. */
  readonly out: NodeJS.WriteStream;
  /** For progress, hints and errors. */
  readonly err: NodeJS.WriteStream;
}

/** Exit codes of the command. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Writes one line for people to stderr. */
export function say({ err }: Terminal, text: string): void {
  err.write(`${plainLine(text)}\n`);
}

/** Characters that control a terminal and that JSON does not escape. */
const hidden = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Writes a result as JSON. What JSON cannot hold becomes text or null. */
export function writeJson({ out }: Terminal, value: unknown): void {
  const text = JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item), 2);
  const safe = text.replace(hidden, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  out.write(`${safe}\n`);
}

/** An error of how the command was called. */
export function usageError(message: string): TracegradError {
  return new TracegradError("usage", message);
}
