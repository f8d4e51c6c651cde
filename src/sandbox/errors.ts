/** The errors of sandboxed runs, with the place in the author's own text where it is known. */
import { partsOf, TracegradError } from "../util/errors.ts";

/** A place in a program text: 1-based line and column (UTF-16 units), as editors count. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/**
 * A sandboxed call that failed. `code` is `"guest-error"` (the program threw), `"timeout"`, `"out-of-memory"`,
 * `"not-transferable"` (a value that cannot pass in or out), `"engine-fault"`, `"worker-lost"`, `"sandbox-closed"`,
 * `"sandbox-failed-to-load"` or `"bad-scope"`.
 */
export class SandboxError extends TracegradError {
  override readonly name: string = "SandboxError";
  /** The name of what the program threw, such as `"TypeError"`; only with code `"guest-error"`. */
  readonly guestName?: string;
  /** 1-based line in the program text, where known. */
  readonly line?: number;
  /** 1-based column in the program text, where known. */
  readonly column?: number;

  constructor(code: string, message: string, where?: { readonly guestName?: string; readonly place?: SourcePosition }) {
    super(code, message);
    if (where?.guestName !== undefined) this.guestName = where.guestName;
    if (where?.place !== undefined) {
      this.line = where.place.line;
      this.column = where.place.column;
    }
  }
}

/** The 1-based place of a UTF-16 offset; lines end at `\n`, as in every message of tracegrad. */
export function placeOf(source: string, offset: number): SourcePosition {
  const at = Math.max(0, Math.min(offset, source.length));
  let line = 1;
  let start = 0;
  for (let end = source.indexOf("\n"); end >= 0 && end < at; end = source.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  return { line, column: at - start + 1 };
}

/** The error for the use of a closed session. */
export function closedError(entry: string): SandboxError {
  return new SandboxError("sandbox-closed", `\`${entry}\` cannot run: its sandbox session is closed`);
}

/** The error for a call that was stopped at its limit. */
export function timedOut(entry: string, timeoutMs: number): SandboxError {
  return new SandboxError("timeout", `\`${entry}\` ran longer than its limit of ${timeoutMs} ms and was stopped`);
}

/** The error for a call that used up the memory it may use. */
export function outOfMemory(entry: string, memoryBytes: number): SandboxError {
  const mib = Math.round(memoryBytes / 2 ** 20);
  return new SandboxError("out-of-memory", `\`${entry}\` used more than its limit of ${mib} MiB of memory`);
}

/**
 * What code inside catches for an error of a host function: name and message, shortened, without the host's stack.
 * Never throws.
 */
export function errorOf(error: unknown): Error {
  const { name, message } = partsOf(error);
  const plain = new Error(message);
  if (name !== undefined) plain.name = name;
  return plain;
}
