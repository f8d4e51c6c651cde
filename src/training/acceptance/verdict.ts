/** What a run has shown of its best candidate: proven better than the start, not proven, no difference, or worse. */

import type { Progress } from "../progress.ts";
import type { Candidate, Outcome } from "../types.ts";
import { type Comparison, compare } from "./comparison.ts";
import { crossFit } from "./cross-fit.ts";
import { type AcceptanceSpec, alphaOfLook } from "./plan.ts";

/** What a comparison with the start has shown. */
export type Finding = "proven better" | "best but not proven" | "no difference" | "worse";

/** What some examples say of a candidate against the start. */
export interface Judged {
  readonly finding: Finding;
  /** Undefined when the candidate is the start, or no example was judged for both. */
  readonly comparison: Comparison | undefined;
}

/** What a run ends with. */
export interface Verdict {
  /** The id of the best candidate by validation: the one that the decision was about. */
  readonly finalist: string;
  /** The id of what ships: the finalist, or the start. */
  readonly shipped: string;
  /** The finalist on the validation examples: on those that only decide where there are such, else on those that chose it. */
  readonly validation: Judged;
  /** What ships on the sealed test data; undefined when they were not read. */
  readonly test: Judged | undefined;
  /** Whether the validation examples of `validation` had no part in choosing. */
  readonly isIndependent: boolean;
  /** The finalist's mean validation score as it was chosen by, and corrected for having been chosen. */
  readonly score: number | undefined;
  readonly corrected: number | undefined;
}

/** The verdict on a run, from its progress and the acceptance that its spec names. */
export function verdictOf(progress: Progress, acceptance: AcceptanceSpec): Verdict | undefined {
  const { candidates, best, decision, decisions } = progress;
  const start = candidates[0];
  const shipped = candidates[best];
  if (start === undefined || shipped === undefined) return undefined;
  const finalist = candidates.find(({ id }) => id === decision?.challenger) ?? shipped;
  const isIndependent = acceptance.deciding > 0 && finalist.decision !== undefined;
  return {
    finalist: finalist.id,
    shipped: shipped.id,
    validation: judge(finalist, start, isIndependent ? "decision" : "validation", {
      ...acceptance,
      alphaUsed: alphaOfLook(acceptance.alphaUsed, Math.max(1, decisions)),
    }),
    test: start.test === undefined ? undefined : judge(shipped, start, "test", acceptance),
    isIndependent,
    score: finalist.validation?.mean,
    corrected: isIndependent ? finalist.decision?.mean : crossFit(scored(candidates))?.score,
  };
}

function judge(
  candidate: Candidate,
  start: Candidate,
  on: "decision" | "validation" | "test",
  acceptance: AcceptanceSpec,
): Judged {
  const [one, other] = [candidate[on], start[on]];
  const rule = { test: acceptance.test, range: acceptance.range };
  const isSame = candidate.id === start.id || one === undefined || other === undefined;
  const comparison = isSame ? undefined : compare(one.outcomes, other.outcomes, rule);
  return { finding: findingOf(comparison, on, acceptance), comparison };
}

function findingOf(comparison: Comparison | undefined, on: string, acceptance: AcceptanceSpec): Finding {
  if (comparison === undefined) return "no difference";
  // Scores that decided which candidates were made are no proof of any of them.
  const canProve = on !== "validation" || !acceptance.isSteered;
  const alpha = on === "test" ? acceptance.alpha : acceptance.alphaUsed;
  if (canProve && comparison.p <= alpha) return "proven better";
  if (canProve && comparison.pWorse <= alpha) return "worse";
  return comparison.difference > 0 ? "best but not proven" : "no difference";
}

/** The validation outcomes of the candidates that were scored, the start's first. */
export function scored(candidates: readonly Candidate[]): readonly (readonly Outcome[])[] {
  return candidates.flatMap(({ validation }) => (validation === undefined ? [] : [validation.outcomes]));
}
