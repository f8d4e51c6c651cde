/** Q*bert: hop over a pyramid of cubes to change their colour, and stay away from what comes down. */

import { bundle, model, type Node, type Traced } from "tracegrad";
import type { Seen } from "../bridge.ts";
import { agentCode, random } from "../chance.ts";
import { type Box, boxesOf, type Game, points, type Scores } from "../game.ts";

/** Another creature: Coily and the red and purple balls are enemies, Sam and the green ball are not. */
export type Creature = Box & { type: string };

/**
 * What is seen after a step. Lists are missing when they are empty. The colours of the cubes are not in it. `reward` is
 * the last step's reward, and null at the beginning.
 */
export type Observation = {
  Player?: Box;
  Enemies?: Creature[];
  Friendlies?: Creature[];
  Disks?: { x: number; y: number; w: number; h: number }[];
  lives: number;
  reward: number | null;
};

/** What analyze_situation finds. */
export type Situation = {
  player_x: number;
  player_y: number;
  nearest_enemy: Creature | null;
  nearest_friendly: Creature | null;
  danger_above: boolean;
};

/** Plays Q*bert from the positions of the objects, without memory between steps. */
class QbertAgent {
  /**
   * Looks at Q*bert's place on the pyramid, and at the creatures around.
   *
   * The pyramid has 7 rows, from 1 cube at the top to 7 at the bottom; x goes from about 16 to 144, y from about 30 to 190.
   * Q*bert starts at the top and hops diagonally. A hop on a cube changes its colour; the aim is to change all. A hop off
   * the edge costs a life, unless a flying disk is there, which carries Q*bert to the top.
   *
   * Red and purple balls bounce down. Coily, a snake, chases Q*bert and can be lured off the edge by a disk (500 points).
   * Sam changes colours back (300 points for catching him). The green ball freezes all enemies (100 points).
   *
   * Returns Q*bert's position, the nearest enemy and friendly creature (or null), and whether an enemy comes from above.
   */
  @bundle(agentCode)
  analyze_situation(obs: Observation): Situation {
    const nothing = { nearest_enemy: null, nearest_friendly: null, danger_above: false };
    if (!obs.Player) return { player_x: 80, player_y: 50, ...nothing };
    return { player_x: obs.Player.x, player_y: obs.Player.y, ...nothing };
  }

  /**
   * Chooses the hop: 0 none, 1 fire, 2 up and right, 3 down and right, 4 up and left, 5 down and left.
   *
   * Hints: hop towards cubes that are not changed yet, away from enemies, and never off the edge unless a disk is there. At
   * the top only 3 and 5 are safe; at the left edge 4 and 5 can lead off, at the right edge 2 and 3.
   */
  @bundle(agentCode)
  select_action(situation: Situation, obs: Observation): number {
    if (!situation || !obs.Player) return 0;
    return 2 + Math.floor(random() * 4);
  }

  /** One move: look, then act. */
  act(this: Traced<QbertAgent>, obs: Node<Observation>): Node<number> {
    return this.select_action(this.analyze_situation(obs), obs);
  }
}

function observe(shown: Seen): Observation {
  const boxes = boxesOf(shown).map(({ category, ...box }) => ({ category, box }));
  const player = boxes.find(({ category }) => category === "Player");
  const creatures = (...names: readonly string[]): Creature[] =>
    boxes.filter(({ category }) => names.includes(category)).map(({ category, box }) => ({ ...box, type: category }));
  const [enemies, friendlies] = [creatures("Coily", "PurpleBall", "RedBall"), creatures("Sam", "GreenBall")];
  const disks = boxes.filter(({ category }) => category === "Disk").map(({ box: { x, y, w, h } }) => ({ x, y, w, h }));
  return {
    ...(player && { Player: player.box }),
    ...(enemies.length > 0 && { Enemies: enemies }),
    ...(friendlies.length > 0 && { Friendlies: friendlies }),
    ...(disks.length > 0 && { Disks: disks }),
    lives: shown.lives,
    reward: shown.reward,
  };
}

function stageLine({ mean, std }: Scores): string {
  const score = `${points(mean)} points on average of 1 game with std dev ${points(std)}.`;
  if (mean >= 5_000) return `Great progress! You're scoring ${score} Keep changing cubes while avoiding enemies.`;
  if (mean > 0) {
    const advice =
      "Hop on cubes to change their colour (25 points each). Avoid Coily and the red and purple balls. Catch Sam (300 " +
      "points) and green balls (100 points) when it is safe. Do not hop off the edge: it costs a life.";
    return `You're scoring ${score} ${advice}`;
  }
  return `Your score is ${score} Hop on cubes to change their colour. Avoid the edges of the pyramid, and enemies.`;
}

export const qbert: Game<Observation> = {
  id: "qbert",
  title: "Q*bert",
  rom: "Qbert",
  horizon: 100,
  steps: 30,
  evaluation: { episodes: 1, steps: 4_000 },
  goal: 10_000,
  failureScore: 0,
  endsWithLife: true,
  returnsToBest: true,
  instruction:
    "In Q*bert you hop over a pyramid of cubes. Actions: 0 none, 1 fire, 2 up and right, 3 down and right, 4 up and left, 5 " +
    "down and left. Change every cube to the other colour by hopping on it (25 points each); a finished pyramid gives 3100 " +
    "more. Red and purple balls bounce down: avoid them. Coily chases you: lure him off the edge by a flying disk (500 " +
    "points). Sam changes colours back: catch him (300 points). The green ball freezes enemies (100 points). A hop off the " +
    "edge without a disk costs a life. Use the trace to see how Q*bert dies.",
  stepDoc: "Plays four frames of Q*bert with the action; gives what is seen then, with the reward of the step.",
  makeAgent: () => {
    const agent = model(QbertAgent);
    return { parameters: agent, act: agent.act };
  },
  observe,
  stageLine,
};
