/** Breakout: return the ball to break the bricks of six rows. */

import { bundle, model, type Node, type Traced } from "tracegrad";
import type { Seen } from "../bridge.ts";
import { agentCode } from "../chance.ts";
import { type Box, boxesOf, type Game, points, type Scores } from "../game.ts";

/** A brick, or several side by side. */
export type Brick = { x: number; y: number; w: number; h: number };

/**
 * What is seen after a step. RB, OB, YB, GB, AB and BB are the bricks of the red, orange, yellow, green, aqua and blue row,
 * from the top; a row without bricks is missing, and so is the ball while it is out of play. `reward` is the last step's
 * reward, and null at the beginning.
 */
export type Observation = {
  Player?: Box;
  Ball?: Box;
  RB?: Brick[];
  OB?: Brick[];
  YB?: Brick[];
  GB?: Brick[];
  AB?: Brick[];
  BB?: Brick[];
  lives: number;
  reward: number | null;
};

/** Plays Breakout from the positions of the objects, without memory between steps. */
class BreakoutAgent {
  /**
   * Predicts the x at which the ball will reach the paddle (y = 189), by its position and move, with bounces off the walls
   * at x = 9 (left) and x = 152 (right); null when that cannot be said. A ball off a higher brick is faster. The angle at
   * which it leaves the paddle depends on where it met it.
   */
  @bundle(agentCode)
  predict_ball_trajectory(obs: Observation): number | null {
    if (!obs.Ball) return null;
    return null;
  }

  /**
   * Chooses the x to move the paddle to, so that it returns the ball and sends it to bricks of high value; null when that
   * cannot be said.
   *
   * The rows from the top give 7 (red), 7 (orange), 4 (yellow), 4 (green), 1 (aqua) and 1 (blue) points a brick. Returning
   * the ball comes first when it comes down (dy > 0). A tunnel through the wall lets it bounce among the bricks at the top.
   */
  @bundle(agentCode)
  generate_paddle_target(pre_ball_x: number | null, obs: Observation): number | null {
    if (pre_ball_x === null || !obs.Ball) return null;
    return null;
  }

  /**
   * Chooses the move: 3 moves the paddle left, when its centre is right of the target, 2 moves it right, 0 does nothing, to
   * steady it where it should be.
   */
  @bundle(agentCode)
  select_paddle_action(target_paddle_pos: number | null, obs: Observation): number {
    if (target_paddle_pos === null || !obs.Player) return 0;
    const centre = obs.Player.x + obs.Player.w / 2;
    if (Math.abs(centre - target_paddle_pos) < 2) return 0;
    return centre > target_paddle_pos ? 3 : 2;
  }

  /** One move: predict, aim, act. */
  act(this: Traced<BreakoutAgent>, obs: Node<Observation>): Node<number> {
    const target = this.generate_paddle_target(this.predict_ball_trajectory(obs), obs);
    return this.select_paddle_action(target, obs);
  }
}

const rows = [
  ["RB", 57],
  ["OB", 63],
  ["YB", 69],
  ["GB", 75],
  ["AB", 81],
  ["BB", 87],
] as const;

function observe(shown: Seen): Observation {
  const boxes = boxesOf(shown);
  const objects = boxes
    .filter(({ category }) => category !== "Block")
    .map(({ category, ...box }) => [category, box] as const);
  const bricks = rows.flatMap(([name, top]) => {
    const row = boxes.filter(({ category, y }) => category === "Block" && y === top);
    return row.length === 0 ? [] : [[name, row.map(({ x, y, w, h }) => ({ x, y, w, h }))] as const];
  });
  return { ...Object.fromEntries([...objects, ...bricks]), lives: shown.lives, reward: shown.reward };
}

function stageLine({ mean, std }: Scores): string {
  const score = `${points(mean)} points on average of 1 game with std dev ${points(std)}`;
  const missing = points(350 - mean);
  const advice = "paddle positioning to return the ball and avoid losing lives.";
  if (mean >= 300) {
    const rest = `try ensuring you return the ball, only ${missing} points short of winning.`;
    return `Good job! You're close to winning the game! You're scoring ${score}, ${rest}`;
  }
  if (mean > 0) {
    const still = `but you are still ${missing} points from winning the game.`;
    return `Keep it up! You're scoring ${score} ${still} Try improving ${advice}`;
  }
  return `Your score is ${score}. Try to improve ${advice}`;
}

export const breakout: Game<Observation> = {
  id: "breakout",
  title: "Breakout",
  rom: "Breakout",
  horizon: 300,
  steps: 30,
  evaluation: { episodes: 1, steps: 4_000 },
  goal: 350,
  failureScore: 0,
  endsWithLife: true,
  needsFire: true,
  returnsToBest: true,
  instruction:
    "In Breakout you move a paddle at the bottom to return a ball to a wall of bricks. The rows from the top give 7 (red), " +
    "7 (orange), 4 (yellow), 4 (green), 1 (aqua) and 1 (blue) points a brick. The walls are at x = 9 and x = 152, the " +
    "paddle at y = 189. A ball off a higher brick is faster. Missing the ball costs a life. The feedback counts 350 points " +
    "as won. Use the trace to see why lives are lost, and aim for bricks of higher value while you keep the ball in play.",
  stepDoc: "Plays four frames of Breakout with the action; gives what is seen then, with the reward of the step.",
  makeAgent: () => {
    const agent = model(BreakoutAgent);
    return { parameters: agent, act: agent.act };
  },
  observe,
  stageLine,
};
