/** Three reference players of the Pong simulator, from knowing nothing to seeing where the ball will arrive. */
import {
  type Action,
  type Observation,
  PLAYER_X,
  PongSimulator,
  WALL_BOTTOM,
  WALL_TOP,
} from "../../../examples/pong/simulator.ts";

export type Policy = (observation: Observation) => Action;

/** Up or down by the toss of a coin while there is a ball. */
export function randomPolicy(seed: number): Policy {
  let state = seed >>> 0;
  return ({ Ball }) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (Ball === undefined) return 0;
    return state < 2 ** 31 ? 2 : 3;
  };
}

/** Keeps the paddle's middle at the ball's present height. */
export const followPolicy: Policy = (observation) =>
  observation.Ball === undefined ? 0 : towards(observation.Ball.y, observation);

/** Goes to where the ball will arrive, counting its bounces; waits in the middle while the ball goes away. */
export const predictPolicy: Policy = (observation) =>
  observation.Ball === undefined ? 0 : towards(arrivalOf(observation.Ball), observation);

/** The score of one game of at most 4000 steps, the number of its steps, and whether it was played to the end. */
export function playGame(simulator: PongSimulator, policy: Policy): { total: number; steps: number; done: boolean } {
  let observation = simulator.reset();
  let total = 0;
  for (let steps = 1; steps <= 4000; steps++) {
    const result = simulator.step(policy(observation));
    observation = result.observation;
    total += result.reward;
    if (result.done) return { total, steps, done: true };
  }
  return { total, steps: 4000, done: false };
}

function towards(ballY: number, { Player }: Observation): Action {
  const way = ballY + 2 - (Player.y + 7.5);
  if (way === 0) return 0;
  return way < 0 ? 2 : 3;
}

function arrivalOf(ball: { x: number; y: number; dx: number; dy: number }): number {
  if (ball.dx <= 0) return 110;
  let y = ball.y + (ball.dy * (PLAYER_X - 1 - ball.x)) / ball.dx;
  while (y < WALL_TOP || y > WALL_BOTTOM) y = y < WALL_TOP ? 2 * WALL_TOP - y : 2 * WALL_BOTTOM - y;
  return y;
}
