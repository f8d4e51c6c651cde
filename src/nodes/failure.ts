/** Which errors are data about the program, and which are not. */

import { isAbort, TracegradError } from "../util/errors.ts";

/** Codes of mistakes in the use of tracegrad: their author is to read them, not an optimizer. */
const mistakes: ReadonlySet<string> = new Set(["external-read", "async-schema", "sandbox-not-loaded"]);

/** False for a cancelled run and for mistakes in the use of tracegrad, which go on up as they are. */
export function isData(thrown: unknown): boolean {
  try {
    return !isAbort(thrown) && !(thrown instanceof TracegradError && mistakes.has(thrown.code));
  } catch {
    // Asking a hostile Proxy for its class throws.
    return true;
  }
}
