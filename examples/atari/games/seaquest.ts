/** Seaquest: a submarine that rescues divers, shoots what attacks it, and has to come up for air. */

import { bundle, model, type Node, type Traced } from "tracegrad";
import type { Seen } from "../bridge.ts";
import { agentCode, random } from "../chance.ts";
import { type Box, boxesOf, type Game, points, type Scores } from "../game.ts";

/** What attacks: it costs a life to touch it. */
export type Enemy = Box & { type: "Shark" | "Submarine" | "EnemyMissile" };

/**
 * What is seen after a step. Lists are missing when they are empty. `reward` is the last step's reward, and null at the
 * beginning. Neither the oxygen, nor the divers on board, nor the player's own torpedo are in it.
 */
export type Observation = { Player?: Box; Enemies?: Enemy[]; Divers?: Box[]; lives: number; reward: number | null };

/** What analyze_situation finds. */
export type Situation = {
  player_x: number;
  player_y: number;
  nearest_enemy: Enemy | null;
  nearest_diver: Box | null;
  should_surface: boolean;
};

/** Plays Seaquest from the positions of the objects, without memory between steps. */
class SeaquestAgent {
  /**
   * Looks at the submarine's position, the enemies and divers nearby, and whether it is time to surface.
   *
   * The screen has x from about 5 to 155 and y from about 16 to 180; the surface of the water is at the top. Sharks and
   * enemy submarines cross the screen at various depths; touching them, or their missiles, costs a life. Divers are rescued
   * by swimming into them, up to 6 at a time. Oxygen falls all the time; when it is used up a life is lost, so the
   * submarine must surface (y near the top) before. Surfacing with 6 divers gives a bonus; surfacing without any diver
   * costs a life or a diver.
   *
   * Points: an enemy 20 at first (10 more after each surfacing, at most 90), a diver 50 at first (50 more after each
   * surfacing, at most 1000), and the oxygen that is left on surfacing.
   *
   * Hints: rescue divers and shoot the enemies in the way, from a distance rather than dodging them; surface before the
   * oxygen runs out, with 6 divers if possible.
   *
   * Returns the player's position, the nearest enemy and diver (or null), and whether to surface now.
   */
  @bundle(agentCode)
  analyze_situation(obs: Observation): Situation {
    if (!obs.Player)
      return { player_x: 80, player_y: 100, nearest_enemy: null, nearest_diver: null, should_surface: false };
    return {
      player_x: obs.Player.x,
      player_y: obs.Player.y,
      nearest_enemy: null,
      nearest_diver: null,
      should_surface: false,
    };
  }

  /**
   * Chooses the move: 0 stays, 1 fires in the direction it faces, 2 up, 3 right, 4 left, 5 down, 6 up-right, 7 up-left,
   * 8 down-right, 9 down-left; the same moves while firing: 10 up, 11 right, 12 left, 13 down, 14 up-right, 15 up-left,
   * 16 down-right, 17 down-left.
   *
   * Hints: when it is time to surface, go up (2, or 10 while firing). Move towards a diver that is near. Fire while moving
   * when an enemy is in the way; that is better than stopping to fire. With nothing near, patrol at middle depth.
   */
  @bundle(agentCode)
  select_action(situation: Situation, obs: Observation): number {
    if (!situation || !obs.Player) return 1;
    return [2, 3, 4, 5, 11, 12][Math.floor(random() * 6)] as number;
  }

  /** One move: look, then act. */
  act(this: Traced<SeaquestAgent>, obs: Node<Observation>): Node<number> {
    return this.select_action(this.analyze_situation(obs), obs);
  }
}

const attackers: readonly string[] = ["Shark", "Submarine", "EnemyMissile"];

function observe(shown: Seen): Observation {
  const boxes = boxesOf(shown);
  const player = boxes.find(({ category }) => category === "Player");
  const enemies = boxes.filter(({ category }) => attackers.includes(category));
  const divers = boxes.filter(({ category }) => category === "Diver");
  return {
    ...(player && { Player: boxOf(player) }),
    ...(enemies.length > 0 && {
      Enemies: enemies.map((each) => ({ ...boxOf(each), type: each.category as Enemy["type"] })),
    }),
    ...(divers.length > 0 && { Divers: divers.map(boxOf) }),
    lives: shown.lives,
    reward: shown.reward,
  };
}

const boxOf = ({ x, y, w, h, dx, dy }: Box): Box => ({ x, y, w, h, dx, dy });

function stageLine({ mean, std }: Scores): string {
  const score = `${points(mean)} points on average of 1 game with std dev ${points(std)}.`;
  if (mean >= 2_000) {
    const advice = "Keep rescuing divers and shooting enemies. Surface with 6 divers for the largest bonus.";
    return `Great progress! You're scoring ${score} ${advice}`;
  }
  if (mean > 0) {
    const advice =
      "Rescue divers by swimming into them (50 points or more each). Shoot enemies while moving, to clear the way " +
      "(20 points or more each). Surface before the oxygen runs out: running out costs a life. Collect 6 divers before " +
      "you surface, for the largest bonus.";
    return `You're scoring ${score} ${advice}`;
  }
  const advice =
    "Rescue divers and shoot enemies to score. Surface before the oxygen runs out, or you lose a life. Do not touch " +
    "enemies: shoot them from a distance.";
  return `Your score is ${score} ${advice}`;
}

export const seaquest: Game<Observation> = {
  id: "seaquest",
  title: "Seaquest",
  rom: "Seaquest",
  horizon: 100,
  steps: 30,
  evaluation: { episodes: 1, steps: 4_000 },
  goal: 5_000,
  failureScore: 0,
  endsWithLife: true,
  returnsToBest: true,
  instruction:
    "In Seaquest you steer a submarine that rescues divers and fights enemies under water. Actions: 0 stay, 1 fire, 2 up, " +
    "3 right, 4 left, 5 down, 6 up-right, 7 up-left, 8 down-right, 9 down-left; 10 to 17 are 2 to 9 while firing. Rescue " +
    "divers by swimming into them (50 points or more each). Shoot sharks and enemy submarines (20 points or more each). " +
    "Oxygen falls all the time: surface, at the top of the screen, before it runs out, or you lose a life. Surface with 6 " +
    "divers for the largest bonus. Touching an enemy costs a life, so shoot from a distance. Use the trace to see when a " +
    "life is lost, by oxygen or by an enemy.",
  stepDoc: "Plays four frames of Seaquest with the action; gives what is seen then, with the reward of the step.",
  makeAgent: () => {
    const agent = model(SeaquestAgent);
    return { parameters: agent, act: agent.act };
  },
  observe,
  stageLine,
};
