/** What programs and steps are called in a report, and the places that links lead to. */

import { visible } from "./markup.ts";
import { headOf } from "./parts/text.ts";
import type { RunView, StepView } from "./run-view.ts";

/** The first letters of a program's id, which tell programs apart at a glance. */
export function shortId(id: string): string {
  return headOf(visible(id).replace(/\s+/g, " "), 7);
}

/** The anchor of a step: `step-3`, and `step-3-2` for the second proposal of a round. */
export function stepAnchor({ step, place }: Pick<StepView, "step" | "place">): string {
  return place === 1 ? `step-${step}` : `step-${step}-${place}`;
}

/** A step in words: `Step 3`; in a search `Round 3`, and `Round 3, proposal 2` for those after the first of a round. */
export function stepTitle({ step, place }: Pick<StepView, "step" | "place">, isSearch: boolean): string {
  if (!isSearch) return `Step ${step}`;
  return place === 1 ? `Round ${step}` : `Round ${step}, proposal ${place}`;
}

/** Whether the run was a search. */
export function isSearch({ candidates }: RunView): boolean {
  return candidates.length > 0;
}

/** The step that first led to each program, by the program's id. */
export function makersOf(steps: readonly StepView[]): ReadonlyMap<string, StepView> {
  const makers = new Map<string, StepView>();
  for (const step of steps) {
    const { candidate } = step.record;
    if (candidate !== undefined && !makers.has(candidate)) makers.set(candidate, step);
  }
  return makers;
}
