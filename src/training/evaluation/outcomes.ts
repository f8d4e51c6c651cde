/** Several outcomes as one result, and as text. */

import { feedbackText } from "../../graph/feedback-text.ts";
import { summaryOf } from "../../math/intervals.ts";
import { mean as meanOf } from "../../math/statistics.ts";
import { lowestJudged, rankedScore, rankOutcomes } from "../../optimizers/search/ranked.ts";
import { groupBy } from "../../util/collections.ts";
import type { EvaluationRow } from "../evaluate-types.ts";
import type { EvaluationResult, Outcome } from "../types.ts";

/**
 * The scores that outcomes count with, in order: at most the lowest judged score where the program failed, undefined
 * where the judge failed.
 */
export function rankedScores(outcomes: readonly Outcome[]): readonly (number | undefined)[] {
  const lowest = lowestJudged(outcomes);
  return outcomes.map((outcome) => rankedScore(outcome, lowest));
}

/**
 * Outcomes as one result. Outcomes that the judge failed on are not in the mean and count as failures; failed programs
 * count as at most the lowest judged score.
 */
export function summarize(outcomes: readonly Outcome[]): EvaluationResult {
  const scores = rankedScores(outcomes).filter((one) => one !== undefined);
  const failures = outcomes.filter((outcome) => outcome.failure !== undefined).length;
  return { outcomes, ...summaryOf(scores), failures };
}

/** The feedback on some outputs, one line each. */
export function feedbackLines(outcomes: readonly Outcome[]): string {
  const text = ({ feedback, score }: Outcome) =>
    feedbackText({ text: feedback, ...(score === undefined ? {} : { score }) });
  return outcomes.map((outcome) => `${outcome.exampleId}: ${text(outcome)}`).join("\n");
}

/**
 * Several outcomes of one candidate on one example as one, with the mean of their scores; undefined for none. Failures
 * count as in `summarize`. The result is a failure only if all are.
 */
export function poolOutcomes(outcomes: readonly Outcome[]): Outcome | undefined {
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

/**
 * The rows of an evaluation as one outcome an example, in the order of the examples. A failed program has the score
 * that it counts with in the mean.
 */
export function poolByExample(rows: readonly EvaluationRow[]): readonly Outcome[] {
  const outcomes = rows.map(({ id, score, text, error }) => ({ exampleId: id, score, feedback: text, failure: error }));
  const byExample = groupBy(outcomes, ({ exampleId }) => exampleId);
  const pooled = [...byExample.values()].flatMap((repeats) => poolOutcomes(repeats) ?? []);
  return rankOutcomes(pooled, lowestJudged(pooled));
}

/** An outcome without the text of the judge, which may reveal a sealed target that no file, page or prompt may hold. */
export function withoutTarget(outcome: Outcome): Outcome {
  const { exampleId, failure } = outcome;
  if (failure?.of !== "guide") return { ...outcome, feedback: "" };
  const message =
    `The guide failed on example ${JSON.stringify(exampleId)}. Its message may reveal a sealed target, so it is not ` +
    "stored.";
  return { ...outcome, feedback: "", failure: { ...failure, message } };
}
