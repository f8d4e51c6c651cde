/** Scores a candidate on part of the data, and records the score. */

import type { RunLog } from "../loop/run-log.ts";
import type { CandidatePool } from "../search/pool.ts";
import type { EvaluationResult, Example, SplitName } from "../types.ts";
import type { Evaluator } from "./evaluator.ts";

/** What scoring works with. */
export interface ScoreParts {
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
}

/** The examples, and the step to record. */
export interface ScoreRequest {
  readonly split: SplitName;
  readonly examples: readonly Example[];
  readonly step: number;
}

/** The score of a candidate. Throws ExternalCallError `budget` without any run when it would need too many. */
export async function recordScore(
  { log, pool, evaluator }: ScoreParts,
  id: string,
  { split, examples, step }: ScoreRequest,
): Promise<EvaluationResult> {
  const result = await evaluator.evaluate({ id, state: pool.stateOf(id) }, split, examples);
  await log.record({ type: "evaluation", step, split, candidate: id, result });
  return result;
}
