/** Pong: meet the ball with the right paddle. The simulator of examples/pong has the same observations. */

import { bundle, model, type Node, type Traced } from "tracegrad";
import type { Seen } from "../bridge.ts";
import { agentCode, random } from "../chance.ts";
import { type Box, boxesOf, type Game, points, type Scores } from "../game.ts";

/**
 * What is seen after a step. Ball and Enemy are missing while they are out of play. `reward` is the last step's reward,
 * and null at the beginning.
 */
export type Observation = { Player?: Box; Ball?: Box; Enemy?: Box; reward: number | null };

/** Plays Pong from the positions of the objects, without memory between steps. */
class PongAgent {
  /**
   * Predicts the y at which the ball will reach the player's paddle, by its position and move, with bounces off the walls
   * at y = 30 (top) and y = 190 (bottom); null when that cannot be said. The player's paddle is at x = 140, the enemy's at
   * x = 16.
   */
  @bundle(agentCode)
  predict_ball_trajectory(obs: Observation): number | null {
    return obs.Ball?.y ?? null;
  }

  /**
   * Chooses the player's next move: 2 moves the paddle up (y falls), 3 moves it down (y grows), 0 does nothing, to steady
   * it where it should be. The paddle has inertia: do not miss the ball when it is close.
   */
  @bundle(agentCode)
  select_action(predicted_ball_y: number | null, obs: Observation): number {
    if (predicted_ball_y === null || !obs.Player) return 0;
    return random() < 0.5 ? 2 : 3;
  }

  /** One move: predict, then act. */
  act(this: Traced<PongAgent>, obs: Node<Observation>): Node<number> {
    return this.select_action(this.predict_ball_trajectory(obs), obs);
  }
}

function observe(shown: Seen): Observation {
  const objects = boxesOf(shown).map(({ category, ...box }) => [category, box] as const);
  return { ...Object.fromEntries(objects), reward: shown.reward };
}

function stageLine({ mean, std }: Scores): string {
  const score = `${points(mean)} points against the opponent on average of 10 games with std dev ${points(std)}`;
  if (mean >= 19) {
    const close = "Good job! You're close to winning the game!";
    return `${close} You're scoring ${score}, only ${points(21 - mean)} points short of winning.`;
  }
  if (mean > 0) {
    const still = `but you are still ${points(21 - mean)} points from winning the game.`;
    return `Keep it up! You're scoring ${score} ${still} Try improving paddle positioning to prevent opponent scoring.`;
  }
  const average = `${points(mean)} points on average of 10 games with std dev ${points(std)}`;
  return `Your score is ${average}. Try to improve paddle positioning to prevent opponent scoring.`;
}

export const pong: Game<Observation> = {
  id: "pong",
  title: "Pong",
  rom: "Pong",
  horizon: 400,
  steps: 20,
  evaluation: { episodes: 10, steps: 4_000 },
  goal: 21,
  failureScore: -21,
  endsWithLife: false,
  returnsToBest: false,
  instruction:
    "In Pong you move the right paddle against the enemy on the left. Return the ball, and send it past the enemy: each " +
    "ball that the enemy misses is a point, and a game ends at 21. If the paddle is below the ball, move it up, else down. " +
    "Use the trace to see why points are lost.",
  stepDoc: "Plays four frames of Pong with the action; gives what is seen then, with the reward of the step.",
  makeAgent: () => {
    const agent = model(PongAgent);
    return { parameters: agent, act: agent.act };
  },
  observe,
  stageLine,
};
