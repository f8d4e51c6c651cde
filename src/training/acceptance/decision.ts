/** The one decision of a run, at its end: whether the best candidate ships, or the start. */

import { sumBeyond } from "../../math/statistics.ts";
import { gainOf, type PairedScores } from "../../optimizers/search/ranked.ts";
import { recordScore, type ScoreParts } from "../evaluation/record-score.ts";
import type { TrainOptions } from "../options.ts";
import type { Example, Outcome, ScoredCandidate } from "../types.ts";
import { pairedDifferences, pairScores, pValue, reachOf } from "./comparison.ts";
import { crossFit } from "./cross-fit.ts";
import { type AcceptancePlan, alphaOfLook } from "./plan.ts";
import { scored } from "./verdict.ts";

/** What a decision takes. */
export interface DecisionParts extends ScoreParts {
  readonly plan: AcceptancePlan;
  readonly selection: NonNullable<TrainOptions["selection"]>;
}

/** How many examples are judged before each look. */
const chunk = 8;

/**
 * Whether the finalist ships. Judges it and the start on the examples that only decide, where there are such, and stops
 * as soon as the rest could not change the answer.
 * @throws ExternalCallError `budget` when the budget does not reach.
 */
export async function decide(given: DecisionParts, finalist: ScoredCandidate): Promise<boolean> {
  const { candidates, decisions } = given.log.progress;
  const plan = { ...given.plan, alpha: alphaOfLook(given.plan.alpha, decisions.length + 1) };
  const parts = { ...given, plan };
  const start = candidates[0] as ScoredCandidate;
  if (finalist.id === start.id || plan.rule.ship === "best") return true;
  if (plan.deciding.length > 0) return decideApart(parts, finalist, start);
  const scores = await validated(parts, finalist);
  return plan.rule.ship === "likely" ? isLikely(parts, scores, start) : isProven(plan, scores, start);
}

/** A finalist that its validation score did not choose may have none yet, when not every step is evaluated. */
async function validated(parts: DecisionParts, { id, step, validation }: ScoredCandidate): Promise<readonly Outcome[]> {
  if (validation !== undefined) return validation.outcomes;
  const { outcomes } = await recordScore(parts, id, { split: "validation", examples: parts.plan.steering, step });
  return outcomes;
}

/** By the estimate of the gain on examples that did not choose the finalist. */
function isLikely({ log, selection }: DecisionParts, scores: readonly Outcome[], start: ScoredCandidate): boolean {
  // Where validation scores chose nothing, they are all free to judge.
  if (selection !== "bestValidation") return gainOf(pairScores(scores, start.validation?.outcomes ?? [])) > 0;
  const estimate = crossFit(scored(log.progress.candidates));
  return estimate === undefined || estimate.gain > 0;
}

function isProven({ alpha, rule }: AcceptancePlan, one: readonly Outcome[], start: ScoredCandidate): boolean {
  const other = start.validation?.outcomes ?? [];
  const reach = reachOf([...one, ...other], rule.range);
  return pValue(pairedDifferences(one, other), reach, rule.test) <= alpha;
}

async function decideApart(parts: DecisionParts, finalist: ScoredCandidate, start: ScoredCandidate): Promise<boolean> {
  const { plan } = parts;
  for (let count = chunk; ; count += chunk) {
    const examples = plan.deciding.slice(0, count);
    const [one, other] = [await outcomesOn(parts, finalist, examples), await outcomesOn(parts, start, examples)];
    const paired = pairScores(one, other);
    const reach = reachOf([...one, ...other], plan.rule.range);
    const answer = answerOf(plan, paired, {
      reach,
      remaining: plan.deciding.length - examples.length,
    });
    if (answer !== undefined) return answer;
  }
}

async function outcomesOn(
  parts: DecisionParts,
  { id, step }: ScoredCandidate,
  examples: readonly Example[],
): Promise<readonly Outcome[]> {
  const { outcomes } = await recordScore(parts, id, { split: "decision", examples, step });
  return outcomes;
}

/** Undefined while the remaining examples could still decide. */
function answerOf(
  { rule, alpha }: AcceptancePlan,
  { differences, rounding }: PairedScores,
  { reach, remaining }: { readonly reach: number; readonly remaining: number },
): boolean | undefined {
  const passes = (all: readonly number[]): boolean =>
    rule.ship === "likely" ? sumBeyond(all, rounding) > 0 : pValue(all, reach, rule.test) <= alpha;
  if (remaining === 0) return passes(differences);
  if (rule.ship === "proven" && rule.test === "anytime" && passes(differences)) return true;
  const atBest = [...differences, ...Array.from({ length: remaining }, () => reach)];
  return passes(atBest) ? undefined : false;
}
