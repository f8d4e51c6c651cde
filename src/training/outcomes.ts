/** Outcomes of several plays as one result, and as text. */

import { feedbackText } from "../graph/feedback.ts";
import { lowestJudged, rankedScore } from "../optimizers/search/ranked.ts";
import { mean as meanOf, standardError } from "../util/statistics.ts";
import type { EvaluationResult, Outcome } from "./types.ts";

/**
 * Outcomes as one result. Runs that the judge failed on are left out of the mean and counted as failures; those in which the
 * program failed count as no more than the lowest score that was given.
 */
export function summarize(outcomes: readonly Outcome[]): EvaluationResult {
  const lowest = lowestJudged(outcomes);
  const scores = outcomes.map((outcome) => rankedScore(outcome, lowest)).filter((one) => one !== undefined);
  const failures = outcomes.filter((outcome) => outcome.failure !== undefined).length;
  const mean = scores.length === 0 ? Number.NaN : meanOf(scores);
  const error = scores.length === 0 ? Number.NaN : standardError(scores);
  return { outcomes, mean, standardError: error, failures };
}

/** What was said of some runs, a line each. */
export function feedbackShown(outcomes: readonly Outcome[]): string {
  const text = ({ feedback, score }: Outcome) =>
    feedbackText({ text: feedback, ...(score === undefined ? {} : { score }) });
  return outcomes.map((outcome) => `${outcome.exampleId}: ${text(outcome)}`).join("\n");
}

/**
 * Several outcomes of one program on one example as one, with the mean of their scores; undefined for none. Failed ones count
 * as in `summarize`. The whole failed only if all did, whichever was first.
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
