/**
 * The shipping rules that are compared. Those of tracegrad are the functions of `src/training/acceptance`; what is
 * simulated is the walk that leads to the finalist.
 */

import { mean, standardError } from "../../src/math/statistics.ts";
import { gepa } from "../../src/optimizers/gepa/gepa.ts";
import { pairedDifferences, pValue } from "../../src/training/acceptance/comparison.ts";
import { crossFit } from "../../src/training/acceptance/cross-fit.ts";
import { type AcceptancePlan, acceptancePlan } from "../../src/training/acceptance/plan.ts";
import type { AcceptanceOptions } from "../../src/training/acceptance/rule.ts";
import { split } from "../../src/training/data/split.ts";
import type { Outcome } from "../../src/training/types.ts";
import { TracegradError } from "../../src/util/errors.ts";
import type { Program } from "./worlds.ts";

/** Whether a challenger takes the place of the incumbent, by its scores on the steering examples. */
export type Gate = (challenger: readonly number[], incumbent: readonly number[]) => boolean;

/** A rule, ready for runs with a number of validation examples. */
export interface Rule {
  readonly name: string;
  /** How many examples steer the walk. The rest, `deciding`, is looked at once. */
  readonly steering: number;
  readonly deciding: number;
  /** How the walk moves. */
  readonly gate: Gate;
  /** Rules with the same gate and as many steering examples share their walks. */
  readonly walk: string;
  /** Whether the finalist, which is not the start, ships. `programs` are all that were made, the start first. */
  ships(finalist: Program, candidates: readonly Program[]): boolean;
  /** Whether it takes so long to compute that only a quarter of the runs are made. */
  readonly isSlow?: boolean;
}

/** How a run is set up. */
export interface Setup {
  readonly examples: number;
  /** A search, which validation steers, or so many plain steps, which it does not. */
  readonly run: "search" | { readonly steps: number };
}

/** Makes a rule for a setup; undefined where `train` would refuse it, since it could never prove anything. */
export type RuleMaker = (setup: Setup) => Rule | undefined;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The walk of the searches: a higher sum of scores. */
const strictly: Gate = (challenger, incumbent) => sum(challenger) > sum(incumbent) + 1e-9;

const differencesOf = (one: readonly number[], other: readonly number[]): readonly number[] =>
  one.map((score, at) => score - (other[at] as number));

const outcomesOf = (scores: readonly number[]): readonly Outcome[] =>
  scores.map((score, at) => ({ exampleId: String(at), score, feedback: "", failure: undefined }));

/** A rule of tracegrad, by its options. */
export function ours(name: string, acceptance: AcceptanceOptions): RuleMaker {
  return (setup) => {
    const plan = planOf(acceptance, setup);
    if (plan === undefined) return undefined;
    const steering = plan.steering.length;
    const isCrossFitted = plan.rule.ship === "likely" && plan.deciding.length === 0;
    return {
      ...{ name, steering, deciding: plan.deciding.length, gate: strictly, walk: `strict ${steering}` },
      isSlow: isCrossFitted || plan.rule.test === "symmetric",
      ships: (finalist, candidates) => shipsBy(plan, finalist, candidates),
    };
  };
}

/** The plan of a real run, or undefined where `train` refuses the options. */
function planOf(acceptance: AcceptanceOptions, { examples, run }: Setup): AcceptancePlan | undefined {
  const rows = Array.from({ length: examples + 1 }, (_, input) => ({ input, target: 0 }));
  const data = split(rows, { train: 1, validation: examples });
  const kind = run === "search" ? { search: gepa() } : { budget: { steps: run.steps } };
  try {
    return acceptancePlan({ acceptance, data, ...kind });
  } catch (error) {
    if (error instanceof TracegradError && error.code === "bad-option") return undefined;
    throw error;
  }
}

function shipsBy({ rule, alpha, ...plan }: AcceptancePlan, finalist: Program, candidates: readonly Program[]): boolean {
  if (rule.ship === "best") return true;
  const start = candidates[0] as Program;
  const isApart = plan.deciding.length > 0;
  const seen = ({ scores }: Program) => outcomesOf(isApart ? scores.slice(plan.steering.length) : scores);
  if (rule.ship === "likely" && !isApart) return (crossFit(candidates.map(seen))?.gain ?? 1) > 0;
  const differences = pairedDifferences(seen(finalist), seen(start));
  return rule.ship === "likely" ? sum(differences) > 0 : pValue(differences, 1, rule.test) <= alpha;
}

/** A rule of others, which uses all examples to steer. */
function whole(
  name: string,
  gate: Gate,
  walk: string,
  ships: (given: { finalist: Program; candidates: readonly Program[] }) => boolean,
  isSlow = false,
): RuleMaker {
  return ({ examples }) => ({
    ...{ name, steering: examples, deciding: 0, gate, walk, isSlow },
    ships: (finalist, candidates) => ships({ finalist, candidates }),
  });
}

/** Nothing but the start ships. */
export const never = whole("never", strictly, "never", () => false);

/**
 * The finalist is tested at alpha / K on the examples that chose it, K candidates: right only where they steered
 * nothing.
 */
export const oneLook: RuleMaker = ({ examples }) =>
  whole("one look at alpha/K", strictly, `strict ${examples}`, ({ finalist, candidates }) => {
    const differences = differencesOf(finalist.scores, (candidates[0] as Program).scores);
    return pValue(differences, 1, "mean") <= 0.05 / (candidates.length - 1);
  })({ examples, run: "search" });

/** The finalist is tested at alpha, by permutation, on the examples that chose it. */
export const permutation: RuleMaker = ({ examples }) =>
  whole(
    "permutation test at alpha",
    strictly,
    `strict ${examples}`,
    ({ finalist, candidates }) =>
      pValue(differencesOf(finalist.scores, (candidates[0] as Program).scores), 1, "symmetric") <= 0.05,
    true,
  )({ examples, run: "search" });

/**
 * PACE (Shawn, "PACE: Anytime-Valid Acceptance Tests for Self-Evolving Agents", arXiv 2606.08106): each candidate is
 * compared to the incumbent on the same examples, and commits when an e-process reaches 1 / alpha: a guarantee for a
 * decision, not for a run. The bets are those of `anytime`.
 */
export const pace = whole(
  "PACE, alpha a decision",
  (challenger, incumbent) => pValue(differencesOf(challenger, incumbent), 1, "anytime") <= 0.05,
  "pace",
  () => true,
);

/**
 * A candidate takes the place of the incumbent when its mean is higher by more than one standard error of the
 * difference.
 */
export const standardErrors = whole(
  "k·SE, k = 1",
  (challenger, incumbent) => {
    const differences = differencesOf(challenger, incumbent);
    return mean(differences) > standardError(differences);
  },
  "k·SE",
  () => true,
);
