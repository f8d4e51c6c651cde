/**
 * An agent in an environment, as something to train: its episodes run from seeds, and their scores are total rewards.
 */

import type { Feedback } from "../graph/feedback.ts";
import type { Agent, Environment, Episode, EpisodeJudge, EpisodeSummary } from "./environment.ts";
import { playEpisode } from "./play-episode.ts";
import { beginEpisode, type RunningEpisode } from "./running-episode.ts";
import type { EvaluationResult } from "./types.ts";

/** Settings of {@link environmentTask}. */
export interface EnvironmentSettings<O, A> {
  /** The program: chooses an action from what it sees. */
  readonly agent: Agent<O, A>;
  /**
   * Makes an environment for one episode. The same seed and actions must lead to the same observations and rewards: see
   * `Environment`.
   */
  readonly make: () => Environment<O, A> | Promise<Environment<O, A>>;
  /** The maximum number of steps of an episode that is learned from. */
  readonly maxSteps: number;
  /** The maximum number of steps of an episode that is only scored. Default: `maxSteps`. */
  readonly scoredSteps?: number;
  /**
   * Feedback on a step, as soon as it is done. Default: its reward in words. On the last step `feedback` comes in its
   * place, if there is one.
   */
  readonly judge?: EpisodeJudge<O, A>;
  /**
   * Feedback on an episode, given on its last step. `validation` is the score of the candidate that ran it, if it has
   * one. Default: the rewards in words.
   */
  readonly feedback?: (episode: EpisodeSummary, validation: EvaluationResult | undefined) => Feedback;
}

/** How an episode runs. */
export interface PlaySettings {
  readonly seed: number;
  /** With a trace, to learn from; otherwise only for its score. */
  readonly traced: boolean;
  readonly signal: AbortSignal | undefined;
}

/** An agent in an environment: see {@link environmentTask}. */
export interface EnvironmentTask {
  /** The maximum number of steps of an episode that is learned from, and of one that is only scored. */
  readonly maxSteps: number;
  readonly scoredSteps: number;
  /** Runs one episode. */
  play(settings: PlaySettings): Promise<Episode>;
  /** Begins an episode with a trace, which the caller continues step by step. */
  begin(settings: Omit<PlaySettings, "traced">): Promise<RunningEpisode>;
  /** Feedback on an episode; undefined for the rewards in words. */
  readonly feedback: EnvironmentSettings<never, never>["feedback"] | undefined;
  /** What it was made from, for the identity of a run. */
  readonly parts?: Readonly<Partial<Record<"agent" | "make" | "judge" | "feedback", unknown>>>;
}

/**
 * An agent in an environment, for `train`. The data of such a run are seeds.
 * @example
 * const environment = environmentTask({ agent: player.act, make: () => new Pong(), maxSteps: 400 });
 * train({ environment, data: seeds({ train: [1, 2] }), optimizer });
 */
export function environmentTask<O, A>(settings: EnvironmentSettings<O, A>): EnvironmentTask {
  const { agent, make, maxSteps, scoredSteps = maxSteps, judge, feedback } = settings;
  const judged = judge === undefined ? {} : { judge };
  return {
    maxSteps,
    scoredSteps,
    feedback,
    parts: { agent, make, ...judged, feedback },
    play: async ({ seed, traced, signal }) =>
      playEpisode(agent, await make(), { seed, maxSteps: traced ? maxSteps : scoredSteps, traced, signal, ...judged }),
    begin: async ({ seed, signal }) =>
      (await beginEpisode(agent, await make(), { seed, maxSteps, signal, ...judged })) as RunningEpisode,
  };
}
