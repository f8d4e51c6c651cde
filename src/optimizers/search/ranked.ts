/**
 * What failures count where candidates compete. A failed run counts as no more than the lowest score that a judge gave,
 * whatever the sign and the range of the scores; and no candidate gains by runs that the judge could not judge.
 */

import { differenceOf, roundingOf, sumBeyond } from "../../math/statistics.ts";
import type { Outcome } from "./outcome.ts";

/** The lowest score that a judge gave; Infinity when there is none. */
export function lowestJudged(outcomes: Iterable<Outcome | undefined>): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const outcome of outcomes) {
    if (outcome?.score !== undefined && outcome.failure === undefined) lowest = Math.min(lowest, outcome.score);
  }
  return lowest;
}

/**
 * The score that an outcome competes with, where `lowest` is the lowest judged one. Undefined when the judge failed.
 */
export function rankedScore({ score, failure }: Outcome, lowest: number): number | undefined {
  return score !== undefined && failure !== undefined ? Math.min(score, lowest) : score;
}

/** What `ranked` gave last for a list: a search asks for the outcomes of its whole pool in each round. */
const known = new WeakMap<readonly Outcome[], { readonly lowest: number; readonly outcomes: readonly Outcome[] }>();

/** The outcomes, with the scores that they compete with. The same list when that changes none. */
export function ranked(outcomes: readonly Outcome[], lowest: number): readonly Outcome[] {
  const before = known.get(outcomes);
  if (before?.lowest === lowest) return before.outcomes;
  const isHigh = (outcome: Outcome) => outcome.failure !== undefined && (outcome.score ?? -Infinity) > lowest;
  const made = outcomes.some(isHigh)
    ? outcomes.map((outcome) => (isHigh(outcome) ? { ...outcome, score: lowest } : outcome))
    : outcomes;
  known.set(outcomes, { lowest, outcomes: made });
  return made;
}

/** How two candidates compare on the same examples. */
export interface PairedScores {
  /** Challenger − incumbent, one a pair. 0 where they differ by rounding alone. */
  readonly differences: readonly number[];
  /** What both compete with, pair by pair. */
  readonly challenger: readonly number[];
  readonly incumbent: readonly number[];
  /** The most that rounding of the scores may have added to the sum of the differences. */
  readonly rounding: number;
}

/**
 * Challenger and incumbent, pair by pair. Left out are pairs whose incumbent was not judged. Where only the challenger
 * was not judged, it counts as the lowest judged score: breaking the judge on hard examples must not pay.
 */
export function comparisonOf(
  challenger: readonly (Outcome | undefined)[],
  incumbent: readonly (Outcome | undefined)[],
): PairedScores {
  const lowest = Math.min(lowestJudged(challenger), lowestJudged(incumbent));
  const pairs = incumbent.flatMap((other, at): (readonly [number, number])[] => {
    const before = other && rankedScore(other, lowest);
    const one = challenger[at];
    if (before === undefined || one === undefined) return [];
    return [[rankedScore(one, lowest) ?? Math.min(lowest, before), before]];
  });
  return {
    differences: pairs.map(([one, other]) => differenceOf(one, other)),
    challenger: pairs.map(([one]) => one),
    incumbent: pairs.map(([, other]) => other),
    rounding: roundingOf(pairs.flat()),
  };
}

/** What the challenger's scores add up to beyond the incumbent's; 0 where the sums differ by rounding alone. */
export function gainOf({ differences, rounding }: Pick<PairedScores, "differences" | "rounding">): number {
  return sumBeyond(differences, rounding);
}
