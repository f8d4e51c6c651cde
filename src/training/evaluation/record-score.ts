/** Scores a program on a part of the data, and records the score. */

import type { RunLog } from "../loop/run-log.ts";
import type { CandidatePool } from "../search/pool.ts";
import type { EvaluationResult, Example, SplitName } from "../types.ts";
import type { Evaluator } from "./evaluator.ts";

/** What scoring takes. */
export interface ScoreParts {
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
}

/** On what a program is scored, and when. */
export interface ScoreRequest {
  readonly split: SplitName;
  readonly examples: readonly Example[];
  readonly step: number;
}

/** The score of a program. Throws ExternalCallError `budget` when it would take too many runs; then nothing is run. */
export async function recordScore(
  { log, pool, evaluator }: ScoreParts,
  id: string,
  { split, examples, step }: ScoreRequest,
): Promise<EvaluationResult> {
  const result = await evaluator.evaluate({ id, state: pool.stateOf(id) }, split, examples);
  await log.record({ type: "evaluation", step, split, candidate: id, result });
  return result;
}
