/** A run of the example as a row of a table. */

import type { TrainResult } from "tracegrad";

/** The columns of {@link rowOf}. */
export const columns = ["optimizer", "calls", "programs", "validation", "sealed test"] as const;

/** What a run asked, tried, and gained: scores at the start and of what was shipped. */
export function rowOf(
  name: string,
  { baseline, best, candidates, spent, test }: TrainResult,
): readonly (string | number)[] {
  const gain = (before: number | undefined, after: number | undefined) => `${shown(before)} → ${shown(after)}`;
  return [
    name,
    spent.llmCalls,
    candidates.length,
    gain(baseline.validation?.mean, best.validation?.mean),
    gain(test?.baseline.mean, test?.best.mean),
  ];
}

function shown(mean: number | undefined): string {
  return mean === undefined ? "–" : mean.toFixed(2);
}
