/** Plays whole episodes: one, or several at the same time. */

import { untraced } from "../nodes/runs.ts";
import type { Experience } from "../templates/template.ts";
import { atPath } from "../util/external-call.ts";
import { mapLimited } from "../util/limit.ts";
import { requireWholeNumber } from "../util/require.ts";
import type { Agent, Environment, Episode, EpisodeOptions } from "./environment.ts";
import { beginEpisode } from "./running-episode.ts";

/**
 * Runs one episode. Each step is a separate trace, from what the agent sees to what it sees next; that is the link to
 * the next step, so that `chain` and `episodic` can follow it. An agent that fails, or whose action the environment
 * refuses, ends the episode as data: the last graph holds the error. Any other error, such as one of `reset`, is
 * thrown.
 * @throws TracegradError `bad-environment` for an invalid transition, `bad-option` when `maxSteps` is not a positive
 * integer.
 * @example
 * const { experiences, total } = await playEpisode(player.act, new Pong(), { seed: 7, maxSteps: 400 });
 */
export async function playEpisode<O, A>(
  agent: Agent<O, A>,
  environment: Environment<O, A>,
  options: EpisodeOptions<O, A>,
): Promise<Episode<O>> {
  // An episode that is only scored is one run: its code parameters share one VM, as the steps of a game do.
  return options.traced === false
    ? untraced(() => play(agent, environment, options))
    : play(agent, environment, options);
}

async function play<O, A>(
  agent: Agent<O, A>,
  environment: Environment<O, A>,
  options: EpisodeOptions<O, A>,
): Promise<Episode<O>> {
  const episode = await beginEpisode(agent, environment, options);
  const experiences: Experience<O>[] = [];
  while (!episode.isOver) {
    const { experience } = await episode.advance();
    if (experience !== undefined) experiences.push(experience);
  }
  return { ...episode.summary, experiences };
}

/** Options of {@link playEpisodes}. */
export interface EpisodesOptions<O = unknown, A = unknown> extends Omit<EpisodeOptions<O, A>, "seed"> {
  /** One episode for each, in this order. */
  readonly seeds: readonly number[];
  /** The maximum number of episodes at the same time, at least 1. Default: 8. */
  readonly concurrency?: number;
}

/**
 * Runs several episodes at the same time, each in its own environment, and gives them in the order of the seeds. After
 * an error no further episode begins; running ones finish before it is thrown.
 */
export async function playEpisodes<O, A>(
  agent: Agent<O, A>,
  makeEnvironment: () => Environment<O, A> | Promise<Environment<O, A>>,
  { seeds, concurrency = 8, ...options }: EpisodesOptions<O, A>,
): Promise<readonly Episode<O>[]> {
  requireWholeNumber("concurrency", concurrency);
  // Each has its own path in a recorded run, since their calls come in any order.
  return mapLimited(seeds, concurrency, (seed, index) =>
    atPath(`episode ${index}`, async () => playEpisode(agent, await makeEnvironment(), { ...options, seed })),
  );
}
