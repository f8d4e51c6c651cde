/**
 * Environments: agents that act in a world step by step.
 *
 * @packageDocumentation
 */

export {
  type Agent,
  type Environment,
  type Episode,
  type EpisodeJudge,
  type EpisodeOptions,
  type EpisodeStep,
  type EpisodeSummary,
  type Transition,
} from "../training/environment.ts";
export {
  type EnvironmentSettings,
  type EnvironmentTask,
  environmentTask,
  type PlaySettings,
} from "../training/environment-task.ts";
export { type EpisodesOptions, playEpisode, playEpisodes } from "../training/play-episode.ts";
export type { EpisodeAdvance, RunningEpisode } from "../training/running-episode.ts";
