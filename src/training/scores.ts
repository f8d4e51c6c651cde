/** Scores a program on a part of the data, and records the score. */

import type { Evaluator } from "./evaluation.ts";
import type { RunLog } from "./run-log.ts";
import type { Pool } from "./search/pool.ts";
import type { EvaluationResult, Example, Split } from "./types.ts";

/** What scoring takes. */
export interface ScoreParts {
  readonly log: RunLog;
  readonly pool: Pool;
  readonly evaluator: Evaluator;
}

/** On what a program is scored, and when. */
export interface ScoreRequest {
  readonly split: Split;
  readonly examples: readonly Example[];
  readonly step: number;
}

/** The score of a program. Throws OutsideError `budget` when it would take too many runs; then nothing is run. */
export async function recordScore(
  { log, pool, evaluator }: ScoreParts,
  id: string,
  { split, examples, step }: ScoreRequest,
): Promise<EvaluationResult> {
  const result = await evaluator.evaluate({ id, state: pool.stateOf(id) }, split, examples);
  await log.record({ type: "evaluation", step, split, candidate: id, result });
  return result;
}
