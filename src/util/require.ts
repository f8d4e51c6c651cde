/** Checks of numeric options, with errors that name the option and what it may be. */

import { TracegradError } from "./errors.ts";

/**
 * Throws unless `value` is an integer above zero, or zero where that is allowed.
 * @throws TracegradError `bad-option`.
 */
export function requirePositive(option: string, value: number, { zero = false } = {}): void {
  if (Number.isInteger(value) && value >= (zero ? 0 : 1)) return;
  throw new TracegradError(
    "bad-option",
    `\`${option}\` is a whole number, ${zero ? "0" : "1"} or more; got ${String(value)}.`,
  );
}
