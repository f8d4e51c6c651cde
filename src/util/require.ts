/** Checks of numeric options, with errors that name the option and what it may be. */

import { TracegradError } from "./errors.ts";

/**
 * Throws unless `value` is an integer above zero, or zero where that is allowed.
 * @throws TracegradError `bad-option`.
 */
export function requireWholeNumber(option: string, value: number, options: { readonly zero?: boolean } = {}): void {
  const least = options.zero === true ? 0 : 1;
  if (Number.isInteger(value) && value >= least) return;
  throw new TracegradError(
    "bad-option",
    `\`${option}\` must be a whole number, ${least} or more; got ${String(value)}.`,
  );
}

/**
 * Throws unless `value` is a number above zero. Infinity is one.
 * @throws TracegradError `bad-option`.
 */
export function requireAboveZero(option: string, value: number): void {
  if (typeof value === "number" && value > 0) return;
  throw new TracegradError("bad-option", `\`${option}\` must be a number above 0; got ${String(value)}.`);
}
