/** The options that sandboxes share: their defaults and checks, and the limits that follow from them. */
import { availableParallelism } from "node:os";
import { SandboxError } from "./errors.ts";

/** The longest texts that may pass the border of a sandbox, in UTF-16 units. */
export interface TransferLimits {
  readonly max: number;
  /** Out of asynchronous code. */
  readonly maxAsync: number;
}

/** The longest text that may pass unless an option says otherwise. To read what it may hold takes half a second at most. */
export const MAX_TRANSFER: number = 20_000_000;
/**
 * The longest text that may come out of asynchronous code unless an option says otherwise. It is read on the event
 * loop, where others wait meanwhile: to read what it may hold takes about 50 ms at most.
 */
export const MAX_TRANSFER_ASYNC: number = 3_000_000;
/** With less, errors and other values with a fixed cost could not pass. */
const leastTransfer = 10_000;
/** V8 makes no text of more than 2 ** 29 - 24 bytes of UTF-8, and a unit of UTF-16 takes up to three. */
const mostTransfer = 150_000_000;

const defaultTransfer: TransferLimits = { max: MAX_TRANSFER, maxAsync: MAX_TRANSFER_ASYNC };

/**
 * The limits for the value of the option `maxTransferChars`, which is one for all that passes.
 * @throws SandboxError `"bad-option"` unless it is a whole number from 10,000 to 150,000,000.
 */
export function transferLimits(maxTransferChars: number | undefined): TransferLimits {
  if (maxTransferChars === undefined) return defaultTransfer;
  const max = wholeNumber("maxTransferChars", maxTransferChars, { least: leastTransfer, most: mostTransfer });
  return { max, maxAsync: max };
}

/** What one session may have asked host functions without an answer. */
export interface OpenLimits {
  readonly questions: number;
  /** The length of their arguments, in UTF-16 units. */
  readonly chars: number;
}

/** How many questions a session may have open at once. */
export const maxQuestions = 1_000;

/** What a session may have open at once: the host takes it all in before it answers one. */
export function openLimits({ maxAsync }: TransferLimits): OpenLimits {
  return { questions: maxQuestions, chars: Math.max(4_000_000, maxAsync) };
}

/** How many threads or processes asynchronous programs get: one less than the processors, at least 2 and at most 4. */
export function defaultThreads(): number {
  return Math.max(2, Math.min(4, availableParallelism() - 1));
}

/**
 * The value of an option.
 * @throws SandboxError `"bad-option"` unless it is a whole number in the range, which is all positive ones by default.
 */
export function wholeNumber(name: string, value: number, { least = 1, most }: Range = {}): number {
  if (Number.isSafeInteger(value) && value >= least && value <= (most ?? value)) return value;
  const [from, to] = [least, most].map((limit) => limit?.toLocaleString("en"));
  const wanted = most === undefined ? "a positive whole number" : `a whole number from ${from} to ${to}`;
  throw new SandboxError("bad-option", `${name} must be ${wanted}, not ${String(value)}`);
}

interface Range {
  readonly least?: number;
  readonly most?: number;
}
