/**
 * What failures count when candidates compete. A failed run counts at most as the lowest score that the guide gave,
 * whatever the sign and range of the scores. No candidate gains by runs that the guide could not judge.
 */

import { differenceOf, roundingOf, sumBeyond } from "../../math/statistics.ts";
import type { Outcome } from "./outcome.ts";

/** The lowest score that the guide gave; Infinity when there is none. */
export function lowestJudged(outcomes: Iterable<Outcome | undefined>): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const outcome of outcomes) {
    if (outcome?.score !== undefined && outcome.failure === undefined) lowest = Math.min(lowest, outcome.score);
  }
  return lowest;
}

/** The score that an outcome competes with; `lowest` is the lowest judged score. Undefined when the guide failed. */
export function rankedScore({ score, failure }: Outcome, lowest: number): number | undefined {
  return score !== undefined && failure !== undefined ? Math.min(score, lowest) : score;
}

/** The last result for each list, since a search asks for the outcomes of its whole pool in each round. */
const known = new WeakMap<readonly Outcome[], { readonly lowest: number; readonly outcomes: readonly Outcome[] }>();

/** The outcomes with the scores that they compete with. The same list when no score changes. */
export function rankOutcomes(outcomes: readonly Outcome[], lowest: number): readonly Outcome[] {
  const before = known.get(outcomes);
  if (before?.lowest === lowest) return before.outcomes;
  const isHigh = (outcome: Outcome) => outcome.failure !== undefined && (outcome.score ?? -Infinity) > lowest;
  const result = outcomes.some(isHigh)
    ? outcomes.map((outcome) => (isHigh(outcome) ? { ...outcome, score: lowest } : outcome))
    : outcomes;
  known.set(outcomes, { lowest, outcomes: result });
  return result;
}

/** How a candidate compares with a reference, such as the one that it came from, on the same examples. */
export interface PairedScores {
  /** Candidate − reference, one for each pair. 0 where they differ by rounding alone. */
  readonly differences: readonly number[];
  /** The scores of both, pair by pair. */
  readonly candidate: readonly number[];
  readonly reference: readonly number[];
  /** The most that rounding of the scores may have added to the sum of the differences. */
  readonly rounding: number;
}

/**
 * Candidate and reference, pair by pair, without the pairs whose reference has no score. Where only the candidate has
 * no score, it counts as the lowest judged score: breaking the guide on hard examples must not pay.
 */
export function comparisonOf(
  candidate: readonly (Outcome | undefined)[],
  reference: readonly (Outcome | undefined)[],
): PairedScores {
  const lowest = Math.min(lowestJudged(candidate), lowestJudged(reference));
  const pairs = reference.flatMap((other, at): (readonly [number, number])[] => {
    const before = other && rankedScore(other, lowest);
    const one = candidate[at];
    if (before === undefined || one === undefined) return [];
    return [[rankedScore(one, lowest) ?? Math.min(lowest, before), before]];
  });
  return {
    differences: pairs.map(([one, other]) => differenceOf(one, other)),
    candidate: pairs.map(([one]) => one),
    reference: pairs.map(([, other]) => other),
    rounding: roundingOf(pairs.flat()),
  };
}

/** By how much the candidate's scores add up to more than the reference's; 0 where they differ by rounding alone. */
export function gainOf({ differences, rounding }: Pick<PairedScores, "differences" | "rounding">): number {
  return sumBeyond(differences, rounding);
}
