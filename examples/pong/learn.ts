/** The learning loop of the Pong study: play, judge, learn from the episode, play again. */

import {
  chain,
  type LearningGraph,
  type OptoPrime,
  ParameterState,
  parametersOf,
  type StepResult,
  type Traced,
} from "tracegrad";
import type { PongAgent } from "./agent.ts";
import { stagedFeedback } from "./feedback.ts";
import { type Evaluation, evaluate, type Rollout, rollout } from "./play.ts";

/** The hidden choices of the loop, in the open. */
export interface LoopOptions {
  /** Decides the games: training games are `seed`, `seed + 1`, …; evaluation games are far away from them. */
  readonly seed: number;
  /** Optimizer steps. */
  readonly steps: number;
  /** Steps of a training game that the optimizer gets to see: the credit horizon. */
  readonly horizon: number;
}

/** What one turn of the loop gave. */
export interface Turn {
  readonly step: number;
  /** How the program that was played scored, before it was rewritten. */
  readonly evaluation: Evaluation;
  readonly state: ParameterState;
  /** Undefined for the last program, which is only evaluated. */
  readonly learning: LearningGraph | undefined;
  readonly update: StepResult | undefined;
}

/** Training games are played this long, as in the paper. */
const rolloutSteps = 400;

/** Ten games that no training game shares its seed with. */
export function evaluationSeeds(seed: number, offset = 1_000): readonly number[] {
  return Array.from({ length: 10 }, (_, index) => seed + offset + index);
}

/** Runs the loop, and gives each turn as it ends: `steps` with an update, and one for the program at the end. */
export async function* learn(
  agent: Traced<PongAgent>,
  optimizer: OptoPrime,
  options: LoopOptions,
): AsyncGenerator<Turn> {
  const parameters = parametersOf(agent);
  for (let step = 0; step <= options.steps; step++) {
    const state = ParameterState.of(parameters);
    const evaluation = await evaluate(agent, evaluationSeeds(options.seed));
    if (step === options.steps) return yield { step, evaluation, state, learning: undefined, update: undefined };
    const episode = rollout(agent, options.seed + step, rolloutSteps);
    const learning = chain(episode.graphs, { horizon: options.horizon });
    learning.backward(feedbackOn(episode, evaluation));
    const update = await optimizer.step();
    yield { step, evaluation, state, learning, update };
  }
}

function feedbackOn({ graphs, total, error }: Rollout, { mean, std, failed }: Evaluation): string {
  const staged = stagedFeedback({ steps: graphs.length, total, mean, std });
  if (error !== undefined) return `${staged}\nThe program failed: ${error.message}\nFix this error first.`;
  return failed === 0
    ? staged
    : `${staged}\nIn ${failed} of the games the program failed, which counts as a lost game.`;
}
