/** The rollouts of a batch: each candidate on each example with a trace, once, however often the batch asks for it. */

import { withParameters } from "../../nodes/runs.ts";
import type { Rollout } from "../../optimizers/search/search.ts";
import { atPath } from "../../util/external-call.ts";
import { mapLimited } from "../../util/limit.ts";
import { observed } from "../../util/observe.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { Runner } from "../evaluation/runner.ts";
import type { TracedResult } from "../evaluation/runner-result.ts";
import { evaluationPath } from "../journal/call-path.ts";
import type { RunLog } from "../loop/run-log.ts";
import type { Example } from "../types.ts";
import type { CandidatePool } from "./pool.ts";
import type { BatchPlace } from "./proposals.ts";

/** What rollouts are made with. */
export interface RolloutParts {
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly runner: Runner;
  readonly evaluator: Evaluator;
  readonly concurrency: number;
}

/** A rollout to make. */
export interface RolloutTask {
  readonly candidate: string;
  readonly example: Example;
}

/** Makes rollouts and gives them in the order of the tasks. */
export async function makeRollouts(
  parts: RolloutParts,
  { path, round }: BatchPlace,
  tasks: readonly RolloutTask[],
): Promise<readonly Rollout[]> {
  const { log, evaluator, concurrency } = parts;
  const distinct = [...new Map(tasks.map((task) => [keyOf(task), task])).values()];
  evaluator.requireRoom(distinct.length);
  const results = await mapLimited(distinct, concurrency, async (task) => {
    const { candidate, example } = task;
    const place = path.slice("round ".length);
    const runPath = evaluationPath({ id: candidate, split: "train", exampleId: example.id, suffix: `@${place}` });
    const began = performance.now();
    const { experiences, notes = [], ...result } = await atPath(runPath, () => observedRollout(parts, task));
    const seconds = (performance.now() - began) / 1000;
    // At once, so that a judged rollout counts even when the batch is interrupted.
    evaluator.enter(candidate, place, { example, ...result, seconds });
    return { rollout: { candidate, outcome: result.outcome, experiences }, notes };
  });
  await evaluator.flush();
  await log.record(
    ...results.map(
      ({ rollout: { candidate, outcome } }) => ({ type: "rollout", step: round, candidate, outcome }) as const,
    ),
  );
  for (const message of new Set(results.flatMap(({ notes }) => notes))) await log.warn(message);
  const byKey = new Map(distinct.map((task, index) => [keyOf(task), results[index]?.rollout as Rollout]));
  return tasks.map((task) => byKey.get(keyOf(task)) as Rollout);
}

function observedRollout(parts: RolloutParts, task: RolloutTask): Promise<TracedResult> {
  const { candidate, example } = task;
  return observed({ kind: "evaluation", candidate, split: "train", example }, () => makeRollout(parts, task));
}

function makeRollout({ pool, runner }: RolloutParts, { candidate, example }: RolloutTask): Promise<TracedResult> {
  const { validation } = pool.get(candidate);
  return withParameters(pool.stateOf(candidate), () => runner.rollout(example, validation));
}

function keyOf({ candidate, example }: RolloutTask): string {
  return `${candidate} ${example.id}`;
}
