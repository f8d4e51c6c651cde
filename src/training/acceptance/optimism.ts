/** How much too high the best of many scores is expected to be when the same examples score and select. */

import { probit } from "simple-statistics";
import type { Progress } from "../events.ts";
import type { Outcome } from "../types.ts";
import { reachOf } from "./comparison.ts";
import { scoreTable } from "./cross-fit.ts";
import { type RecordedPlan, validationOutcomes } from "./verdict.ts";

/** From this share of the range of the scores on, a run warns. */
const worthSaying = 0.1;
const head = "The best validation score is likely to be too high: ";

/** A warning about how the best candidate was selected; undefined when the effect is small, or has been reported. */
export function optimismText(
  { candidates, warnings }: Progress,
  { acceptance, selection }: RecordedPlan,
): string | undefined {
  if (selection !== "bestValidation" || warnings.some((message) => message.startsWith(head))) return undefined;
  const all = validationOutcomes(candidates);
  const expected = optimismOf(all);
  if (expected < worthSaying * reachOf(all.flat(), acceptance.range)) return undefined;
  return (
    `${head}the best of ${all.length} equal candidates on ${all[0]?.length} examples is expected to score ` +
    `${expected.toFixed(2)} too high. Rely on the corrected score at the end of the run, and on new examples.`
  );
}

/**
 * The expected gap between the best mean score of some candidates and its true mean, if all were equally good: the
 * standard error of a mean times the expected maximum of as many standard normal numbers (Blom 1958). The error is that
 * of the differences between candidates, since luck in the selection of examples is the same for all. 0 for fewer than
 * two candidates or examples.
 * @param candidates Their outcomes on the same examples, the baseline's first; those that lack examples of it are
 * ignored.
 */
export function optimismOf(candidates: readonly (readonly Outcome[])[]): number {
  const whole = candidates.filter((outcomes) => outcomes.length === candidates[0]?.length);
  const scores = scoreTable(whole);
  const [rows, columns] = [scores.length, scores[0]?.length ?? 0];
  if (rows < 2 || columns < 2) return 0;
  const error = Math.sqrt(residualSquares(scores) / ((rows - 1) * (columns - 1)) / columns);
  return error * probit((rows - 0.375) / (rows + 0.25));
}

/** The sum of squares that neither the means of candidates nor those of examples explain. */
function residualSquares(scores: readonly (readonly number[])[]): number {
  const columns = scores[0]?.length ?? 0;
  const ofRows = scores.map((row) => sum(row) / columns);
  const ofColumns = Array.from(
    { length: columns },
    (_, at) => sum(scores.map((row) => row[at] as number)) / scores.length,
  );
  const all = sum(ofRows) / scores.length;
  const squares = scores.map((row, candidate) =>
    sum(row.map((score, at) => (score - (ofRows[candidate] as number) - (ofColumns[at] as number) + all) ** 2)),
  );
  return sum(squares);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
