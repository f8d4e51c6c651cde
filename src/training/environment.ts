/** What an environment is that an agent acts in step by step, and what an episode in one is. Types only. */

import type { Feedback } from "../graph/feedback.ts";
import type { ExecutionError, Node } from "../nodes/node.ts";
import type { Experience } from "../templates/template.ts";

/** The result of an action. */
export interface Transition<O = unknown> {
  /** What the agent sees next. */
  readonly observation: O;
  /** How good the step was: a finite number. */
  readonly reward: number;
  /** True when the episode is over. */
  readonly done: boolean;
}

/**
 * An environment that an agent acts in. One instance runs one episode at a time. The same seed and actions must lead to
 * the same observations and rewards: a run that was stopped within an episode plays it again up to where it was.
 */
export interface Environment<O = unknown, A = unknown> {
  /** What a step does, for the optimizer to read. Default: a general sentence. */
  readonly doc?: string;
  /** Begins the episode of the seed, and returns what the agent sees first. */
  reset(seed: number): O | Promise<O>;
  /**
   * Carries out an action. An error that it throws counts as caused by the action, so it ends the episode as a failure
   * of the agent.
   */
  step(action: A): Transition<O> | Promise<Transition<O>>;
}

/** A program that chooses an action from what it sees. */
export type Agent<O = unknown, A = unknown> = (observation: Node<O>) => Node<A> | A | Promise<Node<A> | A>;

/** One step of an episode. */
export interface EpisodeStep<O = unknown, A = unknown> {
  /** From 0. */
  readonly index: number;
  /** What the agent saw. */
  readonly observation: O;
  /** What it did; undefined when it failed before. */
  readonly action: A | undefined;
  /** The reward; 0 for a failed step. */
  readonly reward: number;
  /** The sum of the rewards up to this step. */
  readonly total: number;
  /** Whether the environment ended the episode. */
  readonly done: boolean;
  /** Whether it is the last step: the environment ended the episode, the agent failed, or it was the `maxSteps`-th. */
  readonly end: boolean;
  /** Set when the agent failed in this step, or the environment refused its action. */
  readonly error: ExecutionError | undefined;
}

/** Summary of an episode, or of what was played of it so far. */
export interface EpisodeSummary {
  readonly seed: number;
  /** The number of steps that began. */
  readonly steps: number;
  /** The sum of the rewards. */
  readonly total: number;
  /** The error that ended it, if the agent failed. */
  readonly error: ExecutionError | undefined;
}

/** An episode that was run. */
export interface Episode<O = unknown> extends EpisodeSummary {
  /**
   * One per step, the last with `end: true`; none when it was not traced. The output of a step's graph is what the agent
   * sees next, made by an `environment_step` whose value holds the reward.
   */
  readonly experiences: readonly Experience<O>[];
}

/**
 * Feedback on a step, given as soon as it is done; `episode` sums up the episode so far. On the last step it is feedback
 * on the episode.
 */
export type EpisodeJudge<O = unknown, A = unknown> = (
  step: EpisodeStep<O, A>,
  episode: EpisodeSummary,
) => Feedback | Promise<Feedback>;

/** Options of `playEpisode`. */
export interface EpisodeOptions<O = unknown, A = unknown> {
  /** Determines the episode. */
  readonly seed: number;
  /** The maximum number of steps, at least 1. */
  readonly maxSteps: number;
  /**
   * Judges each step. Default: the reward in words, with the reward as the score; on the last step the total, with the
   * total as the score.
   */
  readonly judge?: EpisodeJudge<O, A>;
  /** False to make no graphs and no experiences, as for evaluation. Default: true. */
  readonly traced?: boolean;
  /** Ends the episode between two steps, with the error of the signal. */
  readonly signal?: AbortSignal | undefined;
}
