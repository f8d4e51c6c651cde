/** What a game of the study is: its settings in the paper's tables, what an agent sees of it, and its feedback. */

import type { Agent as Player } from "tracegrad/environments";
import type { Seen } from "./bridge.ts";

/** An object on the screen in pixels: its top left corner (y grows downwards), its size, and its move since the last step. */
export type Box = { x: number; y: number; w: number; h: number; dx: number; dy: number };

/** What the staged feedback is made from: the scores of the evaluation. */
export interface Scores {
  readonly mean: number;
  /** The standard deviation. */
  readonly std: number;
}

/** An agent: the model that holds the parameters, and how it acts. */
export interface Agent<O = unknown> {
  readonly parameters: object;
  readonly act: Player<O, number>;
}

/** A game of the study. */
export interface Game<O = unknown> {
  /** The name of its folder and files. */
  readonly id: string;
  readonly title: string;
  /** Its name in the Arcade Learning Environment. */
  readonly rom: string;
  /** Steps of the episode that is learned from, in the multi-step condition. The one-step condition has 1. */
  readonly horizon: number;
  /** Optimizer steps of the paper. */
  readonly steps: number;
  readonly evaluation: { readonly episodes: number; readonly steps: number };
  /** The mean score that ends a run. */
  readonly goal: number;
  /** The score of an evaluation in which the program failed. */
  readonly failureScore: number;
  /** Whether an episode ends when a life is lost. */
  readonly endsWithLife: boolean;
  /** Whether the evaluation's episodes are the lives of one game, one after the other. Default: each is a new game. */
  readonly playsOn?: boolean;
  /** Whether FIRE has to be pressed before play begins. Default: no. */
  readonly needsFire?: boolean;
  /** Whether a run returns to its best program, as the paper's scripts for this game do. */
  readonly returnsToBest: boolean;
  /** What the optimizer is told of the game beside the program. */
  readonly instruction: string;
  /** What a step does. */
  readonly stepDoc: string;
  /** Makes a new agent, as it starts. */
  readonly makeAgent: () => Agent<O>;
  /** What the agent sees. */
  readonly observe: (shown: Seen) => O;
  /** The line about the episode that was learned from. Default: its steps and its total score. */
  readonly episodeLine?: (episode: { readonly steps: number; readonly total: number }) => string;
  /** The line about the evaluation, by the stage that was reached. */
  readonly stageLine: (scores: Scores) => string;
}

/** Objects as boxes, with their categories. */
export function boxesOf({ objects }: Seen): readonly (Box & { readonly category: string })[] {
  return objects.map(([category, x, y, w, h, dx, dy]) => ({ category, x, y, w, h, dx, dy }));
}

/** A score in a sentence: with at most one decimal. */
export const points = (score: number): string => String(Number(score.toFixed(1)));
