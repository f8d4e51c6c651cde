/** Asterix: collect what passes on eight lanes, and touch no enemy. */

import { bundle, model, type Node, type Traced } from "tracegrad";
import type { Seen } from "../bridge.ts";
import { agentCode, random } from "../chance.ts";
import { boxesOf, type Game, points, type Scores } from "../game.ts";

/** An object that passes on a lane. */
export type Item = { x: number; y: number; type: "Enemy" | "Consumable" | "Reward" };

/**
 * What is seen after a step. The lists are sorted by distance from the player (|dx| + |dy|), the nearest first, and
 * missing when they are empty. `reward` is the last step's reward, and null at the beginning.
 */
export type Observation = {
  Player?: { x: number; y: number };
  Enemies?: Item[];
  Consumables?: Item[];
  Rewards?: Item[];
  lives: number;
  reward: number | null;
};

/** What analyze_situation finds. */
export type Situation = {
  nearest_item: Item | null;
  player_x: number;
  player_y: number;
  dangerous_lanes: number[];
  approaching_enemies: Item[] | null;
};

/** Plays Asterix from the positions of the objects, without memory between steps. */
class AsterixAgent {
  /**
   * Finds the best item to collect, and the dangers nearby.
   *
   * The player moves on 8 lanes at y = 26, 42, 58, 74, 90, 106, 122 and 138, with x from 0 to 152. At most one object
   * passes on each lane, from one side to the other. A Consumable gives 50 points or more, a Reward gives a bonus; touching
   * an Enemy costs a life. An enemy in the player's lane is dangerous only where it is close in x.
   *
   * Hints: count an enemy as dangerous when it is within about 30 px in x, and as approaching when it is within 20 px.
   * Weigh items by distance, by type (a Reward gives more), by whether their lane is dangerous, and by whether it is the
   * player's own, which is quickest to reach.
   *
   * Returns the item to go for (or null), the player's position, the y of the dangerous lanes, and the enemies that are
   * very close (or null).
   */
  @bundle(agentCode)
  analyze_situation(obs: Observation): Situation {
    if (!obs.Player)
      return { nearest_item: null, player_x: 76, player_y: 74, dangerous_lanes: [], approaching_enemies: null };
    const items = [...(obs.Consumables ?? []), ...(obs.Rewards ?? [])];
    return {
      nearest_item: items[0] ?? null,
      player_x: obs.Player.x,
      player_y: obs.Player.y,
      dangerous_lanes: [],
      approaching_enemies: null,
    };
  }

  /**
   * Chooses the move that brings the player to the item and away from enemies: 0 stays, 1 up (y falls), 2 right (x grows),
   * 3 left, 4 down, 5 up and right, 6 up and left, 7 down and right, 8 down and left.
   *
   * Hints: when an enemy approaches in the player's lane, go to a safe lane beside it, diagonally towards the item. In the
   * item's lane move sideways; from another lane a diagonal move closes both gaps at once. A lane with a little danger is
   * worth entering for a Reward that is very close.
   */
  @bundle(agentCode)
  select_action(situation: Situation, obs: Observation): number {
    if (situation.nearest_item === null || !obs.Player) return 0;
    return 1 + Math.floor(random() * 8);
  }

  /** One move: look, then act. */
  act(this: Traced<AsterixAgent>, obs: Node<Observation>): Node<number> {
    return this.select_action(this.analyze_situation(obs), obs);
  }
}

function observe(shown: Seen): Observation {
  const boxes = boxesOf(shown);
  const player = boxes.find(({ category }) => category === "Player");
  const distance = ({ x, y }: Item) => (player ? Math.abs(x - player.x) + Math.abs(y - player.y) : 0);
  const items = (type: Item["type"]): Item[] =>
    boxes
      .filter(({ category }) => category === type)
      .map(({ x, y }) => ({ x, y, type }))
      .sort((one, other) => distance(one) - distance(other));
  const [enemies, consumables, rewards] = [items("Enemy"), items("Consumable"), items("Reward")];
  return {
    ...(player && { Player: { x: player.x, y: player.y } }),
    ...(enemies.length > 0 && { Enemies: enemies }),
    ...(consumables.length > 0 && { Consumables: consumables }),
    ...(rewards.length > 0 && { Rewards: rewards }),
    lives: shown.lives,
    reward: shown.reward,
  };
}

function stageLine({ mean, std }: Scores): string {
  const score = `${points(mean)} points on average of 3 episodes (std ${points(std)}).`;
  if (mean >= 2_000) {
    const advice = "See whether items can be collected faster, and whether lanes are avoided without need.";
    return `Good: scoring ${score} ${advice}`;
  }
  if (mean > 0) {
    const advice = "Points come from Consumables and Rewards. Touching an Enemy costs a life. The lists are sorted by";
    return `Scoring ${score} ${advice} distance, the nearest first.`;
  }
  const advice = "Points come only from Consumables and Rewards. Move towards them: compare the player's x and y with";
  return `Scoring ${score} ${advice} the item's to find the direction.`;
}

export const asterix: Game<Observation> = {
  id: "asterix",
  title: "Asterix",
  rom: "Asterix",
  horizon: 100,
  steps: 30,
  evaluation: { episodes: 3, steps: 20_000 },
  goal: 5_000,
  failureScore: 0,
  endsWithLife: true,
  playsOn: true,
  returnsToBest: true,
  instruction:
    "In Asterix you move a player over 8 lanes (y = 26, 42, 58, 74, 90, 106, 122, 138; x from 0 to 152) to collect items " +
    "and avoid enemies. Actions: 0 stay, 1 up, 2 right, 3 left, 4 down, 5 up-right, 6 up-left, 7 down-right, 8 down-left. " +
    "Each lane has at most one object: a Consumable (50 to 500 points), a Reward (a bonus), or an Enemy (touching it costs " +
    "a life). Enemies matter only when you are close to their x in the same lane. Diagonal actions move two ways at once.",
  stepDoc: "Plays four frames of Asterix with the action; gives what is seen then, with the reward of the step.",
  makeAgent: () => {
    const agent = model(AsterixAgent);
    return { parameters: agent, act: agent.act };
  },
  observe,
  stageLine,
};
