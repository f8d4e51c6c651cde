/** The simulator as an environment to train in, and the paper's feedback on an episode. */

import type { EvaluationResult } from "tracegrad";
import type { Environment, EpisodeSummary } from "tracegrad/environments";
import { seedChance } from "./agent.ts";
import { stagedFeedback } from "./feedback.ts";
import { type Action, type Observation, PongSimulator } from "./simulator.ts";

/** One game of Pong. The agent's chance is seeded with the game, so games are played one at a time. */
export class PongWorld implements Environment<Observation, Action> {
  readonly doc = "Plays four frames of Pong with the action; gives what is seen then, with the reward of the step.";
  #game = new PongSimulator(0);

  reset(seed: number): Observation {
    seedChance(seed);
    this.#game = new PongSimulator(seed);
    return this.#game.reset();
  }

  step(action: Action): { observation: Observation; reward: number; done: boolean } {
    return this.#game.step(action);
  }
}

/**
 * What the optimizer is told after an episode: its score, and by how well the same program played whole games, what to
 * try.
 */
export function feedbackOn({ steps, total, error }: EpisodeSummary, validation: EvaluationResult | undefined): string {
  const scores = validation?.outcomes.map((outcome) => outcome.score ?? 0) ?? [total];
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  const staged = stagedFeedback({ steps, total, mean, std: Math.sqrt(variance), games: scores.length });
  return error === undefined ? staged : `${staged}\nThe program failed: ${error.message}\nFix this error first.`;
}
