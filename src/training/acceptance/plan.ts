/**
 * How a run uses its validation examples: which of them steer it, which only decide what ships, and what those could
 * prove.
 */

import { meanTest } from "../../math/mean-test.ts";
import { wealthOf } from "../../math/wealth.ts";
import { TracegradError } from "../../util/errors.ts";
import { seeded, shuffled } from "../../util/rng.ts";
import { stepsOf } from "../loop/stop.ts";
import type { TrainOptions } from "../options.ts";
import type { Example } from "../types.ts";
import { type AcceptanceRule, acceptanceRule } from "./rule.ts";

/** The use of the validation examples of a run. */
export interface AcceptancePlan {
  readonly rule: AcceptanceRule;
  /** The examples that select among candidates, in the order of the data. */
  readonly steering: readonly Example[];
  /** The examples that only decide whether the finalist ships, in the order in which they are evaluated. */
  readonly deciding: readonly Example[];
  /** Whether scores on the steering examples influence which candidates are made, so that they can prove nothing. */
  readonly isSteered: boolean;
  /** The error probability that a proof may use: alpha, or its share for each of the candidates that may be tested. */
  readonly alpha: number;
}

/** The options that the plan depends on. */
type Options = Pick<TrainOptions, "acceptance" | "search" | "budget" | "data" | "seed" | SteeringOption>;
type SteeringOption = "rollback" | "selection" | "environment" | "countFailedSteps";

/** The plan of a run. Throws TracegradError `bad-option` for an acceptance that could never ship anything. */
export function acceptancePlan(options: Options): AcceptancePlan {
  const { data, seed = 0 } = options;
  const rule = ruleOf(options);
  const isSteered = steers(options);
  const share = rule.decisionShare ?? (rule.ship === "proven" && isSteered ? 0.5 : 0);
  const count = Math.floor(data.validation.length * share);
  // Examples that a program was trained on prove nothing about it.
  const trained = new Set(data.train.map(({ id }) => id));
  const unseen = shuffled(data.validation, seeded(`${seed}/decision`)).filter(({ id }) => !trained.has(id));
  const deciding = unseen.slice(0, count);
  const apart = new Set(deciding);
  const steering = data.validation.filter((example) => !apart.has(example));
  const looks = deciding.length > 0 ? 1 : Math.max(1, stepsOf(options));
  const plan = { rule, steering, deciding, isSteered, alpha: rule.alpha / looks };
  if (rule.ship === "proven") requireProvable(plan);
  return plan;
}

/** If all examples are training examples, no gain on others can be estimated: by default the best candidate ships. */
function ruleOf({ acceptance, data }: Options): AcceptanceRule {
  const rule = acceptanceRule(acceptance);
  const trained = new Set(data.train.map(({ id }) => id));
  const hasOwn = data.validation.some(({ id }) => !trained.has(id));
  if (hasOwn || (acceptance !== undefined && data.validation.length > 0)) return rule;
  if (acceptance === undefined || rule.ship === "best") return { ...rule, ship: "best" };
  return refuse(
    `\`acceptance: "${rule.ship}"\` needs validation examples. Give split a \`validation\`, or accept the "best".`,
  );
}

/**
 * Whether validation scores, or the validation examples themselves, influence how candidates are made, or the number of
 * candidates is not limited.
 */
function steers(options: Options): boolean {
  const { search, rollback = {}, selection, environment, countFailedSteps = true, data } = options;
  const trained = new Set(data.train.map(({ id }) => id));
  // The candidate to return to is the best one by the selection score.
  const goesBack = selection !== "bestTrain" && (rollback.below !== undefined || rollback.onFailure === true);
  // Feedback on an episode receives the validation score of the candidate.
  const seesValidation = environment?.feedback !== undefined;
  const isSteering = search !== undefined || goesBack || seesValidation || !countFailedSteps;
  return isSteering || data.validation.some(({ id }) => trained.has(id));
}

function requireProvable(plan: AcceptancePlan): void {
  const { rule, steering, deciding, isSteered } = plan;
  if (deciding.length === 0 && isSteered) {
    refuse(
      '`acceptance: "proven"` needs examples that steer nothing, but none are left to decide. Give a larger ' +
        "`validation` " +
        "that shares no example with `train`, or a larger `acceptance.decisionShare`.",
    );
  }
  if (smallestProvable(plan) !== undefined) return;
  const count = deciding.length > 0 ? deciding.length : steering.length;
  const share = deciding.length > 0 ? (rule.decisionShare ?? 0.5) : 1;
  const needed = Math.ceil(winsForProof(plan) / share);
  refuse(
    `Even a candidate that wins all ${count} deciding validation examples could not be proven better at alpha ` +
      `${Number(plan.alpha.toPrecision(2))}${rule.test === "anytime" ? ' by the test "anytime"' : ""}. Give ` +
      `${Number.isFinite(needed) ? `${needed} validation examples or more` : "a larger alpha"}, or accept what is ` +
      `"likely".`,
  );
}

/**
 * The share of alpha for one of several decisions of a run: a run that continues after its end, with a larger budget,
 * tests the same examples again. The second decision uses a quarter, the third a ninth.
 */
export function alphaOfLook(alpha: number, look: number): number {
  return alpha / look ** 2;
}

/**
 * The number of examples that a candidate must win by 1, without a loss, to be proven better; undefined when there are
 * fewer.
 */
function smallestProvable(plan: AcceptancePlan): number | undefined {
  const { steering, deciding } = plan;
  const wins = winsForProof(plan);
  return wins <= (deciding.length > 0 ? deciding.length : steering.length) ? wins : undefined;
}

/** More wins are not reported: alpha is close to zero then. */
const maxWins = 200;

function winsForProof({ rule, alpha }: AcceptancePlan): number {
  for (let count = 1; count <= maxWins; count++) {
    const wins = Array.from({ length: count }, () => 1);
    const isProof = rule.test === "anytime" ? wealthOf(wins, 1) >= 1 / alpha : meanTest(wins, -1) <= alpha;
    if (isProof) return count;
  }
  return Number.POSITIVE_INFINITY;
}

function refuse(problem: string): never {
  throw new TracegradError("bad-option", problem);
}

/** The plan as a run records it. */
export interface AcceptanceSpec extends Omit<AcceptanceRule, "decisionShare" | "range"> {
  readonly range?: readonly [number, number];
  /**
   * The number of examples that may prove a gain on which a candidate must score the highest instead of the lowest
   * score, and no lower on the others, to be proven better; undefined when all of them would not be enough, or none may
   * prove anything.
   */
  readonly provenBy?: number;
  /** The number of validation examples that steer the run, and of those that only decide what ships. */
  readonly steering: number;
  readonly deciding: number;
  readonly isSteered: boolean;
  /** The error probability that a proof may use. */
  readonly alphaUsed: number;
}

/** The plan as plain JSON. */
export function acceptanceSpec(plan: AcceptancePlan): AcceptanceSpec {
  const { rule, steering, deciding, isSteered, alpha } = plan;
  const { ship, test, range } = rule;
  const provenBy = deciding.length === 0 && isSteered ? undefined : smallestProvable(plan);
  return {
    ...(provenBy === undefined ? {} : { provenBy }),
    ...{ ship, test, alpha: rule.alpha, alphaUsed: alpha, isSteered },
    ...(range === undefined ? {} : { range }),
    ...{ steering: steering.length, deciding: deciding.length },
  };
}
