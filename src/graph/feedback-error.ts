/** The error of feedback that means nothing. */

import { TracegradError } from "../util/errors.ts";

/** Feedback was of a type that means nothing here. */
export class FeedbackError extends TracegradError {
  override readonly name: string = "FeedbackError";

  constructor(message: string) {
    super("bad-feedback", message);
  }
}
