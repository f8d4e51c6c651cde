/** The acceptance rule of a run: how sure the run must be of a gain before the finalist ships. */

import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";

/**
 * How sure a run must be that its finalist is better than the baseline before it ships:
 * - `proven`: a test refutes that it is no better, on validation examples that did not steer the run. The decision at
 *   the end of a run ships a candidate that is no better with a probability of at most `alpha`, however many candidates
 *   there were.
 * - `likely`: its gain, estimated on validation examples that did not select it, is positive. More gains ship, but also
 *   more candidates that are no better, or worse: `docs/optimizers.md` has the tables.
 * - `best`: the candidate with the highest score ships, as in GEPA, DSPy and the Trace library.
 */
export type Certainty = "proven" | "likely" | "best";

/** The test that must refute that a candidate is no better than the baseline. */
export type AcceptanceTest = "mean" | "symmetric" | "anytime";

/** Options of `acceptance`. */
export interface AcceptanceOptions {
  /** How sure the run must be. Default: `likely`; `best` when all validation examples are training examples too. */
  readonly ship?: Certainty;
  /**
   * The maximum probability that the decision at the end of a run ships a candidate as proven that is no better. A run
   * that continues with a larger budget decides again, at a quarter of it, then at a ninth: 1.65 times as much in
   * total. Default: 0.05.
   */
  readonly alpha?: number;
  /**
   * The test. Default: `mean`, which assumes nothing but the range of the scores. `symmetric`, the sign-flip test,
   * proves graded scores with fewer examples. It assumes that the differences of two equal candidates have either sign
   * equally often, so many small gains with a rare large loss may pass. `anytime` may stop after any example, so that a
   * clear case costs fewer evaluations, but needs more examples when the case is not clear. With scores of 0 and 1 all
   * three are valid for the mean.
   */
  readonly test?: AcceptanceTest;
  /**
   * The share of the validation examples that steer nothing and are used only once, for the decision. Default: 0.5 for
   * `proven` when validation scores influence which candidates are made (in a search, with `rollback`, or with an
   * environment whose `feedback` receives them), and when `countFailedSteps: false` leaves the number of candidates
   * open; otherwise 0.
   */
  readonly decisionShare?: number;
  /**
   * The lowest and the highest score that the guide can give. Default: 0 and 1, or the scores seen where that is wider.
   */
  readonly range?: readonly [number, number];
}

const names: NamesOf<AcceptanceOptions> = { ship: true, alpha: true, test: true, decisionShare: true, range: true };

/** The options with their defaults. */
export interface AcceptanceRule {
  readonly ship: Certainty;
  readonly alpha: number;
  readonly test: AcceptanceTest;
  /** Undefined when it depends on the run. */
  readonly decisionShare: number | undefined;
  readonly range: readonly [number, number] | undefined;
}

/** Checks the option. Throws TracegradError `bad-option`. */
export function acceptanceRule(given: Certainty | AcceptanceOptions = {}): AcceptanceRule {
  const options = typeof given === "string" ? { ship: given } : given;
  if (typeof options !== "object" || options === null) refuse("`acceptance`", "a certainty or an object", given);
  requireKnown("`acceptance` of train", options, names);
  const { ship = "likely", alpha = 0.05, test = "mean", decisionShare, range } = options;
  if (!["proven", "likely", "best"].includes(ship)) refuse("`acceptance`", '"proven", "likely" or "best"', ship);
  if (!["mean", "symmetric", "anytime"].includes(test)) {
    refuse("`acceptance.test`", '"mean", "symmetric" or "anytime"', test);
  }
  if (!(alpha > 0 && alpha < 1)) refuse("`acceptance.alpha`", "a probability between 0 and 1", alpha);
  if (decisionShare !== undefined && !(decisionShare >= 0 && decisionShare < 1)) {
    refuse("`acceptance.decisionShare`", "a share from 0 to below 1", decisionShare);
  }
  if (range !== undefined && !(Array.isArray(range) && range.length === 2 && range[0] < range[1])) {
    refuse("`acceptance.range`", "the lowest and the highest score, such as [0, 1]", range);
  }
  return { ship, alpha, test, decisionShare, range };
}

function refuse(name: string, wanted: string, got: unknown): never {
  throw new TracegradError("bad-option", `${name} is ${wanted}; got ${preview(got)}.`);
}
