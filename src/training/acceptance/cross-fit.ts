/** What the best of several candidates scores on examples that did not choose it. */

import { type CrossFitSplit, crossFitSplits } from "../../math/cross-fit-splits.ts";
import { differenceOf, mean, roundingOf, sumBeyond } from "../../math/statistics.ts";
import { lowestJudged, rankedScore } from "../../optimizers/search/ranked.ts";
import type { Outcome } from "../types.ts";

/** An estimate for the best of several candidates, on examples that did not choose it. */
export interface CrossFit {
  /** The mean score. */
  readonly score: number;
  /** The same minus the mean score of the start on the same examples. */
  readonly gain: number;
}

/**
 * Chooses the best candidate on four fifths of the examples, scores it on the last fifth, and takes the mean over all
 * fifths: cross-fitting. A score that was chosen for being the highest is too high; this one is not, but for what
 * candidates have in common with those that the same examples chose before them.
 * @param candidates Their outcomes on the same examples, the start's first. Of equal ones the first is chosen.
 * @returns Undefined for fewer than two examples that the start was judged on.
 */
export function crossFit(candidates: readonly (readonly Outcome[])[]): CrossFit | undefined {
  const scores = scoreTable(candidates);
  const count = scores[0]?.length ?? 0;
  if (count < 2) return undefined;
  const pairs = crossFitSplits(count).flatMap((split) => scoresHeld(scores, split));
  const gain = sumBeyond(
    pairs.map(([chosen, start]) => chosen - start),
    roundingOf(pairs.flat()),
  );
  return { score: mean(pairs.map(([chosen]) => chosen)), gain: gain / pairs.length };
}

/** The scores of the best candidate without the fold, and of the baseline, on the fold. */
function scoresHeld(
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
 * A row a candidate, a column an example that the start was judged on. A run that only the candidate's judge failed on
 * is lowest.
 */
export function scoreTable(candidates: readonly (readonly Outcome[])[]): readonly (readonly number[])[] {
  const lowest = lowestJudged(candidates.flat());
  const start = (candidates[0] ?? []).filter((outcome) => rankedScore(outcome, lowest) !== undefined);
  return candidates.map((outcomes) => {
    const byId = new Map(outcomes.map((outcome) => [outcome.exampleId, outcome]));
    return start.map(({ exampleId }) => {
      const outcome = byId.get(exampleId);
      const score = outcome && rankedScore(outcome, lowest);
      return score ?? (Number.isFinite(lowest) ? lowest : 0);
    });
  });
}
