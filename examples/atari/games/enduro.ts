/** Enduro: overtake as many cars as possible without a collision. */

import { bundle, model, type Node, type Traced } from "tracegrad";
import type { Seen } from "../bridge.ts";
import { agentCode } from "../chance.ts";
import { boxesOf, type Game, type Scores } from "../game.ts";

/** Another car; rel_x and rel_y are its x and y less the player's. */
export type EnemyCar = { x: number; y: number; rel_x: number; rel_y: number; w: number; h: number };

/**
 * What is seen after a step. EnemyCars are sorted by y, the largest first, which is the nearest; they, and what is said of
 * the nearest, are missing when there are none. `reward` is the last step's reward, and null at the beginning.
 */
export type Observation = {
  Player?: { x: number; y: number; w: number; h: number };
  EnemyCars?: EnemyCar[];
  nearest_enemy_rel_x?: number;
  nearest_enemy_rel_y?: number;
  reward: number | null;
};

/** What analyze_situation finds. */
export type Situation = {
  steer_direction: "left" | "right" | "none";
  threat_close: boolean;
  player_x: number;
  player_y: number;
};

/** Races from the positions of the cars, without memory between steps. */
class EnduroAgent {
  /**
   * Looks at the cars around the player, and decides where to steer to avoid a collision.
   *
   * The screen is 160 px wide; the player's car is near x = 77, y = 135 to 145. Other cars come from ahead (smaller y).
   * Cars are about 16 px wide. The road curves, which moves the x of all cars. Overtaking a car gives +1, being overtaken
   * -1; a collision slows the player down so much that cars nearby overtake it.
   *
   * Hints: steer away from a car that is close sideways: left when its rel_x > 0, right when rel_x < 0. React only to cars
   * near enough to collide; swerving for distant ones leads into others.
   *
   * Returns where to steer, whether a car is close, and the player's position.
   */
  @bundle(agentCode)
  analyze_situation(obs: Observation): Situation {
    if (!obs.Player) return { steer_direction: "none", threat_close: false, player_x: 77, player_y: 140 };
    const { x: player_x, y: player_y } = obs.Player;
    const { nearest_enemy_rel_x: besides, nearest_enemy_rel_y: ahead } = obs;
    const isClose = besides !== undefined && ahead !== undefined && Math.abs(ahead) < 25 && Math.abs(besides) < 18;
    if (!isClose) return { steer_direction: "none", threat_close: false, player_x, player_y };
    return { steer_direction: besides > 0 ? "left" : "right", threat_close: true, player_x, player_y };
  }

  /**
   * Chooses the action: 0 coasts (loses speed), 1 accelerates, 2 right, 3 left, 4 brakes, 5 brakes to the right, 6 brakes
   * to the left, 7 accelerates to the right, 8 accelerates to the left.
   *
   * Hints: speed is what overtakes cars, so accelerate while steering (7, 8); braking and coasting cost speed, collisions
   * cost more.
   */
  @bundle(agentCode)
  select_action(situation: Situation, obs: Observation): number {
    if (!obs.Player || !situation.threat_close) return 1;
    return situation.steer_direction === "left" ? 8 : 7;
  }

  /** One move: look, then act. */
  act(this: Traced<EnduroAgent>, obs: Node<Observation>): Node<number> {
    return this.select_action(this.analyze_situation(obs), obs);
  }
}

function observe(shown: Seen): Observation {
  const boxes = boxesOf(shown);
  const player = boxes.find(({ category }) => category === "Player");
  const cars = boxes
    .filter(({ category }) => category === "Car")
    .map(({ x, y, w, h }) => ({ x, y, rel_x: x - (player?.x ?? 0), rel_y: y - (player?.y ?? 0), w, h }))
    .sort((one, other) => other.y - one.y);
  const [nearest] = cars;
  return {
    ...(player && { Player: { x: player.x, y: player.y, w: player.w, h: player.h } }),
    ...(nearest && { EnemyCars: cars, nearest_enemy_rel_x: nearest.rel_x, nearest_enemy_rel_y: nearest.rel_y }),
    reward: shown.reward,
  };
}

function stageLine({ mean, std }: Scores): string {
  const score = `Net cars passed: ${mean.toFixed(0)} on average of 1 episode (std ${std.toFixed(0)}).`;
  if (mean >= 100) {
    return `Great progress! ${score} Keep accelerating and dodging; 200 cars are the quota of the first day.`;
  }
  if (mean > 0) {
    const advice =
      "The score is the cars you overtake less those that overtake you. Collisions slow you down, and cars pass you. Keep " +
      "top speed (1), and dodge while accelerating (7, 8).";
    return `${score} ${advice}`;
  }
  const advice = "More cars overtake you than you pass. Accelerate (1), and avoid collisions by steering with 7 and 8.";
  return `${score} ${advice}`;
}

export const enduro: Game<Observation> = {
  id: "enduro",
  title: "Enduro",
  rom: "Enduro",
  horizon: 100,
  steps: 30,
  evaluation: { episodes: 1, steps: 5_000 },
  goal: 200,
  failureScore: 0,
  endsWithLife: false,
  returnsToBest: true,
  instruction:
    "In Enduro you race a car: +1 for each car you overtake, -1 for each that overtakes you. A collision slows you down so " +
    "much that cars nearby pass you. Actions: 0 coast, 1 accelerate, 2 right, 3 left, 4 brake, 5 brake right, 6 brake left, " +
    "7 accelerate right, 8 accelerate left. rel_x and rel_y are a car's place less yours: rel_x < 0 is left, rel_y < 0 is " +
    "ahead. EnemyCars are sorted, the nearest first. Keep your speed, and steer away from cars that are about to collide " +
    "with you, not from others.",
  stepDoc: "Plays four frames of Enduro with the action; gives what is seen then, with the reward of the step.",
  makeAgent: () => {
    const agent = model(EnduroAgent);
    return { parameters: agent, act: agent.act };
  },
  observe,
  episodeLine: ({ steps, total }) => `Episode ends after ${steps} steps with net cars passed: ${total.toFixed(0)}`,
  stageLine,
};
