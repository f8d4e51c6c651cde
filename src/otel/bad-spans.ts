/** The error for spans that cannot be read. */

import { TracegradError } from "../util/errors.ts";

/** The error for spans that cannot be read; `message` names the culprit. */
export function badSpans(message: string): TracegradError {
  return new TracegradError("bad-spans", message);
}
