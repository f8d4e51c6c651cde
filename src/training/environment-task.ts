/** An agent in a world, as something to train: its episodes are played from seeds, and scored by their total reward. */

import type { Feedback } from "../graph/feedback.ts";
import { type Agent, type Environment, type Episode, type EpisodeSummary, playEpisode } from "./environment.ts";
import type { EvaluationResult } from "./types.ts";

/** Settings of {@link environmentTask}. */
export interface EnvironmentSettings<O, A> {
  /** The program: chooses an action from what it sees. */
  readonly agent: Agent<O, A>;
  /** Makes a world for one episode. */
  readonly make: () => Environment<O, A> | Promise<Environment<O, A>>;
  /** The most steps of an episode that is learned from. */
  readonly maxSteps: number;
  /** The most steps of an episode that is only scored. Default: `maxSteps`. */
  readonly scoredSteps?: number;
  /**
   * Feedback on an episode, given on its last step. `validation` is the score of the program that played it, if it has
   * one. Default: the rewards in words.
   */
  readonly feedback?: (episode: EpisodeSummary, validation: EvaluationResult | undefined) => Feedback;
}

/** How an episode is played. */
export interface PlaySettings {
  readonly seed: number;
  /** With a trace, to learn from; else only for its score. */
  readonly traced: boolean;
  readonly signal: AbortSignal | undefined;
}

/** An agent in a world: see {@link environmentTask}. */
export interface EnvironmentTask {
  /** The most steps of an episode that is learned from, and of one that is only scored. */
  readonly maxSteps: number;
  readonly scoredSteps: number;
  /** Plays one episode. */
  play(settings: PlaySettings): Promise<Episode>;
  /** Feedback on an episode; undefined for the rewards in words. */
  readonly feedback: EnvironmentSettings<never, never>["feedback"] | undefined;
  /** What it was made from, for the identity of a run. */
  readonly parts?: Readonly<Record<"agent" | "make" | "feedback", unknown>>;
}

/**
 * What `train` needs of an agent in a world. The data of such a run are seeds.
 * @example
 * train({ environment: environmentTask({ agent: player.act, make: () => new Pong(), maxSteps: 400 }), data: seeds({ train: [1, 2] }), optimizer });
 */
export function environmentTask<O, A>(settings: EnvironmentSettings<O, A>): EnvironmentTask {
  const { agent, make, maxSteps, scoredSteps = maxSteps, feedback } = settings;
  return {
    maxSteps,
    scoredSteps,
    feedback,
    parts: { agent, make, feedback },
    play: async ({ seed, traced, signal }) =>
      playEpisode(agent, await make(), { seed, maxSteps: traced ? maxSteps : scoredSteps, traced, signal }),
  };
}
