/** The outcome of an evaluation in which the program failed: its score, and the feedback for the optimizer. */

import { shorten } from "../../util/cut.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";
import { isInstance } from "../../util/is-instance.ts";
import { stableStringify } from "../../util/json.ts";
import type { TrainOptions } from "../options.ts";
import type { Example, Outcome } from "../types.ts";

/** The score of a failed program, and whether its feedback includes the target. */
type FailureOptions = Pick<TrainOptions, "failureScore" | "showTarget">;

/** The maximum number of characters of a target in feedback. */
const maxTarget = 1_000;

/** The outcome of a program that failed on an example. The guide is not called, so the feedback includes the target. */
export function scoreFailure(
  options: FailureOptions,
  example: Example,
  error: Pick<Error, "message" | "cause">,
): Outcome {
  const target = options.showTarget === false ? undefined : targetText(example.target);
  const lines = [
    `The program failed: ${error.message}`,
    ...(target === undefined ? [] : [`The target of this example: ${target}`]),
    "Fix this error.",
  ];
  const message = `${error.message}${forAuthor(error)}`;
  return outcomeOf(options, example, { of: "agent", feedback: lines.join("\n"), message });
}

/** How deep a cause may be. */
const maxCauses = 8;

/** The line of a cause that is for the author; the optimizer does not read it. */
function forAuthor({ cause }: { readonly cause?: unknown }, depth = 0): string {
  if (depth === maxCauses || !isInstance(cause, TracegradError)) return "";
  const { message, messageForModel } = cause;
  return messageForModel === undefined ? forAuthor(cause, depth + 1) : message.slice(messageForModel.length);
}

/**
 * The outcome of an evaluation that ended by incorrect use of tracegrad, which concerns the author and not the
 * optimizer.
 */
export function scoreMisuse(options: FailureOptions, example: Example, error: unknown): Outcome {
  return outcomeOf(options, example, { of: "use", feedback: "", message: messageOf(error) });
}

function outcomeOf(
  { failureScore = 0 }: FailureOptions,
  { id }: Example,
  { of, feedback, message }: { readonly of: "agent" | "use"; readonly feedback: string; readonly message: string },
): Outcome {
  return { exampleId: id, score: failureScore, feedback, failure: { of, message } };
}

/** A target as text; undefined when there is none, or when it is not plain data. */
function targetText(target: unknown): string | undefined {
  if (target === undefined) return undefined;
  try {
    return shorten(stableStringify(target), maxTarget);
  } catch {
    return undefined;
  }
}
