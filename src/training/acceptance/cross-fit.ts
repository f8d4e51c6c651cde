/** What the best of several candidates scores on examples that did not select it. */

import { type CrossFitSplit, crossFitSplits } from "../../math/cross-fit-splits.ts";
import { differenceOf, mean, roundingOf, sumBeyond } from "../../math/statistics.ts";
import { lowestJudged, rankedScore } from "../../optimizers/search/ranked.ts";
import type { Outcome } from "../types.ts";

/** An estimate for the best of several candidates, on examples that did not select it. */
export interface CrossFit {
  /** The mean score. */
  readonly score: number;
  /** The mean score minus that of the baseline on the same examples. */
  readonly gain: number;
}

/**
 * Selects the best candidate on four fifths of the examples, scores it on the last fifth, and takes the mean over all
 * fifths: cross-fitting. A score that was selected for being the highest is too high. This one is not, except for what
 * candidates have in common with earlier ones that the same examples selected.
 * @param candidates Their outcomes on the same examples, the baseline's first. Of equal ones the first is selected.
 * @returns Undefined when the baseline was judged on fewer than two examples.
 */
export function crossFit(candidates: readonly (readonly Outcome[])[]): CrossFit | undefined {
  const scores = scoreTable(candidates);
  const count = scores[0]?.length ?? 0;
  if (count < 2) return undefined;
  const pairs = crossFitSplits(count).flatMap((split) => scoresOnFold(scores, split));
  const gain = sumBeyond(
    pairs.map(([chosen, baseline]) => chosen - baseline),
    roundingOf(pairs.flat()),
  );
  return { score: mean(pairs.map(([chosen]) => chosen)), gain: gain / pairs.length };
}

/** The scores of the candidate that is best on the other examples, and of the baseline, on the held-out ones. */
function scoresOnFold(
  scores: readonly (readonly number[])[],
  { fold, rest }: CrossFitSplit,
): readonly (readonly [number, number])[] {
  const meanWithout = (row: readonly number[]): number => mean(rest.map((at) => row[at] as number));
  const means = scores.map(meanWithout);
  const most = means.reduce((one, other) => Math.max(one, other));
  const best = means.findIndex((one) => differenceOf(most, one) === 0);
  return fold.map((at) => [scores[best]?.[at] as number, scores[0]?.[at] as number]);
}

/**
 * One row per candidate, one column per example on which the baseline was judged. Where only the candidate was not
 * judged, its score is the lowest one.
 */
export function scoreTable(candidates: readonly (readonly Outcome[])[]): readonly (readonly number[])[] {
  const lowest = lowestJudged(candidates.flat());
  const baseline = (candidates[0] ?? []).filter((outcome) => rankedScore(outcome, lowest) !== undefined);
  return candidates.map((outcomes) => {
    const byId = new Map(outcomes.map((outcome) => [outcome.exampleId, outcome]));
    return baseline.map(({ exampleId }) => {
      const outcome = byId.get(exampleId);
      const score = outcome && rankedScore(outcome, lowest);
      return score ?? (Number.isFinite(lowest) ? lowest : 0);
    });
  });
}
