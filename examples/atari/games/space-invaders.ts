/** Space Invaders: shoot the descending aliens, and dodge their bullets. */

import { bundle, model, type Node, type Traced } from "tracegrad";
import type { Seen } from "../bridge.ts";
import { agentCode } from "../chance.ts";
import { type Box, boxesOf, type Game, points, type Scores } from "../game.ts";

/**
 * What is seen after a step: objects by name, `Player`, `Satellite`, and those of which there are several by number:
 * `Alien0`, `Alien1`, …, `Shield0`, …, `Bullet0`, …. `reward` is the last step's reward, and null at the beginning.
 */
export type Observation = {
  Player?: Box;
  Satellite?: Box;
  [name: `Alien${number}`]: Box;
  [name: `Shield${number}`]: Box;
  [name: `Bullet${number}`]: Box;
  reward: number | null;
};

/** Plays Space Invaders from the positions of the objects, without memory between steps. */
class SpaceInvadersAgent {
  /**
   * Decides whether to shoot. A bullet of the player's moves up (dy < 0), those of aliens move down (dy > 0). Only one
   * bullet of the player's can be on the screen.
   *
   * Hints: aliens and the satellite move, so aim at where they will be when the bullet arrives; prefer aliens with larger
   * y, which are closer to the player.
   */
  @bundle(agentCode)
  decide_shoot(obs: Observation): boolean {
    const player = obs.Player;
    if (!player) return false;
    const objects = Object.entries(obs) as [string, Box][];
    if (objects.some(([name, object]) => name.startsWith("Bullet") && object.dy < 0)) return false; // ours
    return objects.some(([name, { x, y }]) => name.startsWith("Alien") && Math.abs(x - player.x) < 5 && y > 60);
  }

  /**
   * Decides where to move: -1 left, 1 right, 0 stay. A bullet of the player's moves up (dy < 0), those of aliens move down
   * (dy > 0).
   *
   * Hints: dodge bullets; shields stop them, but are worn away by them; stand where aliens and the satellite can be hit,
   * given how they move; prefer aliens with larger y; keep away from the edges of the screen.
   */
  @bundle(agentCode)
  decide_movement(obs: Observation): number {
    const player = obs.Player;
    if (!player) return 0;
    const threats = { left: 0, right: 0 };
    const aliens = { left: 0, right: 0 };
    for (const [name, object] of Object.entries(obs) as [string, Box][]) {
      if (name === "reward") continue;
      const side = object.x < player.x ? "left" : "right";
      if (name.startsWith("Alien")) aliens[side]++;
      if (name.startsWith("Bullet") && object.dy > 0) threats[side]++;
    }
    // Away from bullets; where there are none, towards more aliens.
    if (threats.left !== threats.right) return threats.left > threats.right ? 1 : -1;
    return Math.sign(aliens.right - aliens.left);
  }

  /**
   * Makes the action of both decisions: 0 nothing, 1 fire, 2 right, 3 left, 4 right and fire, 5 left and fire.
   *
   * Hints: the same as for the decisions.
   */
  @bundle(agentCode)
  combine_actions(shoot: boolean, movement: number): number {
    if (movement > 0) return shoot ? 4 : 2;
    if (movement < 0) return shoot ? 5 : 3;
    return shoot ? 1 : 0;
  }

  /** One move: decide twice, then act. */
  act(this: Traced<SpaceInvadersAgent>, obs: Node<Observation>): Node<number> {
    return this.combine_actions(this.decide_shoot(obs), this.decide_movement(obs));
  }
}

const numbered: readonly string[] = ["Alien", "Shield", "Bullet"];

function observe(shown: Seen): Observation {
  const counts: Record<string, number> = {};
  const objects = boxesOf(shown).map(({ category, ...box }) => {
    if (!numbered.includes(category)) return [category, box] as const;
    const number = counts[category] ?? 0;
    counts[category] = number + 1;
    return [`${category}${number}`, box] as const;
  });
  return { ...Object.fromEntries(objects), reward: shown.reward };
}

function stageLine({ mean, std }: Scores): string {
  const score = `average score ${mean >= 300 ? "of" : "is"} ${points(mean)} with std dev ${points(std)}.`;
  if (mean >= 300) {
    const advice = "Try to improve your shooting accuracy and dodging.";
    return `Great job! You're performing well with an ${score} ${advice}`;
  }
  if (mean >= 100) {
    const advice = "Focus on better timing for shooting and avoiding enemy projectiles.";
    return `Good progress! Your ${score} ${advice}`;
  }
  return `Your ${score} Try to improve your strategy for shooting aliens and dodging projectiles.`;
}

export const spaceInvaders: Game<Observation> = {
  id: "space-invaders",
  title: "Space Invaders",
  rom: "SpaceInvaders",
  horizon: 25,
  steps: 20,
  evaluation: { episodes: 1, steps: 4_000 },
  goal: 2_000,
  failureScore: 0,
  endsWithLife: false,
  returnsToBest: false,
  instruction:
    "In Space Invaders you move a cannon at the bottom of the screen and shoot descending aliens, which shoot back. You " +
    "have three lives. Aliens give more points the higher their row is at the start; the satellite gives most. Shoot as " +
    "many as possible, and dodge their bullets.",
  stepDoc: "Plays four frames of Space Invaders with the action; gives what is seen then, with the reward of the step.",
  makeAgent: () => {
    const agent = model(SpaceInvadersAgent);
    return { parameters: agent, act: agent.act };
  },
  observe,
  stageLine,
};
