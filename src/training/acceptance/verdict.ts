/** What a run has shown of its best candidate: proven better than the start, not proven, no difference, or worse. */

import type { Progress } from "../events.ts";
import { chooseBest } from "../loop/choose-best.ts";
import type { Selection } from "../options.ts";
import type { Outcome, ScoredCandidate } from "../types.ts";
import { type Comparison, compare } from "./comparison.ts";
import { type CrossFit, crossFit } from "./cross-fit.ts";
import { type AcceptanceSpec, alphaOfLook } from "./plan.ts";
import type { Certainty } from "./rule.ts";

/** What a comparison with the start has shown. */
export type Finding = "proven better" | "best but not proven" | "no difference" | "worse";

/** What some examples say of a candidate against the start. */
export interface Evidence {
  readonly finding: Finding;
  /** Undefined when the candidate is the start, or no example was judged for both. */
  readonly comparison: Comparison | undefined;
  /**
   * The largest p-value that is a proof; undefined where these examples can prove nothing, since they steered the run.
   */
  readonly alpha: number | undefined;
}

/** What a run ends with. */
export interface Verdict {
  /** How sure one had to be for the finalist to ship. */
  readonly ship: Certainty;
  /** The id of the candidate that was to ship in place of the start: the best one by the run's selection. */
  readonly finalist: string;
  /**
   * The id of what ships: the finalist, what an earlier end of the run accepted, or the start; and the step that made
   * it.
   */
  readonly shipped: string;
  readonly shippedStep: number;
  /** Whether the run has decided about the finalist; false when it ended before. */
  readonly isDecided: boolean;
  /** How many programs have a validation score, the start among them. */
  readonly candidates: number;
  /**
   * The finalist on the validation examples: on those that only decide where there are such, else on those that chose
   * it.
   */
  readonly validation: Evidence;
  /** What ships on the sealed test data; undefined when they were not read. */
  readonly test: Evidence | undefined;
  /** Whether the validation examples of `validation` had no part in choosing. */
  readonly isIndependent: boolean;
  /**
   * The finalist's mean validation score. Where validation scores chose it, also corrected for that, by examples that
   * did not.
   */
  readonly score: number | undefined;
  readonly corrected: number | undefined;
}

/** How a run uses its validation examples, as its spec keeps it. */
export interface RecordedPlan {
  readonly acceptance: AcceptanceSpec;
  readonly selection: Selection;
}

/** The plan that the spec of a run names; undefined where that names none of today's shape. */
export function recordedPlan(spec: unknown): RecordedPlan | undefined {
  const { acceptance, selection } = (spec ?? {}) as { readonly acceptance?: unknown; readonly selection?: unknown };
  const { ship, steering, deciding } = (acceptance ?? {}) as Partial<AcceptanceSpec>;
  const isPlan = typeof ship === "string" && typeof steering === "number" && typeof deciding === "number";
  return isPlan && typeof selection === "string" ? (spec as RecordedPlan) : undefined;
}

/**
 * The verdict on a run, from its progress. Undefined before its end, when it scored no program, and for a run whose
 * spec names no plan.
 */
export function verdictOf(progress: Progress): Verdict | undefined {
  const plan = recordedPlan(progress.spec);
  const { candidates, best } = progress;
  const [start, shipped] = [candidates[0], candidates[best]];
  const isOver = progress.ended !== undefined && progress.state !== undefined;
  if (!isOver || plan === undefined || start === undefined || shipped === undefined) return undefined;
  const finalist = candidates[chooseBest(progress, plan.selection)] as ScoredCandidate;
  const isDecided = finalist.id === start.id || progress.decisions.at(-1)?.finalist === finalist.id;
  const isIndependent = isDecided && plan.acceptance.deciding > 0 && finalist.decision !== undefined;
  const estimate = estimateOf(progress, plan, finalist);
  return {
    ...{
      ship: plan.acceptance.ship,
      finalist: finalist.id,
      shipped: shipped.id,
      shippedStep: shipped.step,
      isDecided,
      isIndependent,
    },
    candidates: scored(candidates).length,
    validation: onValidation(progress, plan, { finalist, start, isIndependent, isDecided, estimate }),
    test: start.test && shipped.test && onTest(shipped, start, plan.acceptance),
    score: finalist.validation?.mean,
    corrected: isIndependent ? finalist.decision?.mean : estimate?.score,
  };
}

/** What the finalist scores on examples that did not choose it; undefined where validation scores chose nothing. */
function estimateOf(
  { candidates }: Progress,
  { selection }: RecordedPlan,
  { id }: ScoredCandidate,
): CrossFit | undefined {
  return selection === "bestValidation" && id !== candidates[0]?.id ? crossFit(scored(candidates)) : undefined;
}

interface Pair extends Pick<Verdict, "isIndependent" | "isDecided"> {
  readonly finalist: ScoredCandidate;
  readonly start: ScoredCandidate;
  readonly estimate: CrossFit | undefined;
}

function onValidation({ decisions }: Progress, { acceptance }: RecordedPlan, pair: Pair): Evidence {
  const { finalist, start, isIndependent, isDecided, estimate } = pair;
  const on = isIndependent ? "decision" : "validation";
  // Scores that decided which candidates were made are no proof of any of them.
  const canProve = isIndependent || (acceptance.deciding === 0 && !acceptance.isSteered);
  const alpha = canProve && isDecided ? alphaOfLook(acceptance.alphaUsed, Math.max(1, decisions.length)) : undefined;
  const isCut = isIndependent && (finalist.decision?.outcomes.length ?? 0) < acceptance.deciding;
  const comparison = compareOn(on, finalist, start, { ...acceptance, isCut });
  const gain = isIndependent || estimate === undefined ? comparison?.difference : estimate.gain;
  return { finding: findingOf(comparison, alpha, gain), comparison, alpha };
}

function onTest(shipped: ScoredCandidate, start: ScoredCandidate, acceptance: AcceptanceSpec): Evidence {
  const comparison = compareOn("test", shipped, start, acceptance);
  const { alpha } = acceptance;
  return { finding: findingOf(comparison, alpha, comparison?.difference), comparison, alpha };
}

function compareOn(
  on: "decision" | "validation" | "test",
  candidate: ScoredCandidate,
  start: ScoredCandidate,
  { test, range, isCut = false }: Pick<AcceptanceSpec, "test" | "range"> & { readonly isCut?: boolean },
): Comparison | undefined {
  const [one, other] = [candidate[on], start[on]];
  if (candidate.id === start.id || one === undefined || other === undefined) return undefined;
  return compare(one.outcomes, other.outcomes, { test, range, isCut });
}

/** `gain` is the best estimate of the gain on new examples. */
function findingOf(comparison: Comparison | undefined, alpha: number | undefined, gain: number | undefined): Finding {
  if (comparison === undefined) return "no difference";
  if (alpha !== undefined && comparison.p <= alpha) return "proven better";
  if (alpha !== undefined && comparison.pWorse <= alpha) return "worse";
  return (gain ?? 0) > 0 ? "best but not proven" : "no difference";
}

/** The validation outcomes of the candidates that were scored, the start's first. */
export function scored(candidates: readonly ScoredCandidate[]): readonly (readonly Outcome[])[] {
  return candidates.flatMap(({ validation }) => (validation === undefined ? [] : [validation.outcomes]));
}
