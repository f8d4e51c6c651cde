/** When a program takes the place of another: rules that read the paired scores of both. */

import type { Json } from "../util/decode.ts";
import { TracegradError } from "../util/errors.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { requirePositive } from "../util/require.ts";
import { sumBeyond } from "../util/statistics.ts";
import { decide, mostEvidence } from "./pure/sequential-test.ts";

/** What a rule says of the pairs so far. */
export type Verdict = "accept" | "reject" | "undecided";

/** What a rule is told beside the pairs. */
export interface Evidence {
  /** How many pairs could still be had. */
  readonly remaining: number;
  /** Which decision of the run this is, from 1: rules that promise something of a whole run grow stricter with it. */
  readonly decision: number;
  /** The most that rounding of the scores may have added to the sum of the differences. Default: 0. */
  readonly rounding?: number;
}

/** A rule by which a challenger takes the place of the incumbent. */
export interface Acceptance {
  readonly name: string;
  readonly settings: Json;
  /** How many pairs are judged before each question. Infinity: all at once. */
  readonly chunk: number;
  /** How often each example may be judged for one decision; more than once only tells something under noise. */
  readonly visits: number;
  /** Reads differences challenger − incumbent, one a pair, in the order in which they were judged. */
  decide(differences: readonly number[], evidence: Evidence): Verdict;
  /** Says why it could never accept on `pairs` pairs; undefined when it could. */
  hopeless?(pairs: number): string | undefined;
}

/** Takes a challenger whose scores add up to more than the incumbent's. Under noise it takes an equal one about half the time. */
export function strict(): Acceptance {
  return bySum("strict", (sum) => sum > 0);
}

/** Takes a challenger whose scores add up to no less than the incumbent's: drifts over plateaus, and under noise anywhere. */
export function greaterOrEqual(): Acceptance {
  return bySum("greaterOrEqual", (sum) => sum >= 0);
}

function bySum(name: string, takes: (sum: number) => boolean): Acceptance {
  return {
    name,
    settings: {},
    chunk: Number.POSITIVE_INFINITY,
    visits: 1,
    decide: (differences, { rounding = 0 }) => (takes(sumBeyond(differences, rounding)) ? "accept" : "reject"),
  };
}

/** Options of {@link pairedTest}. */
export interface PairedTestOptions {
  /** The most that the chance to take a challenger that is no better may be, over a whole run. Default: 0.05. */
  readonly alpha?: number;
  /**
   * What `alpha` is promised for. Default: `run`, so that a run with many challengers errs no more often than one with a single
   * one: decision k has alpha / (k (k + 1)). `decision` gives each decision all of it.
   */
  readonly per?: "run" | "decision";
  /** How many pairs are judged before each look. Default: 8. */
  readonly chunk?: number;
  /**
   * How often each example may be judged for a decision. Default: 1. More is worth its price when the metric is noisy; it tells
   * more of the programs on these examples, not of other examples. A second look that shows nothing new ends the test.
   */
  readonly visits?: number;
}

const names: NamesOf<PairedTestOptions> = { alpha: true, per: true, chunk: true, visits: true };

/**
 * Takes a challenger only when paired scores prove it better, looking after every few pairs and stopping as soon as the answer
 * is clear. Two programs that are equally good differ with either sign equally often, whatever the size; against that bet an
 * e-process is kept, which may be looked at any time (self-normalised, de la Peña 1999; testing by betting, Waudby-Smith and
 * Ramdas 2024). The default of searches, because a plain comparison of a minibatch takes an equal program a third of the time.
 *
 * @throws TracegradError `bad-option`.
 */
export function pairedTest(options: PairedTestOptions = {}): Acceptance {
  requireKnown("pairedTest", options, names);
  const { alpha = 0.05, per = "run", chunk = 8, visits = 1 } = options;
  if (!(alpha > 0 && alpha < 1)) {
    throw new TracegradError("bad-option", `alpha is a chance between 0 and 1; got ${String(alpha)}.`);
  }
  if (per !== "run" && per !== "decision") {
    throw new TracegradError("bad-option", `per is "run" or "decision"; got ${String(per)}.`);
  }
  requirePositive("chunk", chunk);
  requirePositive("visits", visits);
  const share = (decision: number) => (per === "run" ? alpha / (decision * (decision + 1)) : alpha);
  return {
    name: "pairedTest",
    settings: { alpha, per, chunk, visits },
    chunk,
    visits,
    decide: (differences, { remaining, decision }) => decide(differences, { alpha: share(decision), remaining }),
    hopeless: (pairs) =>
      mostEvidence(pairs * visits) >= 1 / share(1)
        ? undefined
        : `Even a program that wins all ${pairs * visits} paired validation runs could not be proved better at alpha ${share(1)}. ` +
          "Give more validation examples, more `visits`, a larger `alpha`, or another acceptance, such as strict().",
  };
}
