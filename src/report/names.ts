/** What candidates and steps are called in a report, and the anchors that links lead to. */

import { headOf } from "../util/cut.ts";
import { visible } from "./markup.ts";
import type { StepView } from "./run-view.ts";

type StepNumber = Pick<StepView, "step" | "number">;

/** The first letters of a candidate's id: enough to recognize it. */
export function shortId(id: string): string {
  return headOf(visible(id).replace(/\s+/g, " "), 7);
}

/** The anchor of a step: `step-3`, and `step-3-2` for the second proposal of a round. */
export function stepAnchor({ step, number }: StepNumber): string {
  return number === 1 ? `step-${step}` : `step-${step}-${number}`;
}

/** A step in words: `Step 3`; in a search `Round 3`, and `Round 3, proposal 2` for those after the first of a round. */
export function stepTitle({ step, number }: StepNumber, isSearch: boolean): string {
  if (!isSearch) return `Step ${step}`;
  return number === 1 ? `Round ${step}` : `Round ${step}, proposal ${number}`;
}

/** The step that first led to each candidate, by the candidate's id. */
export function firstSteps(steps: readonly StepView[]): ReadonlyMap<string, StepView> {
  const found = new Map<string, StepView>();
  for (const step of steps) {
    const { candidate } = step.record;
    if (candidate !== undefined && !found.has(candidate)) found.set(candidate, step);
  }
  return found;
}
