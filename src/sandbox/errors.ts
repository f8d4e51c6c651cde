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
  /** What the author of a program can do about it, where no text of the program can: the last line of the message. */
  declare readonly authorFix?: string;

  constructor(code: string, problem: string, { guestName, place, authorFix }: SandboxErrorParts = {}) {
    super(code, authorFix === undefined ? problem : `${problem}\n${authorFix}`);
    if (authorFix !== undefined) {
      // Not enumerable: whoever prints the error has it in the message.
      Object.defineProperties(this, { authorFix: { value: authorFix }, messageForModel: { value: problem } });
    }
    if (guestName !== undefined) this.guestName = guestName;
    if (place !== undefined) {
      this.line = place.line;
      this.column = place.column;
    }
  }
}

/** What a {@link SandboxError} has beside its code and message. */
export interface SandboxErrorParts {
  readonly guestName?: string | undefined;
  readonly place?: SourcePosition | undefined;
  readonly authorFix?: string | undefined;
}

/** A {@link SandboxError} as plain data, for another thread. */
export interface PlainError extends SandboxErrorParts {
  readonly code: string;
  readonly problem: string;
}

/** An error as plain data. */
export function plainOf(error: SandboxError): PlainError {
  const { code, message, messageForModel: problem = message, guestName, line, column, authorFix } = error;
  const place = line !== undefined && column !== undefined ? { line, column } : undefined;
  return { code, problem, guestName, place, authorFix };
}

/** The error of plain data. */
export function errorFrom({ code, problem, ...parts }: PlainError): SandboxError {
  return new SandboxError(code, problem, parts);
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
  const authorFix = "If it needs more, raise `memoryBytes` of the sandbox. What passes in and out counts, too.";
  return new SandboxError("out-of-memory", `\`${entry}\` used more than its limit of ${mib} MiB of memory`, {
    authorFix,
  });
}

/** Whether a text says that a value is too large to pass, in the words of the marshal. */
export function isTooLarge(problem: string): boolean {
  return /\btoo (?:large|long) to pass|characters as JSON; at most [\d,]+ may pass|names than may pass at once/.test(
    problem,
  );
}

/** What helps when a value is too large to pass in or out. */
export function transferFix(maxIn: number, maxOut: number = maxIn): string {
  // Loading the words for numbers takes 20 ms in a new process, so it is left to the errors.
  const [most, mostOut] = [maxIn, maxOut].map((count) => count.toLocaleString("en"));
  const ways = maxIn === maxOut ? "" : ` in, and ${mostOut} out`;
  const limit = `At most ${most} characters as JSON may pass${ways}, fewer where they hold many values and names`;
  return `${limit}: raise \`maxTransferChars\` of the sandbox.`;
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
