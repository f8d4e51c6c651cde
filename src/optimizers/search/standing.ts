/** How candidates stand so far: the mean of their scores, and the number of evaluations behind it. */

import { mean } from "../../math/statistics.ts";
import type { Outcome } from "./outcome.ts";
import type { EvaluateRequest, SearchContext } from "./search.ts";

/** The summary of all evaluations of a candidate. */
export interface Standing {
  readonly candidate: string;
  /** The mean score, where each example counts once; -Infinity without any score. */
  readonly mean: number;
  /** How many evaluations are behind it. */
  readonly evaluations: number;
}

/**
 * The repeats by which a search chooses are counted from here, one number for each round. So each round evaluates anew,
 * and shares no evaluation with the acceptance rule, which decides by the repeats 0, 1, …: the lucky evaluation that
 * made a candidate look good is not also the proof that it is good.
 */
const firstRepeat = 1_000_000;

/** The repeat of the validation examples by which a round chooses. */
export function choosingRepeat(round: number): number {
  return firstRepeat + round;
}

/**
 * The mean score of the outcomes, -Infinity when none has a score. An outcome without a score, because the guide
 * failed, counts as the lowest of the others: means over different numbers of examples would not compare.
 */
export function meanScore(outcomes: readonly Outcome[]): number {
  const scores = outcomes.map(({ score }) => score).filter((score) => score !== undefined);
  if (scores.length === 0) return Number.NEGATIVE_INFINITY;
  if (scores.length === outcomes.length) return mean(scores);
  const lowest = scores.reduce((least, score) => Math.min(least, score));
  return mean(outcomes.map(({ score }) => score ?? lowest));
}

/** How a candidate stands by all its evaluations so far, rollouts on training examples included. */
export function standingOf(context: SearchContext, candidate: string): Standing {
  const outcomes = [...context.knownOutcomes(candidate, "train"), ...context.knownOutcomes(candidate, "validation")];
  const evaluations = context.evaluationCount(candidate, "train") + context.evaluationCount(candidate, "validation");
  return { candidate, mean: meanScore(outcomes), evaluations };
}

/** The highest mean; of equal ones the one with more evaluations, then the first. Undefined for an empty list. */
export function bestOf<T extends Pick<Standing, "mean" | "evaluations">>(standings: readonly T[]): T | undefined {
  const [first, ...others] = standings;
  if (first === undefined) return undefined;
  return others.reduce((best, one) => (isBetter(one, best) ? one : best), first);
}

function isBetter(one: Pick<Standing, "mean" | "evaluations">, other: Pick<Standing, "mean" | "evaluations">): boolean {
  return one.mean > other.mean || (one.mean === other.mean && one.evaluations > other.evaluations);
}

/**
 * Evaluates as many of the requests as the budget allows, in their order, so that a budget which ends among them has
 * paid for something. It then asks for the others too, which ends the run by its budget.
 */
export async function evaluateWithin(
  context: SearchContext,
  requests: readonly EvaluateRequest[],
): Promise<readonly (readonly Outcome[])[]> {
  let left = context.evaluationsLeft;
  const firstOver = requests.findIndex(({ split = "validation", examples = context[split] }) => {
    left -= examples.length;
    return left < 0;
  });
  if (firstOver <= 0) return context.evaluate(requests);
  const first = await context.evaluate(requests.slice(0, firstOver));
  return [...first, ...(await context.evaluate(requests.slice(firstOver)))];
}
