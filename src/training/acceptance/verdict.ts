/** What a run has shown about its finalist: proven better than the baseline, not proven, no difference, or worse. */

import type { Progress } from "../events.ts";
import { chooseBest } from "../loop/choose-best.ts";
import type { Selection } from "../options.ts";
import type { Outcome, ScoredCandidate } from "../types.ts";
import { type Comparison, compare } from "./comparison.ts";
import { type CrossFit, crossFit } from "./cross-fit.ts";
import { type AcceptanceSpec, alphaOfLook } from "./plan.ts";
import type { Certainty } from "./rule.ts";

/** The conclusion of a comparison with the baseline. */
export type Finding = "proven better" | "better but not proven" | "no difference" | "worse";

/** What some examples show about a candidate, compared with the baseline. */
export interface Evidence {
  readonly finding: Finding;
  /** Undefined when the candidate is the baseline, or no example was judged for both. */
  readonly comparison: Comparison | undefined;
  /**
   * The largest p-value that is a proof; undefined when these examples can prove nothing, because they steered the run.
   */
  readonly alpha: number | undefined;
}

/** What a run concludes. */
export interface Verdict {
  /** How sure the run had to be for the finalist to ship. */
  readonly ship: Certainty;
  /** The id of the finalist: the best candidate by the run's selection. */
  readonly finalist: string;
  /**
   * The id of the candidate that ships, and the step that made it: the finalist, a candidate that an earlier end of the
   * run accepted, or the baseline.
   */
  readonly shipped: string;
  readonly shippedStep: number;
  /** Whether the run has decided about the finalist; false when it ended before. */
  readonly isDecided: boolean;
  /** What `approve` said of the finalist; absent where it was not asked. */
  readonly approved?: boolean;
  /** The number of candidates with a validation score, including the baseline. */
  readonly candidates: number;
  /**
   * The finalist on the validation examples: on those that only decide, if there are any, else on those that selected
   * it.
   */
  readonly validation: Evidence;
  /** The candidate that ships, on the sealed test data; undefined when they were not read. */
  readonly test: Evidence | undefined;
  /** Whether the examples of `validation` had no part in selecting. */
  readonly isIndependent: boolean;
  /**
   * The finalist's mean validation score. If validation scores selected it, `corrected` is the score on examples that
   * did not.
   */
  readonly score: number | undefined;
  readonly corrected: number | undefined;
}

/** How a run uses its validation examples, as its spec records it. */
export interface RecordedPlan {
  readonly acceptance: AcceptanceSpec;
  readonly selection: Selection;
}

/** The plan in the spec of a run; undefined when the spec has none, or an older one. */
export function recordedPlan(spec: unknown): RecordedPlan | undefined {
  const { acceptance, selection } = (spec ?? {}) as { readonly acceptance?: unknown; readonly selection?: unknown };
  const { ship, steering, deciding } = (acceptance ?? {}) as Partial<AcceptanceSpec>;
  const isPlan = typeof ship === "string" && typeof steering === "number" && typeof deciding === "number";
  return isPlan && typeof selection === "string" ? (spec as RecordedPlan) : undefined;
}

/**
 * The verdict on a run, from its progress. Undefined before its end, when it scored no candidate, and for a run whose
 * spec has no plan.
 */
export function verdictOf(progress: Progress): Verdict | undefined {
  const plan = recordedPlan(progress.spec);
  const { candidates, best } = progress;
  const [baseline, shipped] = [candidates[0], candidates[best]];
  const isOver = progress.ended !== undefined && progress.state !== undefined;
  if (!isOver || plan === undefined || baseline === undefined || shipped === undefined) return undefined;
  const finalist = candidates[chooseBest(progress, plan.selection)] as ScoredCandidate;
  const isDecided = finalist.id === baseline.id || progress.decisions.at(-1)?.finalist === finalist.id;
  const approved = isDecided ? progress.decisions.at(-1)?.approved : undefined;
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
      ...(approved === undefined ? {} : { approved }),
    },
    candidates: validationOutcomes(candidates).length,
    validation: onValidation(progress, plan, { finalist, baseline, isIndependent, isDecided, estimate }),
    test: baseline.test && shipped.test && onTest(shipped, baseline, plan.acceptance),
    score: finalist.validation?.mean,
    corrected: isIndependent ? finalist.decision?.mean : estimate?.score,
  };
}

/** What the finalist scores on examples that did not select it; undefined when validation scores selected nothing. */
function estimateOf(
  { candidates }: Progress,
  { selection }: RecordedPlan,
  { id }: ScoredCandidate,
): CrossFit | undefined {
  return selection === "bestValidation" && id !== candidates[0]?.id
    ? crossFit(validationOutcomes(candidates))
    : undefined;
}

interface Pair extends Pick<Verdict, "isIndependent" | "isDecided"> {
  readonly finalist: ScoredCandidate;
  readonly baseline: ScoredCandidate;
  readonly estimate: CrossFit | undefined;
}

function onValidation({ decisions }: Progress, { acceptance }: RecordedPlan, pair: Pair): Evidence {
  const { finalist, baseline, isIndependent, isDecided, estimate } = pair;
  const on = isIndependent ? "decision" : "validation";
  // Scores that influenced which candidates were made cannot prove any of them.
  const canProve = isIndependent || (acceptance.deciding === 0 && !acceptance.isSteered);
  const alpha = canProve && isDecided ? alphaOfLook(acceptance.alphaUsed, Math.max(1, decisions.length)) : undefined;
  const isCut = isIndependent && (finalist.decision?.outcomes.length ?? 0) < acceptance.deciding;
  const comparison = compareOn(on, finalist, baseline, { ...acceptance, isCut });
  const gain = isIndependent || estimate === undefined ? comparison?.difference : estimate.gain;
  return { finding: findingOf(comparison, alpha, gain), comparison, alpha };
}

function onTest(shipped: ScoredCandidate, baseline: ScoredCandidate, acceptance: AcceptanceSpec): Evidence {
  const comparison = compareOn("test", shipped, baseline, acceptance);
  const { alpha } = acceptance;
  return { finding: findingOf(comparison, alpha, comparison?.difference), comparison, alpha };
}

function compareOn(
  on: "decision" | "validation" | "test",
  candidate: ScoredCandidate,
  baseline: ScoredCandidate,
  { test, range, isCut = false }: Pick<AcceptanceSpec, "test" | "range"> & { readonly isCut?: boolean },
): Comparison | undefined {
  const [one, other] = [candidate[on], baseline[on]];
  if (candidate.id === baseline.id || one === undefined || other === undefined) return undefined;
  return compare(one.outcomes, other.outcomes, { test, range, isCut });
}

/** `gain` is the best estimate of the gain on new examples. */
function findingOf(comparison: Comparison | undefined, alpha: number | undefined, gain: number | undefined): Finding {
  if (comparison === undefined) return "no difference";
  if (alpha !== undefined && comparison.p <= alpha) return "proven better";
  if (alpha !== undefined && comparison.pWorse <= alpha) return "worse";
  return (gain ?? 0) > 0 ? "better but not proven" : "no difference";
}

/** The validation outcomes of the candidates that have a score, the baseline's first. */
export function validationOutcomes(candidates: readonly ScoredCandidate[]): readonly (readonly Outcome[])[] {
  return candidates.flatMap(({ validation }) => (validation === undefined ? [] : [validation.outcomes]));
}
