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
  /** The examples that choose among candidates, in the order of the data. */
  readonly steering: readonly Example[];
  /** The examples that only decide whether the finalist ships, in the order in which they are judged. */
  readonly deciding: readonly Example[];
  /** Whether scores on the steering examples decide which candidates are made, so that they can prove nothing. */
  readonly isSteered: boolean;
  /** The chance of error that a proof may use: alpha, or its part for each of the candidates that may be looked at. */
  readonly alpha: number;
}

/** What of the options the plan hangs on. */
type Options = Pick<TrainOptions, "acceptance" | "search" | "budget" | "data" | "seed" | SteeringOption>;
type SteeringOption = "rollback" | "selection" | "environment" | "countFailedSteps";

/** The plan of a run. Throws TracegradError `bad-option` for an acceptance that could never ship anything. */
export function acceptancePlan(options: Options): AcceptancePlan {
  const { data, seed = 0 } = options;
  const rule = ruleOf(options);
  const isSteered = steers(options);
  const share = rule.decisionShare ?? (rule.ship === "proven" && isSteered ? 0.5 : 0);
  const count = Math.floor(data.validation.length * share);
  // What a program was trained on proves nothing of it.
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

/**
 * Where there are no examples but those that were learned from, no gain on others can be estimated: by default the best
 * ships.
 */
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
 * Whether validation scores, or the validation examples themselves, have a part in how candidates are made, or there is
 * no limit to how many are made.
 */
function steers(options: Options): boolean {
  const { search, rollback = {}, selection, environment, countFailedSteps = true, data } = options;
  const trained = new Set(data.train.map(({ id }) => id));
  // The program to go back to is the best by the score that selects.
  const goesBack = selection !== "bestTrain" && (rollback.below !== undefined || rollback.onFailure === true);
  // Feedback on an episode is given the validation score of the program.
  const isTold = environment?.feedback !== undefined;
  const isMade = search !== undefined || goesBack || isTold || !countFailedSteps;
  return isMade || data.validation.some(({ id }) => trained.has(id));
}

function requireProvable(plan: AcceptancePlan): void {
  const { rule, steering, deciding, isSteered } = plan;
  if (deciding.length === 0 && isSteered) {
    refuse(
      '`acceptance: "proven"` needs examples that steer nothing, and there are none to decide. Give a larger `validation` that ' +
        "shares no example with `train`, or a larger `acceptance.decisionShare`.",
    );
  }
  if (smallestProvable(plan) !== undefined) return;
  const count = deciding.length > 0 ? deciding.length : steering.length;
  const share = deciding.length > 0 ? (rule.decisionShare ?? 0.5) : 1;
  const needed = Math.ceil(winsForProof(plan) / share);
  refuse(
    `Even a candidate that wins all ${count} validation examples that decide could not be proven better at alpha ` +
      `${Number(plan.alpha.toPrecision(2))}${rule.test === "anytime" ? ' by the test "anytime"' : ""}. Give ` +
      `${Number.isFinite(needed) ? `${needed} validation examples or more` : "a larger alpha"}, or accept what is "likely".`,
  );
}

/**
 * The part of alpha for one of several decisions of a run: one that goes on after its end, with a larger budget, looks
 * at the same examples again. The second has a quarter, the third a ninth.
 */
export function alphaOfLook(alpha: number, look: number): number {
  return alpha / look ** 2;
}

/**
 * How many examples a candidate must at least win by 1, without a loss, to be proven better; undefined when there are
 * fewer.
 */
function smallestProvable(plan: AcceptancePlan): number | undefined {
  const { steering, deciding } = plan;
  const wins = winsForProof(plan);
  return wins <= (deciding.length > 0 ? deciding.length : steering.length) ? wins : undefined;
}

/** Above so many wins no user is helped by their number: alpha is next to nothing. */
const mostWins = 200;

function winsForProof({ rule, alpha }: AcceptancePlan): number {
  for (let count = 1; count <= mostWins; count++) {
    const wins = Array.from({ length: count }, () => 1);
    const isProof = rule.test === "anytime" ? wealthOf(wins, 1) >= 1 / alpha : meanTest(wins, -1) <= alpha;
    if (isProof) return count;
  }
  return Number.POSITIVE_INFINITY;
}

function refuse(problem: string): never {
  throw new TracegradError("bad-option", problem);
}

/** The plan as the record of a run keeps it. */
export interface AcceptanceSpec extends Omit<AcceptanceRule, "decisionShare" | "range"> {
  readonly range?: readonly [number, number];
  /**
   * On how many of the examples that may prove a gain a candidate must at least score the highest instead of the lowest
   * score, and no lower on the others, to be proven better; undefined when all of them would not do, or none may prove
   * anything.
   */
  readonly provenBy?: number;
  /** How many validation examples steer the run, and how many only decide what ships. */
  readonly steering: number;
  readonly deciding: number;
  readonly isSteered: boolean;
  /** The chance of error that a proof may use. */
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
