/** Which errors are data about the program, and which are not. */

import { isAbort, OutsideError, TracegradError } from "../util/errors.ts";

/** Codes of mistakes in the use of tracegrad: their author is to read them, not an optimizer. */
const mistakes: ReadonlySet<string> = new Set(["external-read", "async-schema", "sandbox-not-loaded", "no-text"]);

/** False for a cancelled run, for failures of the world outside, and for mistakes in the use of tracegrad: they go on up. */
export function isData(thrown: unknown): boolean {
  try {
    if (isAbort(thrown) || thrown instanceof OutsideError) return false;
    return !(thrown instanceof TracegradError && mistakes.has(thrown.code));
  } catch {
    // Asking a hostile Proxy for its class throws.
    return true;
  }
}
