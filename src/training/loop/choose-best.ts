/** Chooses the best candidate of a run by score, comparing only scores that mean the same. */

import { differenceOf } from "../../math/statistics.ts";
import { comparisonOf, gainOf } from "../../optimizers/search/ranked.ts";
import type { Progress } from "../events.ts";
import type { Selection } from "../options.ts";
import type { EvaluationResult, ScoredCandidate } from "../types.ts";
import { currentOf, selectionScore } from "./progress.ts";

/**
 * The index of the best candidate: the first of those with the highest score; the baseline when none has a score. The
 * last one is that which the steps would continue with: a step may return to an earlier candidate.
 */
export function chooseBest(
  { candidates, failing, state }: Pick<Progress, "candidates" | "failing" | "state">,
  selection: Selection,
): number {
  if (selection === "last") {
    const current = currentOf(state);
    return Math.max(
      0,
      candidates.findIndex(({ id }) => id === current),
    );
  }
  const better = selection === "bestTrain" ? betterInTraining(failing) : betterOnValidation;
  let best = 0;
  for (const [index, candidate] of candidates.entries()) {
    if (better(candidate, candidates[best] as ScoredCandidate)) best = index;
  }
  return best;
}

function betterOnValidation({ validation: one }: ScoredCandidate, { validation: other }: ScoredCandidate): boolean {
  if (one === undefined || Number.isNaN(one.mean)) return false;
  return other === undefined || Number.isNaN(other.mean) || isAbove(one, other);
}

/**
 * Whether the mean of `one` is above that of `other`, over the examples on which `other` was judged. Where only `one`
 * was not judged, it counts as the lowest judged score: a mean over fewer, perhaps easier, examples would not compare.
 */
function isAbove(one: EvaluationResult, other: EvaluationResult): boolean {
  // Usually every evaluation of both was judged, and the means show which are not above.
  const isWhole = one.failures + other.failures === 0 && one.outcomes.length === other.outcomes.length;
  if (isWhole && one.mean <= other.mean) return false;
  const byId = new Map(one.outcomes.map((outcome) => [outcome.exampleId, outcome]));
  const paired = other.outcomes.map((outcome) => byId.get(outcome.exampleId) ?? { ...outcome, score: undefined });
  return gainOf(comparisonOf(paired, other.outcomes)) > 0;
}

/** A candidate whose rollouts have all failed is below every other one, whatever the sign of the scores. */
function betterInTraining(failing: Progress["failing"]): (one: ScoredCandidate, other: ScoredCandidate) => boolean {
  const scoreOf = (candidate: ScoredCandidate) => {
    const score = selectionScore(candidate, "bestTrain");
    return score !== undefined && failing.has(candidate.id) ? Number.NEGATIVE_INFINITY : score;
  };
  return (one, other) => {
    const [score, leader] = [scoreOf(one), scoreOf(other)];
    return score !== undefined && (leader === undefined || differenceOf(score, leader) > 0);
  };
}
