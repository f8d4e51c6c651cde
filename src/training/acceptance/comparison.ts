/** Two candidates on the same examples: how they differ, how sure that is, and what it proves. */

import { meanInterval, meanTest } from "../../math/mean-test.ts";
import { signFlipTest } from "../../math/sign-flip.ts";
import { mean } from "../../math/statistics.ts";
import { maxWealth } from "../../math/wealth.ts";
import { comparisonOf, type PairedScores } from "../../optimizers/search/ranked.ts";
import type { Outcome } from "../types.ts";
import type { AcceptanceRule } from "./rule.ts";

/** A candidate compared with the baseline, on examples that both were scored on. */
export interface Comparison {
  /** The number of examples. */
  readonly pairs: number;
  /** The mean scores on them: of the baseline and of the candidate. */
  readonly before: number;
  readonly after: number;
  /** The number of examples on which the candidate scored higher, the same, and lower. */
  readonly better: number;
  readonly same: number;
  readonly worse: number;
  /** The mean of the differences, candidate minus baseline. */
  readonly difference: number;
  /**
   * Contains the mean difference on new examples with a probability of 95%, by the bounds of the scores alone. It has
   * two ends and `p` looks at one: with a `p` from 0.025 to 0.05 the interval includes 0.
   */
  readonly interval: readonly [number, number];
  /**
   * The probability of such a result, or a clearer one, if the candidate were no better: by the test of the run's
   * acceptance.
   */
  readonly p: number;
  /** The same, if the candidate were no worse. */
  readonly pWorse: number;
}

/** How two candidates are compared. */
export interface ComparisonRule extends Pick<AcceptanceRule, "test" | "range"> {
  /**
   * Whether the evaluation stopped before the last example because no gain could be proven any more. Default: false.
   */
  readonly isCut?: boolean;
}

/** Compares two candidates on the same examples; undefined when they share no judged example. */
export function compare(
  candidate: readonly Outcome[],
  baseline: readonly Outcome[],
  { test, range, isCut = false }: ComparisonRule,
): Comparison | undefined {
  const { differences, candidate: after, reference: before } = pairScores(candidate, baseline);
  if (differences.length === 0) return undefined;
  const count = (sign: number): number => differences.filter((difference) => Math.sign(difference) === sign).length;
  const reach = reachOf([...candidate, ...baseline], range);
  const mirrored = differences.map((difference) => -difference);
  return {
    pairs: differences.length,
    ...{ before: mean(before), after: mean(after) },
    ...{ better: count(1), same: count(0), worse: count(-1) },
    difference: mean(differences),
    interval: reach === 0 ? [0, 0] : meanInterval(differences, reach),
    p: pValue(differences, reach, test),
    // Bad luck stops the evaluation early, and only one test is valid at that moment.
    pWorse: pValue(mirrored, reach, isCut ? "anytime" : test),
  };
}

/** Differences candidate − baseline, in the order of the baseline's examples. */
export function pairedDifferences(candidate: readonly Outcome[], baseline: readonly Outcome[]): readonly number[] {
  return pairScores(candidate, baseline).differences;
}

/** The same, with the possible rounding error of their sum. */
export function pairScores(candidate: readonly Outcome[], baseline: readonly Outcome[]): PairedScores {
  const byId = new Map(candidate.map((outcome) => [outcome.exampleId, outcome]));
  const paired = baseline.map(({ exampleId }) => byId.get(exampleId));
  return comparisonOf(paired, baseline);
}

/**
 * The p-value of "no better". For the test that may stop at any time it is the inverse of the largest evidence so far.
 */
export function pValue(differences: readonly number[], reach: number, test: AcceptanceRule["test"]): number {
  if (reach === 0) return 1;
  if (test === "mean") return meanTest(differences, -reach);
  if (test === "symmetric") return signFlipTest(differences);
  return Math.min(1, 1 / maxWealth(differences, reach));
}

/** The maximum distance of two scores: by the given range, or else by 0 to 1 and all scores seen. */
export function reachOf(outcomes: readonly Outcome[], range: readonly [number, number] | undefined): number {
  const scores = outcomes.map(({ score }) => score).filter((score) => score !== undefined);
  const [low, high] = range ?? [0, 1];
  const least = scores.reduce((one, other) => Math.min(one, other), low);
  const most = scores.reduce((one, other) => Math.max(one, other), high);
  return most - least;
}
