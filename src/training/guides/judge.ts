/** Runs a guide safely: what goes wrong in it is the failure of one example, never of the run, and never a score. */

import type { Objective } from "../../math/pareto.ts";
import { shorten } from "../../util/cut.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";
import { atPath } from "../../util/external-call.ts";
import { faultOf, toExternalCallError } from "../../util/fault.ts";
import { JUDGE } from "../journal/call-key.ts";
import type { Example, Guide, Judgement, Outcome } from "../types.ts";
import { checkedJudgement } from "./judgement.ts";

/** How an example was judged, with all that the guide said. */
export interface Judged {
  readonly outcome: Outcome;
  /** Undefined when the guide failed. */
  readonly judgement: Judgement | undefined;
}

/** What judging takes beside the guide, the example and the output. */
export interface JudgeSettings {
  readonly signal?: AbortSignal | undefined;
  /** The objectives of the run, all of which the guide must measure. Default: none. */
  readonly objectives?: readonly Objective[] | undefined;
}

/**
 * Judges one output. What the guide throws, and a score that is no finite number, becomes a failure of the example in
 * the outcome, without a score. Thrown are cancelling, and failures of the world outside, as an `ExternalCallError`. A
 * longer text than 20,000 characters is shortened, with a mark.
 */
export async function judge<I, O, K>(
  guide: Guide<I, O, K>,
  example: Example<I, K>,
  output: O,
  settings: JudgeSettings = {},
): Promise<Outcome> {
  return (await judgeInFull(guide, example, output, settings)).outcome;
}

/** As {@link judge}, with the judgement itself, which may hold images and data beside the text. */
export async function judgeInFull<I, O, K>(
  guide: Guide<I, O, K>,
  { id, input, target }: Example<I, K>,
  output: O,
  { signal, objectives: wanted = [] }: JudgeSettings = {},
): Promise<Judged> {
  signal?.throwIfAborted();
  try {
    // The models that a guide asks are the judge's, in the accounts of a run.
    const given = await atPath(JUDGE, () => guide(input, output, target, { exampleId: id, signal }));
    const judgement = bounded(checkedJudgement(given));
    const { score, text: feedback, objectives } = judgement;
    requireObjectives(objectives, wanted);
    const measured = objectives === undefined ? {} : { objectives };
    return { outcome: { exampleId: id, score, feedback, failure: undefined, ...measured }, judgement };
  } catch (error) {
    // After a cancel, whatever the guide throws comes of that.
    signal?.throwIfAborted();
    const fault = faultOf(error);
    if (fault === "cancelled") throw error;
    if (fault === "world") throw toExternalCallError(error);
    return { outcome: judgeFailed({ id }, "guide", error), judgement: undefined };
  }
}

/** The outcome of an example that could not be judged. */
export function judgeFailed({ id }: Pick<Example, "id">, judge: "guide" | "environment", error: unknown): Outcome {
  const message = `The ${judge} failed on example ${JSON.stringify(id)}: ${messageOf(error)}`;
  return { exampleId: id, score: undefined, feedback: "", failure: { of: "guide", message } };
}

/** A program whose cost is not known would be compared by those examples of which it is. */
function requireObjectives(measured: Judgement["objectives"], wanted: readonly Objective[]): void {
  const missing = wanted.find(({ name }) => measured?.[name] === undefined);
  if (missing === undefined) return;
  throw new TracegradError(
    "bad-judgement",
    `The guide gave no objective ${JSON.stringify(missing.name)}, which is among the run's \`objectives\`. Give a number for it ` +
      "on every example, or leave it out of the run's.",
  );
}

/** How many characters of a guide's text are kept: it goes into a journal, a report and prompts. */
const maxFeedback = 20_000;

function bounded(judgement: Judgement): Judgement {
  return judgement.text.length <= maxFeedback
    ? judgement
    : { ...judgement, text: shorten(judgement.text, maxFeedback) };
}
