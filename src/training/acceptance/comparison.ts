/** Two candidates on the same examples: how they differ, how sure that is, and what it proves. */

import { meanInterval, meanTest } from "../../math/mean-test.ts";
import { signFlipTest } from "../../math/sign-flip.ts";
import { mean } from "../../math/statistics.ts";
import { maxWealth } from "../../math/wealth.ts";
import { comparisonOf, type PairedScores } from "../../optimizers/search/ranked.ts";
import type { Outcome } from "../types.ts";
import type { AcceptanceRule } from "./rule.ts";

/** A candidate against the start, on examples that both were scored on. */
export interface Comparison {
  /** How many examples. */
  readonly pairs: number;
  /** The mean scores of the start and of the candidate on them. */
  readonly before: number;
  readonly after: number;
  /** On how many of them the candidate scored higher, the same, and lower. */
  readonly better: number;
  readonly same: number;
  readonly worse: number;
  /** The mean of the differences, candidate minus start. */
  readonly difference: number;
  /** Holds the mean difference on new examples with a chance of 95 %, by the bounds of the scores alone. */
  readonly interval: readonly [number, number];
  /**
   * How likely such a result, or a clearer one, would be if the candidate were no better: by the test of the run's
   * acceptance.
   */
  readonly p: number;
  /** The same, if the candidate were no worse. */
  readonly pWorse: number;
}

/** How two candidates are compared. */
export interface ComparisonRule extends Pick<AcceptanceRule, "test" | "range"> {
  /** Whether the judging stopped before the last example since no gain could be proven any more. Default: false. */
  readonly isCut?: boolean;
}

/** Scores of two candidates on the same examples; undefined when they share none that was judged. */
export function compare(
  candidate: readonly Outcome[],
  start: readonly Outcome[],
  { test, range, isCut = false }: ComparisonRule,
): Comparison | undefined {
  const { differences, candidate: challenger, reference } = pairScores(candidate, start);
  if (differences.length === 0) return undefined;
  const count = (sign: number): number => differences.filter((difference) => Math.sign(difference) === sign).length;
  const reach = reachOf([...candidate, ...start], range);
  const mirrored = differences.map((difference) => -difference);
  return {
    pairs: differences.length,
    ...{ before: mean(reference), after: mean(challenger) },
    ...{ better: count(1), same: count(0), worse: count(-1) },
    difference: mean(differences),
    interval: reach === 0 ? [0, 0] : meanInterval(differences, reach),
    p: pValue(differences, reach, test),
    // Bad luck stops the judging early, and only one test may look at that moment.
    pWorse: pValue(mirrored, reach, isCut ? "anytime" : test),
  };
}

/** Differences candidate − start, in the order of the start's examples. */
export function pairedDifferences(candidate: readonly Outcome[], start: readonly Outcome[]): readonly number[] {
  return pairScores(candidate, start).differences;
}

/** The same, with what rounding may have added to their sum. */
export function pairScores(candidate: readonly Outcome[], start: readonly Outcome[]): PairedScores {
  const byId = new Map(candidate.map((outcome) => [outcome.exampleId, outcome]));
  const paired = start.map(({ exampleId }) => byId.get(exampleId));
  return comparisonOf(paired, start);
}

/** The p-value of "no better". Of a test that may stop at any time it is the inverse of the most evidence so far. */
export function pValue(differences: readonly number[], reach: number, test: AcceptanceRule["test"]): number {
  if (reach === 0) return 1;
  if (test === "mean") return meanTest(differences, -reach);
  if (test === "symmetric") return signFlipTest(differences);
  return Math.min(1, 1 / maxWealth(differences, reach));
}

/** How far two scores can be apart: by the range that was given, else by 0 to 1 and all scores that were seen. */
export function reachOf(outcomes: readonly Outcome[], range: readonly [number, number] | undefined): number {
  const scores = outcomes.map(({ score }) => score).filter((score) => score !== undefined);
  const [low, high] = range ?? [0, 1];
  const least = scores.reduce((one, other) => Math.min(one, other), low);
  const most = scores.reduce((one, other) => Math.max(one, other), high);
  return most - least;
}
