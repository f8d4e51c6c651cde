/** Outcomes of several plays as one result, and as text. */

import { feedbackText } from "../../graph/feedback.ts";
import { summaryOf } from "../../math/intervals.ts";
import { mean as meanOf } from "../../math/statistics.ts";
import { lowestJudged, rankedScore } from "../../optimizers/search/ranked.ts";
import type { EvaluationResult, Outcome } from "../types.ts";

/**
 * The scores that outcomes count with, in order: no more than the lowest judged one where the program failed, undefined
 * where the judge did.
 */
export function rankedScores(outcomes: readonly Outcome[]): readonly (number | undefined)[] {
  const lowest = lowestJudged(outcomes);
  return outcomes.map((outcome) => rankedScore(outcome, lowest));
}

/**
 * Outcomes as one result. Runs that the judge failed on are left out of the mean and counted as failures; those in
 * which the program failed count as no more than the lowest score that was given.
 */
export function summarize(outcomes: readonly Outcome[]): EvaluationResult {
  const scores = rankedScores(outcomes).filter((one) => one !== undefined);
  const failures = outcomes.filter((outcome) => outcome.failure !== undefined).length;
  return { outcomes, ...summaryOf(scores), failures };
}

/** What was said of some runs, a line each. */
export function feedbackShown(outcomes: readonly Outcome[]): string {
  const text = ({ feedback, score }: Outcome) =>
    feedbackText({ text: feedback, ...(score === undefined ? {} : { score }) });
  return outcomes.map((outcome) => `${outcome.exampleId}: ${text(outcome)}`).join("\n");
}

/**
 * Several outcomes of one program on one example as one, with the mean of their scores; undefined for none. Failed ones
 * count as in `summarize`. The whole failed only if all did, whichever was first.
 */
export function pooled(outcomes: readonly Outcome[]): Outcome | undefined {
  const [first, ...others] = outcomes;
  if (first === undefined || others.length === 0) return first;
  const scored = outcomes.filter((outcome) => outcome.score !== undefined);
  if (scored.length === 0) return first;
  const best = scored.find(({ failure }) => failure === undefined) ?? (scored[0] as Outcome);
  const lowest = lowestJudged(scored);
  const meansOf = (of: (outcome: Outcome) => number | undefined): number =>
    meanOf(scored.map(of).filter((value) => value !== undefined));
  const names = Object.keys(best.objectives ?? {});
  const objectives = Object.fromEntries(names.map((name) => [name, meansOf((outcome) => outcome.objectives?.[name])]));
  return {
    ...best,
    score: meansOf((outcome) => rankedScore(outcome, lowest)),
    ...(names.length === 0 ? {} : { objectives }),
  };
}

/** What a judge says of a sealed example may tell its target, which no file, page or prompt may hold. */
export function withoutTarget(outcome: Outcome): Outcome {
  const { exampleId, failure } = outcome;
  if (failure?.of !== "guide") return { ...outcome, feedback: "" };
  const message = `The guide failed on example ${JSON.stringify(exampleId)}. What it said may tell a sealed target, so it is not kept.`;
  return { ...outcome, feedback: "", failure: { ...failure, message } };
}
