/** Runs a guide safely: an error in it fails one example. It never fails the run, and it is never a score. */

import type { Objective } from "../../math/pareto.ts";
import { shorten } from "../../util/cut.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";
import { atPath } from "../../util/external-call.ts";
import { faultOf, toExternalCallError } from "../../util/fault.ts";
import { JUDGE } from "../journal/call-key.ts";
import type { Example, Guide, Judgement, Outcome } from "../types.ts";
import { checkJudgement } from "./judgement.ts";

/** How an example was judged, with everything that the guide returned. */
export interface JudgeResult {
  readonly outcome: Outcome;
  /** Undefined when the guide failed. */
  readonly judgement: Judgement | undefined;
}

/** What judging uses besides the guide, the example and the output. */
export interface JudgeSettings {
  readonly signal?: AbortSignal | undefined;
  /** The objectives of the run, all of which the guide must measure. Default: none. */
  readonly objectives?: readonly Objective[] | undefined;
}

/**
 * Judges one output. An error of the guide, or a score that is not a finite number, becomes a failure of the example in
 * the outcome, without a score. It throws only when the run is cancelled, and an `ExternalCallError` for an outage. A
 * text of more than 20,000 characters is shortened, with a mark.
 */
export async function judge<I, O, K>(
  guide: Guide<I, O, K>,
  example: Example<I, K>,
  output: O,
  settings: JudgeSettings = {},
): Promise<Outcome> {
  return (await judgeInFull(guide, example, output, settings)).outcome;
}

/** Like {@link judge}, with the judgement itself, which may hold images and data besides the text. */
export async function judgeInFull<I, O, K>(
  guide: Guide<I, O, K>,
  { id, input, target }: Example<I, K>,
  output: O,
  { signal, objectives: wanted = [] }: JudgeSettings = {},
): Promise<JudgeResult> {
  signal?.throwIfAborted();
  try {
    // Calls of a guide count as the judge's in the accounts of a run.
    const given = await atPath(JUDGE, () => guide(input, output, target, { exampleId: id, signal }));
    const checked = checkJudgement(given);
    const judgement = { ...checked, text: shortenFeedback(checked.text) };
    const { score, text: feedback, objectives } = judgement;
    requireObjectives(objectives, wanted);
    const measured = objectives === undefined ? {} : { objectives };
    return { outcome: { exampleId: id, score, feedback, failure: undefined, ...measured }, judgement };
  } catch (error) {
    // After a cancel, any error is a consequence of it.
    signal?.throwIfAborted();
    const fault = faultOf(error);
    if (fault === "cancelled") throw error;
    if (fault === "world") throw toExternalCallError(error);
    return { outcome: outcomeOfJudgeFailure({ id }, "guide", error), judgement: undefined };
  }
}

/** The outcome of an example that could not be judged. */
export function outcomeOfJudgeFailure(
  { id }: Pick<Example, "id">,
  judge: "guide" | "environment" | "function `feedback`",
  error: unknown,
): Outcome {
  const message = `The ${judge} failed on example ${JSON.stringify(id)}: ${messageOf(error)}`;
  return { exampleId: id, score: undefined, feedback: "", failure: { of: "guide", message } };
}

/** A candidate with missing measurements would be compared only by the examples that have them. */
function requireObjectives(measured: Judgement["objectives"], wanted: readonly Objective[]): void {
  const missing = wanted.find(({ name }) => measured?.[name] === undefined);
  if (missing === undefined) return;
  throw new TracegradError(
    "bad-judgement",
    `The guide gave no objective ${JSON.stringify(missing.name)}, which is among the run's \`objectives\`. Return a ` +
      "number " +
      "for it on every example, or remove it from the run's `objectives`.",
  );
}

/** The maximum length of a guide's text, which goes into a journal, a report and prompts. */
const maxFeedback = 20_000;

/** A text about an output, shortened with a mark where it is too long. */
export function shortenFeedback(text: string): string {
  return shorten(text, maxFeedback);
}

/** Runs what judges an example; `orElse` takes its errors. Cancels, outages and incorrect use are thrown. */
export async function orUnjudged<R>(play: () => Promise<R>, orElse: (error: unknown) => R): Promise<R> {
  try {
    return await play();
  } catch (error) {
    if (faultOf(error) !== "program") throw error;
    return orElse(error);
  }
}
