/** The agent of the Pong study: two small functions that the optimizer may rewrite, starting near random. */

import { bundle, type Node, type Traced } from "tracegrad";
import type { Action, Observation } from "./simulator.ts";

let state = 1;

/** Starts the agent's chance anew, so that a run can be repeated. */
export function seedChance(seed: number): void {
  state = seed | 0;
}

/** A number from 0 up to 1, repeatable (mulberry32): the agent's only source of chance. */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

const scope = { random };
const constraint =
  "Deterministic but for random(), which gives a number from 0 up to 1; never Math.random() or the clock.";

/** Plays Pong from the positions of the objects, without memory between steps. */
export class PongAgent {
  /**
   * Predicts the y at which the ball will reach the player's paddle, or null when that cannot be said.
   *
   * obs holds Player, Ball and Enemy as { x, y, w, h, dx, dy }: the top left corner (y grows downwards), the size, and the
   * move since the last step. Ball and Enemy are missing while they are out of play. The ball bounces off walls at y = 30
   * (top) and y = 190 (bottom). The player's paddle is at x = 140, the enemy's at x = 16.
   */
  @bundle({ trainable: true, scope, constraint })
  predict_ball_trajectory(obs: Observation): number | null {
    return obs.Ball ? obs.Ball.y : null;
  }

  /**
   * Chooses the player's next move: 2 moves the paddle up (y falls), 3 moves it down (y grows), 0 does nothing. The paddle
   * has inertia. The player scores when the enemy misses the ball, and loses a point when the ball passes the paddle.
   */
  @bundle({ trainable: true, scope, constraint })
  select_action(predicted_ball_y: number | null, obs: Observation): Action {
    if (predicted_ball_y === null || !obs.Ball) return 0;
    return random() < 0.5 ? 2 : 3;
  }

  /** One move: predict, then act. */
  act(this: Traced<PongAgent>, obs: Node<Observation>): Node<Action> {
    return this.select_action(this.predict_ball_trajectory(obs), obs);
  }
}
