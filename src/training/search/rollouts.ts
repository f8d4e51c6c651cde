/** Training runs of a batch: each candidate on each example with a trace, once, however often the batch asks for it. */

import { withParameters } from "../../nodes/runs.ts";
import type { Rollout } from "../../optimizers/search/search.ts";
import { atPath } from "../../util/external-call.ts";
import { mapLimited } from "../../util/limit.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { Runner, TracedResult as TracedPlay } from "../evaluation/runner.ts";
import { pathAt } from "../journal/call-path.ts";
import type { RunLog } from "../loop/run-log.ts";
import type { Example } from "../types.ts";
import type { CandidatePool } from "./pool.ts";
import type { BatchPlace } from "./proposals.ts";

/** What training runs are made with. */
export interface RolloutParts {
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly player: Runner;
  readonly evaluator: Evaluator;
  readonly concurrency: number;
}

/** A training run to make. */
export interface TrainingRun {
  readonly candidate: string;
  readonly example: Example;
}

/** Makes training runs; gives them in the order in which they were asked for. */
export async function makeRollouts(
  parts: RolloutParts,
  { path, round }: BatchPlace,
  runs: readonly TrainingRun[],
): Promise<readonly Rollout[]> {
  const { log, evaluator, concurrency } = parts;
  const distinct = [...new Map(runs.map((run) => [keyOf(run), run])).values()];
  evaluator.requireRoom(distinct.length);
  const made = await mapLimited(distinct, concurrency, async (run) => {
    const { candidate, example } = run;
    const place = path.slice("round ".length);
    const runPath = pathAt({ id: candidate, split: "train", exampleId: example.id, visit: `@${place}` });
    const began = performance.now();
    const { experiences, notes = [], ...played } = await atPath(runPath, () => makeRollout(parts, run));
    const seconds = (performance.now() - began) / 1000;
    // At once, so that a run that was judged counts even when the batch is cut short.
    evaluator.enter(candidate, place, { example, ...played, seconds });
    return { rollout: { candidate, outcome: played.outcome, experiences }, notes };
  });
  await evaluator.flush();
  await log.record(
    ...made.map(
      ({ rollout: { candidate, outcome } }) => ({ type: "rollout", step: round, candidate, outcome }) as const,
    ),
  );
  for (const message of new Set(made.flatMap(({ notes }) => notes))) {
    if (!log.progress.warnings.includes(message)) await log.record({ type: "warning", message });
  }
  const byKey = new Map(distinct.map((run, index) => [keyOf(run), made[index]?.rollout as Rollout]));
  return runs.map((run) => byKey.get(keyOf(run)) as Rollout);
}

function makeRollout({ pool, player }: RolloutParts, { candidate, example }: TrainingRun): Promise<TracedPlay> {
  const { validation } = pool.get(candidate);
  return withParameters(pool.stateOf(candidate), () => player.rollout(example, validation));
}

function keyOf({ candidate, example }: TrainingRun): string {
  return `${candidate} ${example.id}`;
}
