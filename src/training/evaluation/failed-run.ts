/** A run in which the program failed, as an outcome: what it scores, and what the optimizer is told of it. */

import type { ExecutionError } from "../../nodes/node.ts";
import { shorten } from "../../util/cut.ts";
import { messageOf } from "../../util/errors.ts";
import { stableStringify } from "../../util/json.ts";
import type { TrainOptions } from "../options.ts";
import type { Example, Outcome } from "../types.ts";

/** What a failed run scores, and whether its target is told. */
type FailureOptions = Pick<TrainOptions, "failureScore" | "showTarget">;

/** How many characters of a target are told. */
const maxTarget = 1_000;

/**
 * The outcome of a program that failed on an example. The guide is not asked, so the feedback tells the target in its
 * place.
 */
export function failedRun(options: FailureOptions, example: Example, error: ExecutionError): Outcome {
  const target = options.showTarget === false ? undefined : targetText(example.target);
  const lines = [
    `The program failed: ${error.message}`,
    ...(target === undefined ? [] : [`The target of this example: ${target}`]),
    "Fix this error.",
  ];
  return failed(options, example, { of: "agent", feedback: lines.join("\n"), message: error.message });
}

/** The outcome of a run that ended by a mistake in the use of tracegrad: its author is told, and no optimizer. */
export function misused(options: FailureOptions, example: Example, error: unknown): Outcome {
  return failed(options, example, { of: "use", feedback: "", message: messageOf(error) });
}

function failed(
  { failureScore = 0 }: FailureOptions,
  { id }: Example,
  { of, feedback, message }: { readonly of: "agent" | "use"; readonly feedback: string; readonly message: string },
): Outcome {
  return { exampleId: id, score: failureScore, feedback, failure: { of, message } };
}

/** A target as text; undefined when there is none, or one that is no plain data. */
function targetText(target: unknown): string | undefined {
  if (target === undefined) return undefined;
  try {
    return shorten(stableStringify(target), maxTarget);
  } catch {
    return undefined;
  }
}
