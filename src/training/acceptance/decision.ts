/** The decision at the end of a run: whether the finalist ships, or the baseline. */

import { sumBeyond } from "../../math/statistics.ts";
import { gainOf, type PairedScores } from "../../optimizers/search/ranked.ts";
import { recordScore, type ScoreParts } from "../evaluation/record-score.ts";
import type { TrainOptions } from "../options.ts";
import type { Example, Outcome, ScoredCandidate } from "../types.ts";
import { pairedDifferences, pairScores, pValue, reachOf } from "./comparison.ts";
import { crossFit } from "./cross-fit.ts";
import { type AcceptancePlan, alphaOfLook } from "./plan.ts";
import { validationOutcomes } from "./verdict.ts";

/** What a decision works with. */
export interface DecisionParts extends ScoreParts {
  readonly plan: AcceptancePlan;
  readonly selection: NonNullable<TrainOptions["selection"]>;
}

/** The number of examples that are evaluated before each look. */
const chunk = 8;

/**
 * Whether the finalist ships. Evaluates it and the baseline on the examples that only decide, if there are any, and
 * stops as soon as the rest could not change the answer.
 * @throws ExternalCallError `budget` when the budget is too small.
 */
export async function decide(given: DecisionParts, finalist: ScoredCandidate): Promise<boolean> {
  const { candidates, decisions } = given.log.progress;
  const plan = { ...given.plan, alpha: alphaOfLook(given.plan.alpha, decisions.length + 1) };
  const parts = { ...given, plan };
  const baseline = candidates[0] as ScoredCandidate;
  if (finalist.id === baseline.id || plan.rule.ship === "best") return true;
  if (plan.deciding.length > 0) return decideApart(parts, finalist, baseline);
  const scores = await validationScores(parts, finalist);
  return plan.rule.ship === "likely" ? isLikely(parts, scores, baseline) : isProven(plan, scores, baseline);
}

/** The validation outcomes of the finalist. It may have none yet if its validation score did not select it. */
async function validationScores(
  parts: DecisionParts,
  { id, step, validation }: ScoredCandidate,
): Promise<readonly Outcome[]> {
  if (validation !== undefined) return validation.outcomes;
  const { outcomes } = await recordScore(parts, id, { split: "validation", examples: parts.plan.steering, step });
  return outcomes;
}

/** By the estimated gain on examples that did not select the finalist. */
function isLikely({ log, selection }: DecisionParts, scores: readonly Outcome[], baseline: ScoredCandidate): boolean {
  // If validation scores selected nothing, all of them are independent.
  if (selection !== "bestValidation") return gainOf(pairScores(scores, baseline.validation?.outcomes ?? [])) > 0;
  const estimate = crossFit(validationOutcomes(log.progress.candidates));
  return estimate === undefined || estimate.gain > 0;
}

function isProven({ alpha, rule }: AcceptancePlan, one: readonly Outcome[], baseline: ScoredCandidate): boolean {
  const other = baseline.validation?.outcomes ?? [];
  const reach = reachOf([...one, ...other], rule.range);
  return pValue(pairedDifferences(one, other), reach, rule.test) <= alpha;
}

async function decideApart(
  parts: DecisionParts,
  finalist: ScoredCandidate,
  baseline: ScoredCandidate,
): Promise<boolean> {
  const { plan } = parts;
  for (let count = chunk; ; count += chunk) {
    const examples = plan.deciding.slice(0, count);
    const [one, other] = [await outcomesOn(parts, finalist, examples), await outcomesOn(parts, baseline, examples)];
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
