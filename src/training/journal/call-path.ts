/** The names of evaluations: in the journal, and as the path from which an evaluation calls models. */

import { inSegment } from "../../util/external-call.ts";
import type { SplitName } from "../types.ts";

/** Identifies an evaluation in its run. */
export interface EvaluationName {
  /** The id of the candidate. */
  readonly id: string;
  readonly split: SplitName;
  readonly exampleId: string;
  /**
   * Distinguishes evaluations of the same candidate on the same example: `#0`, `#1`, … is the repeat when they score a
   * candidate; `@3/batch 1` is the place in the loop when they are rollouts, and `@3/pass` when they are episodes of the
   * pass that began in round 3.
   */
  readonly suffix: string;
}

/** The suffix of the evaluation that scores a candidate for the given time, from 0. */
export function repeatSuffix(repeat: number): string {
  return `#${repeat}`;
}

/** The key of an evaluation in the journal. */
export function evaluationKey({ id, split, exampleId, suffix }: EvaluationName): string {
  return `${id}/${split}/${exampleId}${suffix}`;
}

/** The evaluation that a key stands for. */
export function parseEvaluationKey(key: string): EvaluationName {
  const [first, second] = [key.indexOf("/"), key.indexOf("/", key.indexOf("/") + 1)];
  const end = Math.max(key.lastIndexOf("#"), key.lastIndexOf("@"));
  const split = key.slice(first + 1, second) as SplitName;
  return { id: key.slice(0, first), split, exampleId: key.slice(second + 1, end), suffix: key.slice(end) };
}

/** The path of the calls that an evaluation makes. */
export function evaluationPath({ id, split, exampleId, suffix }: EvaluationName): string {
  const example = inSegment(exampleId);
  if (suffix.startsWith("#")) return `candidate ${id}/${split}/${example}${suffix}`;
  return `round ${suffix.slice(1)}/run ${id} ${example}`;
}

/**
 * The path of the evaluation in which a call was made, from the path of the call; undefined for other calls, such as
 * those of proposals.
 */
export function evaluationPathOf(path: string): string | undefined {
  const segments = path.split("/", 3);
  const isEvaluation = segments[0]?.startsWith("candidate ") === true || segments[2]?.startsWith("run ") === true;
  return isEvaluation && segments.length === 3 ? segments.join("/") : undefined;
}

/** The round of a rollout; undefined for an evaluation that scores a candidate. */
export function roundOf({ suffix }: EvaluationName): number | undefined {
  return suffix.startsWith("@") ? Number.parseInt(suffix.slice(1), 10) : undefined;
}
