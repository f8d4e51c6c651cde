/** Freeway: walk a chicken over ten lanes of traffic, as often as two minutes allow. */

import { bundle, model, type Node, type Traced } from "tracegrad";
import type { Seen } from "../bridge.ts";
import { agentCode } from "../chance.ts";
import { type Box, boxesOf, type Game, points, type Scores } from "../game.ts";

/** What is seen after a step. Cars are sorted by lane, from the top. `reward` is the last step's reward, null at first. */
export type Observation = { Chicken?: Box; Cars?: Box[]; reward: number | null };

/** What analyze_traffic finds. */
export type Traffic = { safe: boolean; next_lane_car: Box | null; chicken_y: number };

/** Crosses the freeway from the positions of the objects, without memory between steps. */
class FreewayAgent {
  /**
   * Finds out whether it is safe to go up now, from the chicken's place and the cars.
   *
   * The chicken starts at the bottom (y about 187, x about 44) and must reach the top (y about 0). Ten lanes of cars are at
   * y = 27, 43, 59, 75, 91, 107, 123, 139, 155 and 171. Cars of the upper five go left (dx < 0), those of the lower five
   * go right (dx > 0). A car is 8 px wide, the chicken 6; x goes from 0 to 160.
   *
   * Hints: find the next lane above the chicken, and whether its car will be at the chicken's x within the next few frames;
   * the lane is safe when the chicken can pass before it arrives.
   *
   * Returns whether it is safe, the car of the next lane (or null), and the chicken's y.
   */
  @bundle(agentCode)
  analyze_traffic(obs: Observation): Traffic {
    return { safe: true, next_lane_car: null, chicken_y: obs.Chicken?.y ?? 187 };
  }

  /**
   * Chooses the move: 1 up when the next lane is safe, 0 to wait for a gap, 2 down only to dodge a car that is about to
   * hit. The aim is as many crossings as possible in the time: go up whenever there is a gap.
   */
  @bundle(agentCode)
  select_action(traffic_analysis: Traffic, obs: Observation): number {
    if (!obs.Chicken) return 1;
    return traffic_analysis.safe ? 1 : 0;
  }

  /** One move: look, then act. */
  act(this: Traced<FreewayAgent>, obs: Node<Observation>): Node<number> {
    return this.select_action(this.analyze_traffic(obs), obs);
  }
}

function observe(shown: Seen): Observation {
  const boxes = boxesOf(shown).map(({ category, ...box }) => ({ category, box }));
  // The other player's chicken is on the right.
  const chicken = boxes.find(({ category, box }) => category === "Chicken" && box.x < 80);
  const cars = boxes.filter(({ category }) => category === "Car").map(({ box }) => box);
  return {
    ...(chicken && { Chicken: chicken.box }),
    ...(cars.length > 0 && { Cars: cars.sort((one, other) => one.y - other.y) }),
    reward: shown.reward,
  };
}

function stageLine({ mean, std }: Scores): string {
  const score = `${points(mean)} crossings on average of 3 games with std dev ${points(std)}.`;
  if (mean >= 25) return `Great progress! You're scoring ${score} Find gaps still better to score more.`;
  if (mean > 0) {
    const advice = "Improve how gaps are found and timed. Always move up unless a car is directly in the way.";
    return `You're scoring ${score} ${advice}`;
  }
  const advice = "The chicken has to move up (1) to cross. Wait (0) only when a car is about to hit it.";
  return `Your score is ${score} ${advice}`;
}

export const freeway: Game<Observation> = {
  id: "freeway",
  title: "Freeway",
  rom: "Freeway",
  horizon: 100,
  steps: 30,
  evaluation: { episodes: 3, steps: 2_500 },
  goal: 50,
  failureScore: 0,
  endsWithLife: false,
  returnsToBest: true,
  instruction:
    "In Freeway you lead a chicken from the bottom of the screen (y about 187) to the top, over 10 lanes of traffic at y = " +
    "27, 43, 59, 75, 91 (cars go left) and 107, 123, 139, 155, 171 (cars go right). Each time it reaches the top you score " +
    "1 point, and it starts again at the bottom. Actions: 0 wait, 1 up, 2 down. The chicken is at x about 44 and 6 px wide, " +
    "cars are 8 px wide. A chicken that is hit is pushed back. The game lasts about 2 minutes. Use the trace to see when " +
    "the chicken is hit.",
  stepDoc: "Plays four frames of Freeway with the action; gives what is seen then, with the reward of the step.",
  makeAgent: () => {
    const agent = model(FreewayAgent);
    return { parameters: agent, act: agent.act };
  },
  observe,
  stageLine,
};
