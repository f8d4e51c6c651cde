/** Training runs of a batch: each program on each example with a trace, once, however often the batch asks for it. */

import { withParameters } from "../../nodes/runs.ts";
import type { Rollout } from "../../optimizers/search/search.ts";
import { mapLimited } from "../../util/limit.ts";
import { atPath } from "../../util/outside.ts";
import type { Evaluator } from "../evaluation.ts";
import { pathAt } from "../place.ts";
import type { Player, Rollout as TracedPlay } from "../player.ts";
import type { RunLog } from "../run-log.ts";
import type { Example } from "../types.ts";
import type { Pool } from "./pool.ts";
import type { BatchPlace } from "./proposals.ts";

/** What training runs are made with. */
export interface RolloutParts {
  readonly log: RunLog;
  readonly pool: Pool;
  readonly player: Player;
  readonly evaluator: Evaluator;
  readonly concurrency: number;
}

/** A training run to make. */
export interface TrainingRun {
  readonly program: string;
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
    const { program, example } = run;
    const place = path.slice("round ".length);
    const runPath = pathAt({ id: program, split: "train", exampleId: example.id, visit: `@${place}` });
    const began = performance.now();
    const { experiences, notes = [], ...played } = await atPath(runPath, () => makeRollout(parts, run));
    const seconds = (performance.now() - began) / 1000;
    // At once, so that a run that was judged counts even when the batch is cut short.
    evaluator.enter(program, place, { example, ...played, seconds });
    return { rollout: { program, outcome: played.outcome, experiences }, notes };
  });
  await evaluator.flush();
  await log.record(
    ...made.map(
      ({ rollout: { program, outcome } }) => ({ type: "rollout", step: round, candidate: program, outcome }) as const,
    ),
  );
  for (const message of new Set(made.flatMap(({ notes }) => notes))) {
    if (!log.progress.warnings.includes(message)) await log.record({ type: "warning", message });
  }
  const byKey = new Map(distinct.map((run, index) => [keyOf(run), made[index]?.rollout as Rollout]));
  return runs.map((run) => byKey.get(keyOf(run)) as Rollout);
}

function makeRollout({ pool, player }: RolloutParts, { program, example }: TrainingRun): Promise<TracedPlay> {
  const { validation } = pool.get(program);
  return withParameters(pool.stateOf(program), () => player.rollout(example, validation));
}

function keyOf({ program, example }: TrainingRun): string {
  return `${program} ${example.id}`;
}
