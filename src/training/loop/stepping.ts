/** Plain training as a search along one line of candidates: run the current one, rewrite it, score it, or go back. */

import type { Candidate, ProposeRequest, Search, SearchContext, SearchRound } from "../../optimizers/search/search.ts";
import type { LearningTemplate } from "../../templates/template.ts";
import type { Json } from "../../util/decode.ts";
import { recordScore, type ScoreParts } from "../evaluation/record-score.ts";
import type { Selection, TrainOptions } from "../options.ts";
import { examplesAt } from "./order.ts";
import { whyBack } from "./stop.ts";

/** The state between two steps. */
type SteppingState = {
  /** Training examples used so far, over all epochs. */
  readonly position: number;
  /** The candidate that the next step runs, by id. */
  readonly current: string;
  /** The memory of the algorithm over all steps. */
  readonly memory: Json;
  /** Whether all rollouts of the last step failed. */
  readonly failed: boolean;
};

/** What stepping works with. */
export interface SteppingParts extends ScoreParts {
  readonly options: TrainOptions;
  readonly template: LearningTemplate;
  readonly selection: Selection;
  /** The memory of the algorithm before the first step. */
  readonly memory: Json;
  /** Makes the values of a candidate live. */
  readonly goLive: (candidate: string, memory: Json) => void;
}

/** The id of the candidate that plain steps continue with, from their state; undefined before the first step. */
export function currentOf(state: Json | undefined): string | undefined {
  return (state as SteppingState | undefined)?.current;
}

/** The steps of an optimizer along one line of candidates. */
export function stepping(parts: SteppingParts): Search<SteppingState> {
  return {
    name: "steps",
    settings: {},
    init: ({ id }: Candidate) => ({ position: 0, current: id, memory: parts.memory, failed: false }),
    round: (state, context) => step(parts, state, context),
  };
}

async function step(
  parts: SteppingParts,
  state: SteppingState,
  context: SearchContext,
): Promise<SearchRound<SteppingState>> {
  const { options, template } = parts;
  const { data, order = "shuffled", seed = 0, evaluateEvery = 1, countFailedSteps = true } = options;
  const parent = await stepBack(parts, state, context);
  const examples = examplesAt(data.train, { order, seed }, { from: state.position, count: template.wants });
  const [rollouts = []] = await context.run([{ candidate: parent, examples: examples.map(({ id }) => id) }]);
  const request: ProposeRequest = { parent, rollouts, memory: state.memory, sampleKey: null, origin: "step" };
  const [proposed] = await context.propose([request]);
  const current = proposed?.candidate?.id ?? parent;
  const memory = proposed?.memory ?? state.memory;
  parts.goLive(current, memory);
  const evaluated = context.round % evaluateEvery === 0;
  if (evaluated && data.validation.length > 0) await score(parts, current, context.round);
  const failed = rollouts.every(({ outcome }) => outcome.failure !== undefined);
  return {
    state: { position: state.position + examples.length, current, memory, failed },
    counted: !failed || countFailedSteps,
    evaluated,
  };
}

/** The id of the candidate to continue with: the best one where the rollback rules say so, else the current one. */
async function stepBack(parts: SteppingParts, state: SteppingState, context: SearchContext): Promise<string> {
  const { options, selection, pool, log, goLive } = parts;
  const current = pool.get(state.current);
  const why = whyBack(options, log.progress, selection, { current, failed: state.failed });
  if (why === undefined) return current.id;
  const { best } = pool;
  goLive(best.id, state.memory);
  await context.warn(`Step ${log.progress.steps}: back to the candidate of step ${best.step}, since ${why}.`);
  return best.id;
}

async function score(parts: SteppingParts, candidate: string, step: number): Promise<void> {
  await recordScore(parts, candidate, { split: "validation", examples: parts.options.data.validation, step });
}
